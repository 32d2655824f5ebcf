/* Resource usage: what a run cost, for the client, for the server and for the machine around them.
 * The client is the process that is measured and all that it makes. What cannot be had here is "not
 * available", with the reason, and never a zero. */
#ifndef WAITBENCH_USAGE_H
#define WAITBENCH_USAGE_H

#include <stdbool.h>
#include <stdint.h>

enum usage_side { USAGE_CLIENT, USAGE_SERVER, USAGE_SYSTEM, USAGE_SIDES };

/* Names, units and meanings are in usage.c; the store keeps them by side and name. */
enum usage_metric {
    /* of the client and of the server */
    USAGE_CPU_NS,
    USAGE_USER_NS,
    USAGE_SYSTEM_NS,
    USAGE_RUNNABLE_WAIT_NS,
    USAGE_VOLUNTARY_SWITCHES,
    USAGE_INVOLUNTARY_SWITCHES,
    USAGE_SYSCALLS,
    USAGE_MINOR_FAULTS,
    USAGE_MAJOR_FAULTS,
    USAGE_PEAK_RSS_BYTES,
    USAGE_PEAK_VM_BYTES,
    USAGE_RSS_GROWTH_BYTES,
    USAGE_VM_GROWTH_BYTES,
    USAGE_PEAK_THREADS,
    USAGE_PEAK_PROCESSES,
    USAGE_IN_FLIGHT_MAX,
    /* of the machine */
    USAGE_SYN_RETRANSMITS,
    USAGE_LISTEN_OVERFLOWS,
    USAGE_LISTEN_DROPS,
    USAGE_BUSY_NS,
    USAGE_STEAL_NS,
    USAGE_THROTTLED_NS,
    USAGE_FOREIGN_CPU_NS,
    USAGE_SOCKET_MEMORY_BYTES,
    USAGE_KERNEL_STACK_BYTES,
    USAGE_HOST_STALL_NS,
    USAGE_METRICS,
    /* Readings by which others are judged; no figures. */
    USAGE_THREADS_CPU_NS = USAGE_METRICS, /* CPU time of the threads that are there: files tell of
                                               no others */
    USAGE_REAPED_CPU_NS,                  /* CPU time of children that were waited for */
    USAGE_GONE_CPU_NS, /* CPU time of threads that have ended, in children that are there */
    USAGE_PSS_BYTES,   /* memory as a family's; in the end, as it stood before setup */
    USAGE_READINGS,
};

#define USAGE_NOT_AVAILABLE INT64_MIN

struct usage {
    int64_t value[USAGE_SIDES][USAGE_READINGS]; /* or USAGE_NOT_AVAILABLE */
};

const char *usage_side_name(enum usage_side side);
const char *usage_name(enum usage_metric metric);
const char *usage_unit(enum usage_metric metric);
const char *usage_explain(enum usage_metric metric);

/* Does the metric exist on that side? */
bool usage_has(enum usage_side side, enum usage_metric metric);

/* Is it what was counted between two readings, and not what the second one says? */
bool usage_is_counter(enum usage_metric metric);

/* Nothing is available. */
void usage_clear(struct usage *usage);

#endif
