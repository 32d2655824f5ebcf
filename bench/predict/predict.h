/* Predict, then measure: what a case's makespan should be by the operational laws, from figures
 * calibrated beforehand. The formulae and where they end are in docs/prediction.md; after Denning
 * and Buzen, "The Operational Analysis of Queueing Network Models", ACM Computing Surveys 10(3),
 * 1978, and Lazowska et al., Quantitative System Performance, 1984, chapter 5 (asymptotic
 * bounds). */
#ifndef WAITBENCH_PREDICT_H
#define WAITBENCH_PREDICT_H

#include "calibrate.h"
#include "bench/plan/case.h"

#define PREDICT_NONE ((nsec_t)-1)

/* Nanoseconds, or PREDICT_NONE for a case outside the model: a driver that sends nothing or is
 * another program, or more at once than the backlog holds (which SYN is dropped, and for how long,
 * is chance). */
nsec_t predict_makespan(const struct calibration *calibration, const struct bench_case *c);

#endif
