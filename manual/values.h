/* What a shell completes the values of options with: the sets that rows name as `values`. */
#ifndef WAITBENCH_MANUAL_VALUES_H
#define WAITBENCH_MANUAL_VALUES_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/options.h"

enum values_kind {
    VALUES_NONE,      /* a flag */
    VALUES_ANY,       /* numbers, times: nothing to complete */
    VALUES_WORDS,     /* of a table */
    VALUES_FILES,     /* any file */
    VALUES_FOLDERS,   /* any folder */
    VALUES_CAMPAIGNS, /* folders in the results folder */
};

/* Of a set's name, or NULL. Ends the program where there is no such set. */
enum values_kind values_of_set(const char *set);
enum values_kind values_of_row(const struct option_row *row);

/* The words, with a blank before each. */
void values_print_set(const char *set, FILE *out);
void values_print_row(const struct option_row *row, FILE *out);

/* The tables of options, in the order of --help: the commands', then randintd's; NULL is their end.
 */
const struct option_table *const *manual_tables(void);

/* "campaign" of "waitbench campaign", "randintd". */
const char *manual_name(const struct option_table *table);

#endif
