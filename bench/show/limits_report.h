/* The report of `waitbench limits`: a table with a row for each driver, and for each a sentence
 * that says where it ended, on which limit, and how to raise that. */
#ifndef WAITBENCH_LIMITS_REPORT_H
#define WAITBENCH_LIMITS_REPORT_H

#include "grid.h"
#include "bench/keep/store.h"

void limits_report_print(const struct limits_row *rows, size_t n, enum grid_style style, FILE *out);

#endif
