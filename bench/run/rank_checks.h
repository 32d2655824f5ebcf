/* Checks of a run in ranks: did they begin together, do their clocks agree, and was one of them
 * slower than the others? */
#ifndef WAITBENCH_RANK_CHECKS_H
#define WAITBENCH_RANK_CHECKS_H

#include "bench/plan/case.h"
#include "run_record.h"

/* Adds a caveat for each rank that is not as the others. Does nothing without ranks. */
void rank_checks_judge(struct run_record *record, const struct bench_case *c);

#endif
