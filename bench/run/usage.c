#include "usage.h"

#include <stdio.h>
#include <unistd.h>

#include "usage_read.h"
#include "syscall_counter.h"

/* How two readings make a figure. */
enum kind {
    COUNTER, /* after - before */
    GAUGE,   /* after: a peak */
    GROWTH,  /* the peak - as it stood before setup */
    OTHERS,  /* filled in by whoever knows: the runner, the samples */
};

/* Less than so much of the CPU time in threads that can be looked at: too little to speak for all.
 */
static const double SEEN_SHARE = 0.9;

enum { PROCESS = 1 << LEDGER_CLIENT | 1 << LEDGER_SERVER, SYSTEM = 1 << LEDGER_SYSTEM };

static const struct {
    const char *name, *unit, *explain;
    enum kind kind;
    unsigned sides;
} metrics[LEDGER_METRICS] = {
    [LEDGER_CPU_NS] = {"cpu_ns", "ns", "CPU time", COUNTER, PROCESS},
    [LEDGER_USER_NS] = {"user_ns", "ns", "CPU time in user mode", COUNTER, PROCESS},
    [LEDGER_SYSTEM_NS] = {"system_ns", "ns", "CPU time in the kernel", COUNTER, PROCESS},
    [LEDGER_RUNNABLE_WAIT_NS] = {"runnable_wait_ns", "ns",
                                 "time spent ready to run and not running", COUNTER, PROCESS},
    [LEDGER_VOLUNTARY_SWITCHES] = {"voluntary_switches", "count", "context switches to wait",
                                   COUNTER, PROCESS},
    [LEDGER_INVOLUNTARY_SWITCHES] = {"involuntary_switches", "count", "context switches by force",
                                     COUNTER, PROCESS},
    [LEDGER_SYSCALLS] = {"syscalls", "count", "system calls", COUNTER, PROCESS},
    [LEDGER_MINOR_FAULTS] = {"minor_faults", "count", "page faults without I/O", COUNTER, PROCESS},
    [LEDGER_MAJOR_FAULTS] = {"major_faults", "count", "page faults with I/O", COUNTER, PROCESS},
    [LEDGER_PEAK_RSS_BYTES] = {"peak_rss_bytes", "bytes",
                               "resident memory at its peak; what processes share counts once",
                               GAUGE, PROCESS},
    [LEDGER_PEAK_VM_BYTES] = {"peak_vm_bytes", "bytes", "address space at its peak", GAUGE,
                              PROCESS},
    [LEDGER_RSS_GROWTH_BYTES] = {"rss_growth_bytes", "bytes",
                                 "peak_rss_bytes beyond what it was before setup", GROWTH, PROCESS},
    [LEDGER_VM_GROWTH_BYTES] = {"vm_growth_bytes", "bytes",
                                "peak_vm_bytes beyond what it was before setup", GROWTH, PROCESS},
    [LEDGER_PEAK_THREADS] = {"peak_threads", "count", "threads at the peak", GAUGE, PROCESS},
    [LEDGER_PEAK_PROCESSES] = {"peak_processes", "count", "processes at the peak", GAUGE,
                               1 << LEDGER_CLIENT},
    [LEDGER_IN_FLIGHT_MAX] = {"in_flight_max", "count", "requests really in flight at once", OTHERS,
                              PROCESS},
    [LEDGER_SYN_RETRANSMITS] = {"syn_retransmits", "count",
                                "SYNs sent again after a second or more", COUNTER, SYSTEM},
    [LEDGER_LISTEN_OVERFLOWS] = {"listen_overflows", "count", "arrivals at a full accept queue",
                                 COUNTER, SYSTEM},
    [LEDGER_LISTEN_DROPS] = {"listen_drops", "count", "SYNs dropped by a listening socket", COUNTER,
                             SYSTEM},
    [LEDGER_BUSY_NS] = {"busy_ns", "ns", "CPU time of everybody on the machine", COUNTER, SYSTEM},
    [LEDGER_STEAL_NS] = {"steal_ns", "ns", "CPU time the hypervisor gave to others", COUNTER,
                         SYSTEM},
    [LEDGER_THROTTLED_NS] = {"throttled_ns", "ns",
                             "time for which a control group's CPU quota stopped it", COUNTER,
                             SYSTEM},
    [LEDGER_FOREIGN_CPU_NS] = {"foreign_cpu_ns", "ns",
                               "CPU time of neither client nor server (10 ms granules)", OTHERS,
                               SYSTEM},
    [LEDGER_SOCKET_MEMORY_BYTES] = {"socket_memory_bytes", "bytes",
                                    "kernel memory of all TCP sockets at the peak seen", OTHERS,
                                    SYSTEM},
    [LEDGER_KERNEL_STACK_BYTES] = {"kernel_stack_bytes", "bytes",
                                   "all threads' stacks in the kernel at the peak seen, beyond "
                                   "what they were before the run",
                                   OTHERS, SYSTEM},
    [LEDGER_HICCUP_NS] = {"hiccup_ns", "ns", "the harness's latest wake-up beside the run", OTHERS,
                          SYSTEM},
};

