#include "usage.h"

/* How two readings make a figure. */
enum kind {
    COUNTER, /* after - before */
    GAUGE,   /* after: a peak */
    GROWTH,  /* the peak - as it stood before setup */
    OTHERS,  /* filled in by whoever knows: the runner, the samples */
};

enum { PROCESS = 1 << USAGE_CLIENT | 1 << USAGE_SERVER, SYSTEM = 1 << USAGE_SYSTEM };

static const struct {
    const char *name, *unit, *explain;
    enum kind kind;
    unsigned sides;
} metrics[USAGE_METRICS] = {
    [USAGE_CPU_NS] = {"cpu_ns", "ns", "CPU time", COUNTER, PROCESS},
    [USAGE_USER_NS] = {"user_ns", "ns", "CPU time in user mode", COUNTER, PROCESS},
    [USAGE_SYSTEM_NS] = {"system_ns", "ns", "CPU time in the kernel", COUNTER, PROCESS},
    [USAGE_RUNNABLE_WAIT_NS] = {"runnable_wait_ns", "ns", "time spent ready to run and not running",
                                COUNTER, PROCESS},
    [USAGE_VOLUNTARY_SWITCHES] = {"voluntary_switches", "count", "context switches to wait",
                                  COUNTER, PROCESS},
    [USAGE_INVOLUNTARY_SWITCHES] = {"involuntary_switches", "count", "context switches by force",
                                    COUNTER, PROCESS},
    [USAGE_SYSCALLS] = {"syscalls", "count", "system calls", COUNTER, PROCESS},
    [USAGE_MINOR_FAULTS] = {"minor_faults", "count", "page faults without I/O", COUNTER, PROCESS},
    [USAGE_MAJOR_FAULTS] = {"major_faults", "count", "page faults with I/O", COUNTER, PROCESS},
    [USAGE_PEAK_RSS_BYTES] = {"peak_rss_bytes", "bytes",
                              "resident memory at its peak; what processes share counts once",
                              GAUGE, PROCESS},
    [USAGE_PEAK_VM_BYTES] = {"peak_vm_bytes", "bytes", "address space at its peak", GAUGE, PROCESS},
    [USAGE_RSS_GROWTH_BYTES] = {"rss_growth_bytes", "bytes",
                                "peak_rss_bytes beyond what it was before setup", GROWTH, PROCESS},
    [USAGE_VM_GROWTH_BYTES] = {"vm_growth_bytes", "bytes",
                               "peak_vm_bytes beyond what it was before setup", GROWTH, PROCESS},
    [USAGE_PEAK_THREADS] = {"peak_threads", "count", "threads at the peak", GAUGE, PROCESS},
    [USAGE_PEAK_PROCESSES] = {"peak_processes", "count", "processes at the peak", GAUGE,
                              1 << USAGE_CLIENT},
    [USAGE_IN_FLIGHT_MAX] = {"in_flight_max", "count", "requests really in flight at once", OTHERS,
                             PROCESS},
    [USAGE_SYN_RETRANSMITS] = {"syn_retransmits", "count", "SYNs sent again after a second or more",
                               COUNTER, SYSTEM},
    [USAGE_LISTEN_OVERFLOWS] = {"listen_overflows", "count", "arrivals at a full accept queue",
                                COUNTER, SYSTEM},
    [USAGE_LISTEN_DROPS] = {"listen_drops", "count", "SYNs dropped by a listening socket", COUNTER,
                            SYSTEM},
    [USAGE_BUSY_NS] = {"busy_ns", "ns", "CPU time of everybody on the machine", COUNTER, SYSTEM},
    [USAGE_STEAL_NS] = {"steal_ns", "ns", "CPU time the hypervisor gave to others", COUNTER,
                        SYSTEM},
    [USAGE_THROTTLED_NS] = {"throttled_ns", "ns",
                            "time for which a control group's CPU quota stopped it", COUNTER,
                            SYSTEM},
    [USAGE_FOREIGN_CPU_NS] = {"foreign_cpu_ns", "ns",
                              "CPU time of neither client nor server (10 ms granules)", OTHERS,
                              SYSTEM},
    [USAGE_SOCKET_MEMORY_BYTES] = {"socket_memory_bytes", "bytes",
                                   "kernel memory of all TCP sockets at the peak seen", OTHERS,
                                   SYSTEM},
    [USAGE_KERNEL_STACK_BYTES] = {"kernel_stack_bytes", "bytes",
                                  "all threads' stacks in the kernel at the peak seen, beyond "
                                  "what they were before the run",
                                  OTHERS, SYSTEM},
    [USAGE_HOST_STALL_NS] = {"host_stall_ns", "ns", "the harness's latest wake-up beside the run",
                             OTHERS, SYSTEM},
};

const char *usage_side_name(enum usage_side side)
{
    static const char *const names[] = {"client", "server", "system"};
    return names[side];
}

const char *usage_name(enum usage_metric metric)
{
    return metrics[metric].name;
}

const char *usage_unit(enum usage_metric metric)
{
    return metrics[metric].unit;
}

const char *usage_explain(enum usage_metric metric)
{
    return metrics[metric].explain;
}

bool usage_has(enum usage_side side, enum usage_metric metric)
{
    return metrics[metric].sides & 1U << side;
}

bool usage_is_counter(enum usage_metric metric)
{
    return metrics[metric].kind == COUNTER;
}

void usage_clear(struct usage *usage)
{
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_READINGS; m++)
            usage->value[s][m] = USAGE_NOT_AVAILABLE;
}
