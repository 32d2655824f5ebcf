/* The options of `waitbench limits`. */
#ifndef WAITBENCH_LIMITS_OPTIONS_H
#define WAITBENCH_LIMITS_OPTIONS_H

#include "limits.h"
#include "lib/options.h"

extern const struct option_table limits_option_table;

/* Fill `limits` from the words typed, and where results go and whether they are wanted as JSON. */
enum options_result limits_options_parse(struct limits *limits, const char **results, bool *json,
                                         int argc, char **argv, struct error *error);

#endif