const char *ledger_side_name(enum ledger_side side)
{
    static const char *const names[] = {"client", "server", "system"};
    return names[side];
}

const char *ledger_name(enum ledger_metric metric)
{
    return metrics[metric].name;
}

const char *ledger_unit(enum ledger_metric metric)
{
    return metrics[metric].unit;
}

const char *ledger_explain(enum ledger_metric metric)
{
    return metrics[metric].explain;
}

bool ledger_has(enum ledger_side side, enum ledger_metric metric)
{
    return metrics[metric].sides & 1U << side;
}

void ledger_clear(struct ledger *ledger)
{
    for (int s = 0; s < LEDGER_SIDES; s++)
        for (int m = 0; m < LEDGER_READINGS; m++)
            ledger->value[s][m] = LEDGER_NOT_AVAILABLE;
}

void ledger_open(struct ledger_probe *probe, pid_t server, bool with_syscalls)
{
    *probe = (struct ledger_probe){.server = server, .syscalls = {-1, -1}};
    char *why = probe->why_no_syscalls;
    cgroup_cpu_quota(&probe->quota);
    if (with_syscalls)
        probe->syscalls[0] = syscall_counter_open(0, why, sizeof(probe->why_no_syscalls));
    else
        snprintf(why, sizeof(probe->why_no_syscalls), "only the first block counts them");
    if (server && probe->syscalls[0] >= 0)
        probe->syscalls[1] = syscall_counter_open(server, why, sizeof(probe->why_no_syscalls));
    ledger_read_before(probe, &probe->base);
    int64_t memory = family_memory(getpid());
    probe->base.value[LEDGER_CLIENT][LEDGER_PSS_BYTES] = memory < 0 ? LEDGER_NOT_AVAILABLE : memory;
}

void ledger_close(struct ledger_probe *probe)
{
    for (int side = 0; side < 2; side++)
        if (probe->syscalls[side] >= 0)
            close(probe->syscalls[side]);
}

/* What is exact and costs a call each: the reading that belongs next to the timed region. */
static void read_near(const struct ledger_probe *probe, struct ledger *ledger)
{
    for (int side = 0; side < 2; side++)
        if (probe->syscalls[side] >= 0)
            ledger->value[side][LEDGER_SYSCALLS] = syscall_counter_read(probe->syscalls[side]);
    ledger_read_usage(ledger->value[LEDGER_CLIENT]);
}

/* What is read from files, one for every thread: this costs CPU time itself. */
static void read_far(const struct ledger_probe *probe, struct ledger *ledger)
{
    if (probe->server)
        ledger_read_process(probe->server, ledger->value[LEDGER_SERVER]);
    ledger_read_process(getpid(), ledger->value[LEDGER_CLIENT]);
}

static void read_system(const struct ledger_probe *probe, struct ledger *ledger)
{
    int64_t *system = ledger->value[LEDGER_SYSTEM], throttled = cgroup_throttled_ns(&probe->quota);
    ledger_read_system(system);
    if (throttled >= 0)
        system[LEDGER_THROTTLED_NS] = throttled;
}

/* Where `from` has it, `to` takes it, or adds it. */
static void merge(struct ledger *to, const struct ledger *from, bool adding)
{
    for (int s = 0; s < LEDGER_SIDES; s++)
        for (int m = 0; m < LEDGER_READINGS; m++) {
            int64_t *value = &to->value[s][m], more = from->value[s][m];
            if (more != LEDGER_NOT_AVAILABLE)
                *value = adding && *value != LEDGER_NOT_AVAILABLE ? *value + more : more;
        }
}

/* A child is counted while it is there through the family, and from the moment when it was waited
 * for through getrusage(): the sum goes on, whenever that moment is. */
void ledger_read_before(const struct ledger_probe *probe, struct ledger *ledger)
{
    struct family family;
    struct ledger children;
    ledger_clear(&children);
    int64_t *sums = children.value[LEDGER_CLIENT];
    ledger_clear(ledger);
    family_find(&family, getpid());
    read_far(probe, ledger);
    ledger_read_family_files(&family, sums);
    read_system(probe, ledger);
    ledger_read_family_clocks(&family, sums);
    read_near(probe, ledger);
    merge(ledger, &children, true);
    family_release(&family);
}

/* The whole family's, where there is one. */
static int64_t read_memory(const struct family *family)
{
    int64_t sum = family->count ? family_memory(getpid()) : -1;
    if (sum < 0)
        return LEDGER_NOT_AVAILABLE;
    for (size_t i = 0; i < family->count; i++) {
        int64_t memory = family_memory(family->pids[i]);
        sum += memory > 0 ? memory : 0; /* who has ended has none */
    }
    return sum;
}

