/* What each rank did over the runs of a case. */
#ifndef WAITBENCH_RANKS_JUDGE_H
#define WAITBENCH_RANKS_JUDGE_H

#include "bench/keep/store.h"

/* Medians over the valid runs, in seconds; NAN: not available. */
struct rank_summary {
    unsigned rank;
    char host[RANK_HOST_BYTES];
    size_t requests;
    size_t runs;
    double makespan_s, start_lag_s, latency_p50_s, latency_p99_s, cpu_s;
    double clock_offset_s, clock_uncertainty_s;
};

/* Of a case; none where its load was not divided among ranks. The caller frees `*out`. Returns 0 or
 * -1. */
int judge_ranks(struct store *store, int64_t case_id, struct rank_summary **out, size_t *n,
                struct error *error);

#endif
