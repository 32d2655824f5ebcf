#include "usage.h"

/* How a figure is computed from two readings. */
enum kind {
    COUNTER,  /* after - before */
    GAUGE,    /* after: a peak */
    GROWTH,   /* the peak - the value before setup */
    EXTERNAL, /* filled in later, by the runner or from the samples */
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
    [USAGE_RUNNABLE_WAIT_NS] = {"runnable_wait_ns", "ns", "time spent runnable, waiting for a CPU",
                                COUNTER, PROCESS},
    [USAGE_VOLUNTARY_SWITCHES] = {"voluntary_switches", "count",
                                  "voluntary context switches: to wait", COUNTER, PROCESS},
    [USAGE_INVOLUNTARY_SWITCHES] = {"involuntary_switches", "count", "involuntary context switches",
                                    COUNTER, PROCESS},
    [USAGE_SYSCALLS] = {"syscalls", "count", "system calls", COUNTER, PROCESS},
    [USAGE_MINOR_FAULTS] = {"minor_faults", "count", "page faults without I/O", COUNTER, PROCESS},
    [USAGE_MAJOR_FAULTS] = {"major_faults", "count", "page faults with I/O", COUNTER, PROCESS},
    [USAGE_PEAK_RSS_BYTES] = {"peak_rss_bytes", "bytes",
                              "peak resident memory; memory that processes share counts once",
                              GAUGE, PROCESS},
    [USAGE_PEAK_VM_BYTES] = {"peak_vm_bytes", "bytes", "peak address space", GAUGE, PROCESS},
    [USAGE_RSS_GROWTH_BYTES] = {"rss_growth_bytes", "bytes",
                                "peak_rss_bytes less its value before setup", GROWTH, PROCESS},
    [USAGE_VM_GROWTH_BYTES] = {"vm_growth_bytes", "bytes",
                               "peak_vm_bytes less its value before setup", GROWTH, PROCESS},
    [USAGE_PEAK_THREADS] = {"peak_threads", "count", "most threads at once", GAUGE, PROCESS},
    [USAGE_PEAK_PROCESSES] = {"peak_processes", "count", "most processes at once", GAUGE,
                              1 << USAGE_CLIENT},
    [USAGE_IN_FLIGHT_MAX] = {"in_flight_max", "count",
                             "most requests in flight at once, as measured", EXTERNAL, PROCESS},
    [USAGE_SYN_RETRANSMITS] = {"syn_retransmits", "count",
                               "SYN retransmissions, each after a second or more", COUNTER, SYSTEM},
    [USAGE_LISTEN_OVERFLOWS] = {"listen_overflows", "count", "accept-queue overflows", COUNTER,
                                SYSTEM},
    [USAGE_LISTEN_DROPS] = {"listen_drops", "count", "SYNs dropped by a listening socket", COUNTER,
                            SYSTEM},
    [USAGE_BUSY_NS] = {"busy_ns", "ns", "CPU time of all processes on the machine", COUNTER,
                       SYSTEM},
    [USAGE_STEAL_NS] = {"steal_ns", "ns", "CPU time that the hypervisor gave to other guests",
                        COUNTER, SYSTEM},
    [USAGE_THROTTLED_NS] = {"throttled_ns", "ns", "time throttled by a control group's CPU quota",
                            COUNTER, SYSTEM},
    [USAGE_FOREIGN_CPU_NS] =
        {"foreign_cpu_ns", "ns",
         "CPU time of other processes than client and server (in ticks of 10 ms)", EXTERNAL,
         SYSTEM},
    [USAGE_SOCKET_MEMORY_BYTES] = {"socket_memory_bytes", "bytes",
                                   "peak kernel memory of all TCP sockets, as sampled", EXTERNAL,
                                   SYSTEM},
    [USAGE_KERNEL_STACK_BYTES] =
        {"kernel_stack_bytes", "bytes",
         "peak kernel stacks of all threads, as sampled, less their size before the run", EXTERNAL,
         SYSTEM},
    [USAGE_HOST_STALL_NS] = {"host_stall_ns", "ns",
                             "host stall: largest delay of a wake-up of the harness during the run",
                             EXTERNAL, SYSTEM},
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