void ledger_read_after(const struct ledger_probe *probe, struct ledger *ledger)
{
    struct family family;
    struct ledger near, children;
    ledger_clear(&near);
    read_near(probe, &near);
    ledger_clear(&children);
    int64_t *sums = children.value[LEDGER_CLIENT];
    ledger_clear(ledger);
    read_system(probe, ledger);
    bool told = family_find(&family, getpid()) == 0;
    ledger_read_family_clocks(&family, sums);
    ledger_read_family_files(&family, sums);
    read_far(probe, ledger);
    merge(ledger, &near, false);
    merge(ledger, &children, true);
    int64_t *client = ledger->value[LEDGER_CLIENT];
    client[LEDGER_PSS_BYTES] = read_memory(&family);
    if (told)
        client[LEDGER_PEAK_PROCESSES] = 1 + (int64_t)family.count;
    family_release(&family);
}

static int64_t difference(int64_t after, int64_t before)
{
    if (after == LEDGER_NOT_AVAILABLE || before == LEDGER_NOT_AVAILABLE)
        return LEDGER_NOT_AVAILABLE;
    return after - before;
}

/* What falls has lost somebody from sight, and is no figure. */
static int64_t increase(int64_t after, int64_t before)
{
    int64_t value = difference(after, before);
    return value < 0 ? LEDGER_NOT_AVAILABLE : value;
}

/* Files tell of threads that are there. Where others did the work, there is no figure. */
static void withdraw_unseen(const struct ledger *before, struct ledger *after)
{
    const int64_t *was = before->value[LEDGER_CLIENT];
    int64_t *client = after->value[LEDGER_CLIENT];
    int64_t threads = difference(client[LEDGER_THREADS_CPU_NS], was[LEDGER_THREADS_CPU_NS]);
    int64_t gone = client[LEDGER_GONE_CPU_NS], gone_before = was[LEDGER_GONE_CPU_NS];
    if (gone_before != LEDGER_NOT_AVAILABLE)
        gone = difference(gone, gone_before);
    int64_t reaped = difference(client[LEDGER_REAPED_CPU_NS], was[LEDGER_REAPED_CPU_NS]);
    double cpu = (double)client[LEDGER_CPU_NS];
    if ((threads != LEDGER_NOT_AVAILABLE && (double)threads < SEEN_SHARE * cpu) ||
        (double)reaped > (1 - SEEN_SHARE) * cpu)
        client[LEDGER_RUNNABLE_WAIT_NS] = LEDGER_NOT_AVAILABLE;
    if (gone != LEDGER_NOT_AVAILABLE && (double)gone > (1 - SEEN_SHARE) * cpu)
        client[LEDGER_VOLUNTARY_SWITCHES] = client[LEDGER_INVOLUNTARY_SWITCHES] =
            LEDGER_NOT_AVAILABLE;
}

void ledger_settle(const struct ledger_probe *probe, const struct ledger *before,
                   struct ledger *after)
{
    const struct ledger *base = &probe->base;
    for (int s = 0; s < LEDGER_SIDES; s++) {
        int64_t *value = after->value[s];
        for (int m = 0; m < LEDGER_METRICS; m++)
            if (metrics[m].kind == COUNTER)
                value[m] = increase(value[m], before->value[s][m]);
        value[LEDGER_RSS_GROWTH_BYTES] =
            difference(value[LEDGER_PEAK_RSS_BYTES], base->value[s][LEDGER_RSS_GROWTH_BYTES]);
        value[LEDGER_VM_GROWTH_BYTES] =
            difference(value[LEDGER_PEAK_VM_BYTES], base->value[s][LEDGER_VM_GROWTH_BYTES]);
    }
    withdraw_unseen(before, after);
    int64_t *client = after->value[LEDGER_CLIENT];
    struct family_size seen = {-1, -1, -1, client[LEDGER_PSS_BYTES]};
    client[LEDGER_PSS_BYTES] = base->value[LEDGER_CLIENT][LEDGER_PSS_BYTES];
    ledger_raise(after, &seen);
}

static void raise_to(int64_t *peak, int64_t value)
{
    if (value >= 0 && value > *peak)
        *peak = value;
}

void ledger_raise(struct ledger *ledger, const struct family_size *seen)
{
    int64_t *client = ledger->value[LEDGER_CLIENT];
    int64_t vm_before = difference(client[LEDGER_PEAK_VM_BYTES], client[LEDGER_VM_GROWTH_BYTES]);
    raise_to(&client[LEDGER_PEAK_PROCESSES], seen->processes);
    raise_to(&client[LEDGER_PEAK_THREADS], seen->threads);
    raise_to(&client[LEDGER_PEAK_VM_BYTES], seen->vm_bytes);
    raise_to(&client[LEDGER_PEAK_RSS_BYTES], seen->memory_bytes);
    if (seen->vm_bytes >= 0 && vm_before != LEDGER_NOT_AVAILABLE)
        raise_to(&client[LEDGER_VM_GROWTH_BYTES], seen->vm_bytes - vm_before);
    if (seen->memory_bytes >= 0 && client[LEDGER_PSS_BYTES] != LEDGER_NOT_AVAILABLE)
        raise_to(&client[LEDGER_RSS_GROWTH_BYTES], seen->memory_bytes - client[LEDGER_PSS_BYTES]);
}
