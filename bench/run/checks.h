/* Gates: may this run be believed? Each that closes says in words what happened and what to change,
 * and makes the quality at least NOISY (a figure with a caveat) or INVALID (no figure). */
#ifndef WAITBENCH_CHECKS_H
#define WAITBENCH_CHECKS_H

#include "bench/plan/case.h"
#include "run_record.h"

/* "; what to do" about an errno, or "". */
const char *checks_advice(int errnum);

/* Judge a digested record of a run of `c`. */
void checks_judge(struct run_record *record, const struct bench_case *c);

/* Of these only what others did to the machine meanwhile. */
void checks_judge_machine(struct run_record *record);

#endif
