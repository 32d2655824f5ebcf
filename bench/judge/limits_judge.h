/* The result of a run for a step of `waitbench limits`: did it pass, what did it cost, and if it
 * failed, which limit was hit? */
#ifndef WAITBENCH_LIMITS_JUDGE_H
#define WAITBENCH_LIMITS_JUDGE_H

#include "bench/keep/store.h"

struct limits_result {
    enum limits_end end; /* LIMITS_RAMPING: it passed */
    bool worked;         /* every request completed, however slowly */
    double efficiency;   /* or NAN */
    struct limits_costs costs;
    char noise[LIMITS_REASON_BYTES];
    int errnum; /* of the first failure, or 0 */
    struct limit_named limit;
    char reason[LIMITS_REASON_BYTES];
};

/* A step passes with an efficiency of `share`; `memory_before` is what was available before the
 * run, or -1. */
void limits_judge(const struct run_record *record, const struct bench_case *c, double share,
                  int64_t memory_before, struct limits_result *out);

#endif
