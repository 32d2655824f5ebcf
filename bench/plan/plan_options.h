/* The options that say what to measure and how: shared by `run` and `campaign`. */
#ifndef WAITBENCH_PLAN_OPTIONS_H
#define WAITBENCH_PLAN_OPTIONS_H

#include "bench/base/options.h"
#include "plan.h"
#include "run_settings.h"

struct plan_options {
    struct plan_request request;
    unsigned repetitions;
    uint64_t seed; /* 0: a fresh one */
    bool has_time_box;
    struct net_address server_address;
    struct run_settings run;
};

/* Ended by a row without a name; the target is a struct plan_options. */
extern const struct option_row plan_option_rows[];

/* What holds where nothing is said. */
void plan_options_init(struct plan_options *options);

/* Derive what follows from the rest (the serial time box, a fresh seed) and make the plan. */
int plan_options_finish(struct plan_options *options, struct plan *plan, struct error *error);

#endif
