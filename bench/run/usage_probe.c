#include "usage_probe.h"

#include <stdio.h>
#include <unistd.h>

#include "syscall_counter.h"
#include "usage_read.h"

/* Less than so much of the CPU time in threads that can be looked at: too little to speak for all.
 */
static const double SEEN_SHARE = 0.9;

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
            if (ledger_is_counter((enum ledger_metric)m))
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
