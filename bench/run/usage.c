#include "usage.h"

enum { PROCESS = 1 << USAGE_CLIENT | 1 << USAGE_SERVER, SYSTEM = 1 << USAGE_SYSTEM };

const struct usage_row usage_rows[USAGE_METRICS] = {
    [USAGE_CPU_NS] = {"cpu_ns", "ns", "CPU time", PROCESS, true},
    [USAGE_USER_NS] = {"user_ns", "ns", "CPU time in user mode", PROCESS, true},
    [USAGE_SYSTEM_NS] = {"system_ns", "ns", "CPU time in the kernel", PROCESS, true},
    [USAGE_RUNNABLE_WAIT_NS] = {"runnable_wait_ns", "ns", "time spent runnable, waiting for a CPU",
                                PROCESS, true},
    [USAGE_VOLUNTARY_SWITCHES] = {"voluntary_switches", "count",
                                  "voluntary context switches: to wait", PROCESS, true},
    [USAGE_INVOLUNTARY_SWITCHES] = {"involuntary_switches", "count", "involuntary context switches",
                                    PROCESS, true},
    [USAGE_SYSCALLS] = {"syscalls", "count", "system calls", PROCESS, true},
    [USAGE_MINOR_FAULTS] = {"minor_faults", "count", "page faults without I/O", PROCESS, true},
    [USAGE_MAJOR_FAULTS] = {"major_faults", "count", "page faults with I/O", PROCESS, true},
    [USAGE_PEAK_RSS_BYTES] = {"peak_rss_bytes", "bytes",
                              "peak resident memory; memory that processes share counts once",
                              PROCESS},
    [USAGE_PEAK_VM_BYTES] = {"peak_vm_bytes", "bytes", "peak address space", PROCESS},
    [USAGE_RSS_GROWTH_BYTES] = {"rss_growth_bytes", "bytes",
                                "peak_rss_bytes less its value before setup", PROCESS},
    [USAGE_VM_GROWTH_BYTES] = {"vm_growth_bytes", "bytes",
                               "peak_vm_bytes less its value before setup", PROCESS},
    [USAGE_PEAK_THREADS] = {"peak_threads", "count", "most threads at once", PROCESS},
    [USAGE_PEAK_PROCESSES] = {"peak_processes", "count", "most processes at once",
                              1 << USAGE_CLIENT},
    [USAGE_IN_FLIGHT_MAX] = {"in_flight_max", "count",
                             "most requests in flight at once, as measured", PROCESS},
    [USAGE_FAIRNESS_PPM] = {"fairness_ppm", "ppm",
                            "Jain's fairness index of the connections that each worker accepted: "
                            "1000000 if all had as many",
                            1 << USAGE_SERVER},
    [USAGE_TIME_WAIT] = {"time_wait", "count",
                         "connections in TIME_WAIT after the run, at the side that closed first",
                         PROCESS},
    [USAGE_CONTENT_BYTES] = {"content_bytes", "bytes",
                             "content of the completed responses, with --url", 1 << USAGE_CLIENT},
    [USAGE_SYN_RETRANSMITS] = {"syn_retransmits", "count",
                               "SYN retransmissions, each after a second or more", SYSTEM, true},
    [USAGE_LISTEN_OVERFLOWS] = {"listen_overflows", "count", "accept-queue overflows", SYSTEM,
                                true},
    [USAGE_LISTEN_DROPS] = {"listen_drops", "count", "SYNs dropped by a listening socket", SYSTEM,
                            true},
    [USAGE_TIME_WAIT_OVERFLOWS] = {"time_wait_overflows", "count",
                                   "connections not kept in TIME_WAIT, as too many were", SYSTEM,
                                   true},
    [USAGE_BUSY_NS] = {"busy_ns", "ns", "CPU time of all processes on the machine", SYSTEM, true},
    [USAGE_STEAL_NS] = {"steal_ns", "ns", "CPU time that the hypervisor gave to other guests",
                        SYSTEM, true},
    [USAGE_THROTTLED_NS] = {"throttled_ns", "ns", "time throttled by a control group's CPU quota",
                            SYSTEM, true},
    [USAGE_FOREIGN_CPU_NS] =
        {"foreign_cpu_ns", "ns",
         "CPU time of other processes than client and server (in ticks of 10 ms)", SYSTEM},
    [USAGE_SOCKET_MEMORY_BYTES] = {"socket_memory_bytes", "bytes",
                                   "peak kernel memory of all TCP sockets, as sampled", SYSTEM},
    [USAGE_KERNEL_STACK_BYTES] =
        {"kernel_stack_bytes", "bytes",
         "peak kernel stacks of all threads, as sampled, less their size before the run", SYSTEM},
    [USAGE_SLAB_BYTES] = {"slab_bytes", "bytes",
                          "of `limits`, and with 4096 or more in flight: peak memory of the "
                          "kernel's objects, sockets among them, as sampled, less its size before "
                          "the run",
                          SYSTEM},
    [USAGE_PAGE_TABLE_BYTES] = {"page_table_bytes", "bytes",
                                "of `limits`, and with 4096 or more in flight: peak page tables, "
                                "as sampled, less their size before the run",
                                SYSTEM},
    [USAGE_MEMORY_TAKEN_BYTES] = {"memory_taken_bytes", "bytes",
                                  "of `limits`: the most by which the machine's available memory "
                                  "fell during the run, as sampled",
                                  SYSTEM},
    [USAGE_HOST_STALL_NS] = {"host_stall_ns", "ns",
                             "host stall: largest delay of a wake-up of the harness during the run",
                             SYSTEM},
};

const char *const usage_side_names[USAGE_SIDES] = {"client", "server", "system"};

void usage_clear(struct usage *usage)
{
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_READINGS; m++)
            usage->value[s][m] = USAGE_NOT_AVAILABLE;
}
