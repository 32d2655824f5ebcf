/* The medians of the resource usage, and the latency breakdown of the median run, per case. */
#ifndef WAITBENCH_JUDGE_USAGE_H
#define WAITBENCH_JUDGE_USAGE_H

#include "bench/keep/store.h"

struct usage_summary {
    double median[USAGE_SIDES][USAGE_METRICS]; /* over the valid runs; NAN: not available */
    double breakdown_s[BREAKDOWN_PHASES]; /* means over the median run's requests; NAN likewise */
};

/* Returns 0 or -1. */
int judge_usage(struct store *store, int64_t case_id, struct usage_summary *out,
                struct error *error);

#endif
