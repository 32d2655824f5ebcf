/* A judged campaign as text: the talk's lines, tables of figures, whole processes, caveats. */
#ifndef WAITBENCH_TABLE_H
#define WAITBENCH_TABLE_H

#include "grid.h"
#include "bench/judge/judge.h"
#include "lib/units.h"

/* Everything: what ran, its tables, caveats, summary. GRID_SCREEN has the tables for the
 * question, and the first caveats. */
void table_print_all(const struct judgement *judgement, enum grid_style style, FILE *out);

/* The parts of that: what ran and its tables; caveats and summary. */
void table_print_results(const struct judgement *judgement, enum grid_style style, FILE *out);
void table_print_conclusion(const struct judgement *judgement, enum grid_style style, FILE *out);

/* One table for each kind of arrivals and backlog. */
void table_print_figures(const struct judgement *judgement, enum grid_style style, FILE *out);

/* hyperfine's medians beside ours, and what the difference is made of; nothing where hyperfine did
 * not run. */
void table_print_whole(const struct judgement *judgement, enum grid_style style, FILE *out);

/* How the control and the case it repeats came out; nothing where there is none. */
void table_print_control(const struct judgement *judgement, FILE *out);

/* A line for a case that is NOISY or INVALID, and why; and for all of them. */
void table_print_caveat(const struct case_summary *s, FILE *out);
void table_print_caveats(const struct judgement *judgement, enum grid_style style, FILE *out);

#endif
