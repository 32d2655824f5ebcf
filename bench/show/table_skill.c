/* Predictions held against the ideal. */
#include "table.h"

#include <math.h>

#include "bench/plan/case_fields.h"
#include "cells.h"

static bool is_close(double predicted, double measured)
{
    return fabs(predicted / measured - 1) <= PREDICTION_OFF_PERCENT / 100.0;
}

struct skill skill_of(const struct judgement *judgement)
{
    struct skill skill = {0};
    double predicted_error = 0, ideal_error = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        double measured = s->makespan.median;
        if (!s->makespan.n || isnan(s->predicted_s) || !(s->ideal_s > 0) || case_is_alone(&s->c))
            continue;
        skill.cases++;
        skill.predicted_close += is_close(s->predicted_s, measured);
        skill.ideal_close += is_close(s->ideal_s, measured);
        predicted_error += fabs(log(s->predicted_s / measured));
        ideal_error += fabs(log(s->ideal_s / measured));
    }
    skill.score = ideal_error > 0 ? 1 - predicted_error / ideal_error : NAN;
    return skill;
}

void table_print_skill(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    const struct skill skill = skill_of(judgement);
    char text[200];
    if (!skill.cases || isnan(skill.score))
        return;
    snprintf(text, sizeof(text),
             "Prediction: %zu of %zu cases are within %d%% of the measured makespan, by the ideal "
             "alone %zu; skill score %.2f (1: perfect, 0: no better than the ideal).",
             skill.predicted_close, skill.cases, PREDICTION_OFF_PERCENT, skill.ideal_close,
             skill.score);
    table_print_remark(text, style, out);
}
