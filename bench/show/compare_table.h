/* A comparison as a table and in words. */
#ifndef WAITBENCH_COMPARE_TABLE_H
#define WAITBENCH_COMPARE_TABLE_H

#include "bench/judge/compare.h"
#include "grid.h"

/* The pairs as a table, then in words: what has no ratio and why, what has no partner, how many of
 * each, and the rule for a difference. */
void compare_print(const struct comparison *comparison, enum grid_style style, FILE *out);

#endif
