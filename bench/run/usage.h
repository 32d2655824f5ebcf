/* Resource usage: what a run cost, for the client, for the server and for the machine around them.
 * The client is the process that is measured and all that it makes. What cannot be had here is "not
 * available", with the reason, and never a zero. */
#ifndef WAITBENCH_USAGE_H
#define WAITBENCH_USAGE_H

#include <stdbool.h>
#include <stdint.h>

enum ledger_side { LEDGER_CLIENT, LEDGER_SERVER, LEDGER_SYSTEM, LEDGER_SIDES };

/* Names, units and meanings are in usage.c; the store keeps them by side and name. */
enum ledger_metric {
    /* of the client and of the server */
    LEDGER_CPU_NS,
    LEDGER_USER_NS,
    LEDGER_SYSTEM_NS,
    LEDGER_RUNNABLE_WAIT_NS,
    LEDGER_VOLUNTARY_SWITCHES,
    LEDGER_INVOLUNTARY_SWITCHES,
    LEDGER_SYSCALLS,
    LEDGER_MINOR_FAULTS,
    LEDGER_MAJOR_FAULTS,
    LEDGER_PEAK_RSS_BYTES,
    LEDGER_PEAK_VM_BYTES,
    LEDGER_RSS_GROWTH_BYTES,
    LEDGER_VM_GROWTH_BYTES,
    LEDGER_PEAK_THREADS,
    LEDGER_PEAK_PROCESSES,
    LEDGER_IN_FLIGHT_MAX,
    /* of the machine */
    LEDGER_SYN_RETRANSMITS,
    LEDGER_LISTEN_OVERFLOWS,
    LEDGER_LISTEN_DROPS,
    LEDGER_BUSY_NS,
    LEDGER_STEAL_NS,
    LEDGER_THROTTLED_NS,
    LEDGER_FOREIGN_CPU_NS,
    LEDGER_SOCKET_MEMORY_BYTES,
    LEDGER_KERNEL_STACK_BYTES,
    LEDGER_HICCUP_NS,
    LEDGER_METRICS,
    /* Readings by which others are judged; no figures. */
    LEDGER_THREADS_CPU_NS = LEDGER_METRICS, /* CPU time of the threads that are there: files tell of
                                               no others */
    LEDGER_REAPED_CPU_NS,                   /* CPU time of children that were waited for */
    LEDGER_GONE_CPU_NS, /* CPU time of threads that have ended, in children that are there */
    LEDGER_PSS_BYTES,   /* memory as a family's; in the end, as it stood before setup */
    LEDGER_READINGS,
};

#define LEDGER_NOT_AVAILABLE INT64_MIN

struct ledger {
    int64_t value[LEDGER_SIDES][LEDGER_READINGS]; /* or LEDGER_NOT_AVAILABLE */
};

const char *ledger_side_name(enum ledger_side side);
const char *ledger_name(enum ledger_metric metric);
const char *ledger_unit(enum ledger_metric metric);
const char *ledger_explain(enum ledger_metric metric);

/* Does the metric exist on that side? */
bool ledger_has(enum ledger_side side, enum ledger_metric metric);

/* Is it what was counted between two readings, and not what the second one says? */
bool ledger_is_counter(enum ledger_metric metric);

/* Nothing is available. */
void ledger_clear(struct ledger *ledger);

#endif
