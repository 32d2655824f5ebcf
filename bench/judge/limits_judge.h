/* What one run says about a step of `waitbench limits`: did it hold, what did it cost, and where it
 * did not hold, which limit was that? */
#ifndef WAITBENCH_LIMITS_JUDGE_H
#define WAITBENCH_LIMITS_JUDGE_H

#include "bench/keep/limits_row.h"
#include "bench/run/run_record.h"

struct limits_result {
    enum limits_end end; /* LIMITS_RAMPING: it held */
    bool worked;         /* every request was answered, however slowly */
    double efficiency;   /* or NAN */
    struct limits_costs costs;
    char noise[LIMITS_REASON_BYTES];
    int errnum; /* of the first failure, or 0 */
    struct limit_named limit;
    char reason[LIMITS_REASON_BYTES];
};

/* `share` of the ideal is what holds; `memory_before` what was available before the run, or -1. */
void limits_judge(const struct run_record *record, const struct bench_case *c, double share,
                  int64_t memory_before, struct limits_result *out);

#endif
