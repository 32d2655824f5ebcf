/* The options that say what to measure and how: shared by `run` and `campaign`. */
#ifndef WAITBENCH_PLAN_OPTIONS_H
#define WAITBENCH_PLAN_OPTIONS_H

#include "lib/options.h"
#include "case_fields.h"

struct plan_options {
    struct plan_request request;
    unsigned repetitions;
    uint64_t seed; /* 0: a fresh one */
    struct run_settings run;
};

/* Those that are not a case's. Ended by a row without a name; the target is a struct plan_options.
 */
extern const struct option_row plan_option_rows[];

/* Both, of a struct plan_options at an offset in the table's target; names as in `only`, or NULL.
 */
#define PLAN_OPTION_SETS(at, names)                                                                \
    CASE_OPTION_SET((at) + offsetof(struct plan_options, request), names),                         \
    {                                                                                              \
        .rows = plan_option_rows, .offset = (at), .only = (names)                                  \
    }

/* With a URL, make the request one of that URL: of its workload, and without what a server of ours
 * would be started with. Returns 0, or -1 where it goes with something else. */
int plan_request_take_url(struct plan_request *request, struct error *error);

/* Check what belongs together, choose a seed unless one was given, and make the plan. Returns 0 or
 * -1. */
int plan_options_finish(struct plan_options *options, struct plan *plan, struct error *error);

#endif
