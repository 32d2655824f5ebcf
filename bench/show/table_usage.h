/* Resource usage and latency breakdown, as text. */
#ifndef WAITBENCH_TABLE_USAGE_H
#define WAITBENCH_TABLE_USAGE_H

#include "grid.h"
#include "bench/judge/judge.h"

/* CPU, switches, system calls, faults, memory and threads per request or connection. */
void table_print_usage(const struct judgement *judgement, enum grid_style style, FILE *out);

/* A bar per case, stacked by the phases in which a request waited, without the server delay. */
void table_print_breakdown(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Which of its ways each driver took: a line for each that has several. */
void table_print_active(const struct judgement *judgement, FILE *out);

#endif
