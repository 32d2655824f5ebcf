/* The ledger: what a run cost, read around the timed region by the process that is measured. */
#ifndef WAITBENCH_LEDGER_H
#define WAITBENCH_LEDGER_H

#include <stdint.h>

/* Names and meanings are in ledger.c; the store keeps them by name. */
enum ledger_metric {
    LEDGER_USER_NS,
    LEDGER_SYSTEM_NS,
    LEDGER_VOLUNTARY_SWITCHES,
    LEDGER_INVOLUNTARY_SWITCHES,
    LEDGER_MINOR_FAULTS,
    LEDGER_MAJOR_FAULTS,
    LEDGER_SYN_RETRANSMITS,
    LEDGER_LISTEN_OVERFLOWS,
    LEDGER_LISTEN_DROPS,
    LEDGER_METRICS,
};

#define LEDGER_NOT_AVAILABLE INT64_MIN

struct ledger {
    int64_t value[LEDGER_METRICS]; /* or LEDGER_NOT_AVAILABLE */
};

const char *ledger_name(enum ledger_metric metric);
const char *ledger_explain(enum ledger_metric metric);

/* Nothing is available. */
void ledger_clear(struct ledger *ledger);

/* Read every counter as it stands. */
void ledger_read(struct ledger *ledger);

/* after - before, metric by metric; not available where either is not. */
void ledger_subtract(struct ledger *after, const struct ledger *before);

#endif
