#include "ledger.h"

#include <stdio.h>
#include <unistd.h>

#include "ledger_read.h"
#include "syscall_counter.h"

/* How two readings make a figure. */
enum kind {
    COUNTER, /* after - before */
    GAUGE,   /* after: a peak */
    GROWTH,  /* after - as it stood before setup */
    OTHERS,  /* filled in by whoever knows: the runner, the samples */
};

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
    [LEDGER_PEAK_RSS_BYTES] = {"peak_rss_bytes", "bytes", "resident memory at its peak", GAUGE,
                               PROCESS},
    [LEDGER_PEAK_VM_BYTES] = {"peak_vm_bytes", "bytes", "address space at its peak", GAUGE,
                              PROCESS},
    [LEDGER_RSS_GROWTH_BYTES] = {"rss_growth_bytes", "bytes",
                                 "resident memory beyond what it was before setup", GROWTH,
                                 PROCESS},
    [LEDGER_VM_GROWTH_BYTES] = {"vm_growth_bytes", "bytes",
                                "address space beyond what it was before setup", GROWTH, PROCESS},
    [LEDGER_PEAK_THREADS] = {"peak_threads", "count", "threads at the peak", GAUGE, PROCESS},
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
    [LEDGER_FOREIGN_CPU_NS] = {"foreign_cpu_ns", "ns",
                               "CPU time of neither client nor server (10 ms granules)", OTHERS,
                               SYSTEM},
    [LEDGER_SOCKET_MEMORY_BYTES] = {"socket_memory_bytes", "bytes",
                                    "kernel memory of all TCP sockets at the peak seen", OTHERS,
                                    SYSTEM},
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
        for (int m = 0; m < LEDGER_METRICS; m++)
            ledger->value[s][m] = LEDGER_NOT_AVAILABLE;
}

void ledger_open(struct ledger_probe *probe, pid_t server, bool with_syscalls)
{
    *probe = (struct ledger_probe){.server = server, .syscalls = {-1, -1}};
    char *why = probe->why_no_syscalls;
    if (with_syscalls)
        probe->syscalls[0] = syscall_counter_open(0, why, sizeof(probe->why_no_syscalls));
    else
        snprintf(why, sizeof(probe->why_no_syscalls), "only the first block counts them");
    if (server && probe->syscalls[0] >= 0)
        probe->syscalls[1] = syscall_counter_open(server, why, sizeof(probe->why_no_syscalls));
    ledger_read_before(probe, &probe->base);
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

void ledger_read_before(const struct ledger_probe *probe, struct ledger *ledger)
{
    ledger_clear(ledger);
    read_far(probe, ledger);
    ledger_read_system(ledger->value[LEDGER_SYSTEM]);
    read_near(probe, ledger);
}

void ledger_read_after(const struct ledger_probe *probe, struct ledger *ledger)
{
    struct ledger near;
    ledger_clear(&near);
    read_near(probe, &near);
    ledger_clear(ledger);
    ledger_read_system(ledger->value[LEDGER_SYSTEM]);
    read_far(probe, ledger);
    for (int s = 0; s < LEDGER_SIDES; s++)
        for (int m = 0; m < LEDGER_METRICS; m++)
            if (near.value[s][m] != LEDGER_NOT_AVAILABLE)
                ledger->value[s][m] = near.value[s][m];
}

static int64_t difference(int64_t after, int64_t before)
{
    if (after == LEDGER_NOT_AVAILABLE || before == LEDGER_NOT_AVAILABLE)
        return LEDGER_NOT_AVAILABLE;
    return after - before;
}

void ledger_settle(const struct ledger_probe *probe, const struct ledger *before,
                   struct ledger *after)
{
    for (int s = 0; s < LEDGER_SIDES; s++)
        for (int m = 0; m < LEDGER_METRICS; m++) {
            int64_t *value = &after->value[s][m];
            if (metrics[m].kind == COUNTER)
                *value = difference(*value, before->value[s][m]);
            else if (metrics[m].kind == GROWTH)
                *value = difference(*value, probe->base.value[s][m]);
        }
}
