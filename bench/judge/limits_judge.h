/* The result of a run for a step of `waitbench limits`: did it pass, what did it cost, and if it
 * failed, which limit was hit? */
#ifndef WAITBENCH_LIMITS_JUDGE_H
#define WAITBENCH_LIMITS_JUDGE_H

#include "bench/keep/store.h"

/* A step passes with an efficiency of `share`, or where there is no delay to compare with, if all
 * its requests are completed; `memory_before` is what was available before the run, or -1. */
void limits_judge(const struct run_record *record, const struct bench_case *c, double share,
                  int64_t memory_before, struct limits_result *out);

#endif
