/* Checks: is this run valid? Each that fails adds a caveat, which states what happened and what to
 * change, and lowers the data quality to NOISY (use with caution) or INVALID (no figure). */
#ifndef WAITBENCH_CHECKS_H
#define WAITBENCH_CHECKS_H

#include "bench/plan/case.h"
#include "run_record.h"

/* "; what to do" about an errno, or "". */
const char *checks_advice(int errnum);

/* Check a digested record of a run of `c`. */
void checks_judge(struct run_record *record, const struct bench_case *c);

/* Only the checks for other load on the machine. */
void checks_judge_machine(struct run_record *record);

#endif
