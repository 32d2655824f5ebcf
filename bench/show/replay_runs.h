/* The runs that a page may carry for its replay, those that are worth more first. */
#ifndef WAITBENCH_REPLAY_RUNS_H
#define WAITBENCH_REPLAY_RUNS_H

#include "bench/judge/judge.h"

struct replay_run {
    const struct case_summary *summary;
    const struct stored_run *run;
    bool is_median; /* of its case's runs */
    unsigned tier;  /* the lowest first */
    bool carried;
};

/* All runs that have samples, of cases that have figures and a server, into `*out`, which the
 * caller frees: the median ones of each case before all others, and of these the cases with the
 * most in flight and the smallest backlog, those of the talk's drivers, and the rest, each with the
 * most in flight first. Returns how many. */
size_t replay_runs(const struct judgement *judgement, struct replay_run **out);

#endif
