/* The options of `waitbench limits`. */
#ifndef WAITBENCH_LIMITS_OPTIONS_H
#define WAITBENCH_LIMITS_OPTIONS_H

#include "limits.h"
#include "bench/base/output_options.h"
#include "bench/plan/plan_options.h"

extern const struct option_table limits_option_table;

struct limits_options {
    struct plan_options plan;
    struct candidate_rules rules;
    nsec_t time;
    const char *results;
    bool json;
    struct output_options output;
    char name[STORE_NAME_BYTES];
};

/* Fill `limits` from options parsed from this command line. Returns 0 or -1. */
int limits_options_apply(const struct limits_options *options, int argc, char **argv,
                         struct limits *limits, struct error *error);

#endif
