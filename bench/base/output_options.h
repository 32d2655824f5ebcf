/* Options for how a command shows what it found. */
#ifndef WAITBENCH_OUTPUT_OPTIONS_H
#define WAITBENCH_OUTPUT_OPTIONS_H

#include "lib/options.h"

struct output_options {
    bool all, without_pictures;
};

/* Their target is a struct output_options. */
extern const struct option_row output_option_rows[];

/* For option_set.only: a command that prints tables and draws nothing, and the reverse. */
extern const char *const output_only_all[], *const output_only_pictures[];

#endif
