/* Tables of a judged campaign: the talk's, ours, and whole processes beside in-process figures. */
#ifndef WAITBENCH_TABLE_H
#define WAITBENCH_TABLE_H

#include "grid.h"
#include "judge.h"

/* Everything, in this order. */
void table_print_all(const struct judgement *judgement, enum grid_style style, FILE *out);

/* "5 runs of threadpool(256) in 2.3s: 0.452 sec per run", from the mean of the best three. */
void table_print_talk(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Ours, one table for each shape and backlog. */
void table_print_figures(const struct judgement *judgement, enum grid_style style, FILE *out);

/* hyperfine's medians beside ours, and what the difference is made of; nothing where hyperfine did
 * not run. */
void table_print_whole(const struct judgement *judgement, enum grid_style style, FILE *out);

/* How the control and the case it repeats came out; nothing where there is none. */
void table_print_control(const struct judgement *judgement, FILE *out);

/* A line of its own, or a Markdown heading. */
void table_print_heading(const char *text, enum grid_style style, FILE *out);

/* Cases without a figure, and why. */
void table_print_objections(const struct judgement *judgement, FILE *out);

#endif
