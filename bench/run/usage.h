/* Resource usage of a run: of the client, of the server and of the whole machine. The client is the
 * measured process and its descendants. A figure that cannot be measured is "not available", with
 * the reason, never 0. */
#ifndef WAITBENCH_USAGE_H
#define WAITBENCH_USAGE_H

#include <stdbool.h>
#include <stdint.h>

enum usage_side { USAGE_CLIENT, USAGE_SERVER, USAGE_SYSTEM, USAGE_SIDES };

/* Names, units and meanings are in usage.c; the store has them by side and name. */
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
    USAGE_FAIRNESS_PPM,
    USAGE_TIME_WAIT,
    USAGE_CONTENT_BYTES,
    /* of the machine */
    USAGE_SYN_RETRANSMITS,
    USAGE_LISTEN_OVERFLOWS,
    USAGE_LISTEN_DROPS,
    USAGE_TIME_WAIT_OVERFLOWS,
    USAGE_BUSY_NS,
    USAGE_STEAL_NS,
    USAGE_THROTTLED_NS,
    USAGE_FOREIGN_CPU_NS,
    USAGE_SOCKET_MEMORY_BYTES,
    USAGE_KERNEL_STACK_BYTES,
    USAGE_SLAB_BYTES,
    USAGE_PAGE_TABLE_BYTES,
    USAGE_MEMORY_TAKEN_BYTES,
    USAGE_HOST_STALL_NS,
    USAGE_METRICS,
    /* Readings needed to compute others; not figures themselves. */
    USAGE_THREADS_CPU_NS = USAGE_METRICS, /* CPU time of existing threads, the only ones in /proc */
    USAGE_REAPED_CPU_NS,                  /* CPU time of reaped children */
    USAGE_GONE_CPU_NS, /* CPU time of threads that have ended, in existing children */
    USAGE_PSS_BYTES,   /* Pss of the process family; at the end: its value before setup */
    USAGE_READINGS,
};

#define USAGE_NOT_AVAILABLE INT64_MIN

struct usage {
    int64_t value[USAGE_SIDES][USAGE_READINGS]; /* or USAGE_NOT_AVAILABLE */
};

struct usage_row {
    const char *name, *unit, *explain;
    unsigned sides; /* that have it: a bit for each */
    bool counter;   /* the difference of two readings; else a peak, or filled in by the harness */
};
extern const struct usage_row usage_rows[USAGE_METRICS];
extern const char *const usage_side_names[USAGE_SIDES];

/* Make all values not available. */
void usage_clear(struct usage *usage);

/* To `value`, unless that is negative: unknown. */
static inline void usage_raise(int64_t *peak, int64_t value)
{
    if (value >= 0 && value > *peak)
        *peak = value;
}

#endif
