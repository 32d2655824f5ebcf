/* Running a worksheet: the cases of its questions are those of one campaign, and its outcomes stand
 * beside what was predicted. */
#ifndef WAITBENCH_WORKSHEET_RUN_H
#define WAITBENCH_WORKSHEET_RUN_H

#include "bench/predict/worksheet.h"
#include "campaign.h"

/* What was measured for a question. */
struct worksheet_outcome {
    double measured; /* in the question's unit, or NAN: then `reasons` says why */
    struct stats_interval interval;
    enum quality quality; /* the worst of its cases */
    char reasons[RUN_REASON_BYTES];
    double model_s; /* the calibrated prediction of a makespan, or NAN */
};

enum { WORKSHEET_REMARK_BYTES = RUN_REASON_BYTES + 64 };

/* Make the campaign's plan, a case each, in order. The worksheet has to stay where it is until the
 * plan is released. Returns 0 or -1. */
int worksheet_plan(const struct worksheet *sheet, struct campaign *campaign, struct error *error);

/* Check that it can run here. Returns 0, or -1 with the reason. */
int worksheet_possible(const struct plan *plan, const char *results, struct error *error);

/* Read what the campaign of that id found, an outcome for each question. Returns 0 or -1. */
int worksheet_read_outcomes(const struct worksheet *sheet, struct store *store, const char *id,
                            struct worksheet_outcome outcomes[WORKSHEET_QUESTIONS_MAX],
                            struct error *error);

/* How a value agrees with what was measured: "within the interval", "too low by a factor of 2.3",
 * or why it cannot be said. Returns `remark`. */
const char *worksheet_remark(double predicted, const struct worksheet_outcome *outcome,
                             char remark[WORKSHEET_REMARK_BYTES]);

/* The same of what theory says: a bound is met or not met. */
const char *worksheet_remark_theory(const struct worksheet_theory *theory,
                                    const struct worksheet_outcome *outcome,
                                    char remark[WORKSHEET_REMARK_BYTES]);

#endif
