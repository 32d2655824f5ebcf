#include "usage.h"

/* How two readings make a figure. */
enum kind {
    COUNTER, /* after - before */
    GAUGE,   /* after: a peak */
    GROWTH,  /* the peak - as it stood before setup */
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

bool ledger_is_counter(enum ledger_metric metric)
{
    return metrics[metric].kind == COUNTER;
}

void ledger_clear(struct ledger *ledger)
{
    for (int s = 0; s < LEDGER_SIDES; s++)
        for (int m = 0; m < LEDGER_READINGS; m++)
            ledger->value[s][m] = LEDGER_NOT_AVAILABLE;
}
