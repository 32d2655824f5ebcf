/* What the cases cost and where their requests' time went, as text. */
#ifndef WAITBENCH_TABLE_USAGE_H
#define WAITBENCH_TABLE_USAGE_H

#include "grid.h"
#include "bench/judge/judge.h"

/* Which cases: all, or only those of the usual backlog in the first shape, for a terminal. */
enum table_extent { TABLE_USUAL, TABLE_ALL };

/* CPU, switches, system calls, faults, memory and threads per request or connection. */
void table_print_usage(const struct judgement *judgement, enum table_extent extent,
                       enum grid_style style, FILE *out);

/* A bar per case, stacked by what a request waited for beside the server's thinking. */
void table_print_breakdown(const struct judgement *judgement, enum table_extent extent,
                           enum grid_style style, FILE *out);

/* Which of its ways each driver took: a line for each that has several. */
void table_print_active(const struct judgement *judgement, FILE *out);

#endif
