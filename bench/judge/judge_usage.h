/* The ledger's medians and the blame of the median run, per case. */
#ifndef WAITBENCH_JUDGE_USAGE_H
#define WAITBENCH_JUDGE_USAGE_H

#include "bench/keep/store.h"

struct ledger_summary {
    double median[LEDGER_SIDES][LEDGER_METRICS]; /* over the valid runs; NAN: not available */
    double blame_s[BLAME_PHASES]; /* means over the requests of the median run; NAN likewise */
};

/* Returns 0 or -1. */
int judge_ledger(struct store *store, int64_t case_id, struct ledger_summary *out,
                 struct error *error);

#endif
