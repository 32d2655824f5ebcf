/* Did the predictions help? Held against the ideal, a prediction that needs no measurement. */
#ifndef WAITBENCH_TABLE_SKILL_H
#define WAITBENCH_TABLE_SKILL_H

#include "bench/judge/judge.h"
#include "grid.h"

enum { PREDICTION_OFF_PERCENT = 15 };

struct skill {
    size_t cases; /* with a makespan, a prediction and an ideal, more than one request at a time */
    size_t predicted_close, ideal_close; /* of them within 15% of the makespan */
    double score; /* 1 - mean |log(predicted / makespan)| / mean |log(ideal / makespan)|: 1 is
                   * perfect, 0 no better than the ideal alone; NAN if that is perfect itself */
};

struct skill skill_of(const struct judgement *judgement);

/* A remark with these figures; nothing without a prediction. */
void table_print_skill(const struct judgement *judgement, enum grid_style style, FILE *out);

#endif
