/* The options that say what to measure and how: shared by `run` and `campaign`. */
#ifndef WAITBENCH_PLAN_OPTIONS_H
#define WAITBENCH_PLAN_OPTIONS_H

#include "lib/options.h"
#include "plan.h"
#include "run_settings.h"

struct plan_options {
    struct plan_request request;
    unsigned repetitions;
    uint64_t seed; /* 0: a fresh one */
    struct run_settings run;
};

/* Ended by a row without a name; the target is a struct plan_options. */
extern const struct option_row plan_option_rows[];

/* Check what belongs together, choose a seed unless one was given, and make the plan. Returns 0 or
 * -1. */
int plan_options_finish(struct plan_options *options, struct plan *plan, struct error *error);

#endif
