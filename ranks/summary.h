/* The summaries of all ranks' shares, added up by MPI. */
#ifndef WAITBENCH_RANKS_SUMMARY_H
#define WAITBENCH_RANKS_SUMMARY_H

#include "bench/run/measure.h"

/* By every rank, whether it ran a share or not (NULL): the sum is rank 0's `*sum` (NULL elsewhere).
 */
void summary_reduce(const struct measure_page *page, struct run_summary *sum);

#endif
