/* A service-level objective, and whether a run met it: a percentile of latency below a limit, or a
 * share of failed requests below one. */
#ifndef WAITBENCH_SLO_H
#define WAITBENCH_SLO_H

#include "bench/keep/store.h"

struct slo {
    char text[SLO_TEXT_BYTES]; /* as it was given */
    double share;              /* of the requests that may violate it: 1% for a p99 */
    nsec_t limit;              /* latencies of this and above violate it; 0: only failures do */
};

/* "p99<20ms", "p99.9<1s", "p50<500us", or "errors<0.1%". Returns 0, or -1 where it is none or no
 * run could decide it. */
int slo_parse(struct slo *slo, const char *text, struct error *error);

/* What a run says of the server at its rate. */
enum slo_standing {
    SLO_STANDS,         /* whether it met the objective */
    SLO_DISTURBED,      /* the same together with others, as it was NOISY */
    SLO_DRIVER_LIMITED, /* nothing: the driver or its machine did not do what the schedule said */
    SLO_NO_RESULT,      /* nothing: nothing started, or the server or the driver ended early */
};
enum slo_standing slo_standing(const struct run_record *record);

/* How many of the run's requests violate it: those that failed, and those that took too long from
 * their intended start. */
size_t slo_violations(const struct slo *slo, const struct run_record *record);

/* The run's latency at the percentile that is limited, the p99 where failures are: -1 where the
 * completed requests are too few, or the run was overloaded. */
nsec_t slo_latency(const struct slo *slo, const struct run_record *record);

/* Of `n` requests `violations` violate it. MET: were the share of violations as large as allowed,
 * so few would be seen with a probability of 5% at most; VIOLATED: were it no larger, so many. As
 * in the early stopping of MLPerf's LoadGen, from the binomial distribution. */
enum slo_outcome slo_judge(const struct slo *slo, size_t n, size_t violations);

/* Requests that a run has at least: those of which 30 may violate it. */
size_t slo_requests(const struct slo *slo);

#endif
