/* Predict, then measure: a case's makespan by the operational laws, computed from a calibration.
 * The formulas and their limits are in docs/prediction.md; after Denning and Buzen, "The
 * Operational Analysis of Queueing Network Models", ACM Computing Surveys 10(3), 1978, and Lazowska
 * et al., Quantitative System Performance, 1984, chapter 5 (asymptotic bounds). */
#ifndef WAITBENCH_PREDICT_H
#define WAITBENCH_PREDICT_H

#include "calibration.h"
#include "bench/plan/case.h"

#define PREDICT_NONE ((nsec_t)-1)

/* Nanoseconds, or PREDICT_NONE for a case outside the model: a driver that sends nothing or is an
 * external program, or more in flight than the backlog holds (which SYNs are dropped, and for how
 * long, is random). */
nsec_t predict_makespan(const struct calibration *calibration, const struct bench_case *c);

#endif
