/* The results of grading: a table for people, and the forms of two systems for courses.
 * Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/
 * Autolab: https://docs.autolabproject.com/lab/ */
#ifndef WAITBENCH_RESULTS_H
#define WAITBENCH_RESULTS_H

#include "grade.h"

/* Every check with its points, outcome and reason, and the sum. `terminal`: fitted to one. */
void results_print(const struct grade *grade, bool terminal, FILE *out);

/* The checks that there are, and what each looks at. */
void results_print_list(const struct grade *grade, bool terminal, FILE *out);

/* results.json. Returns 0 or -1. */
int results_write_gradescope(const struct grade *grade, const char *path, struct error *error);

/* The line that has to be the last on standard output. */
void results_print_autolab(const struct grade *grade, FILE *out);

#endif
