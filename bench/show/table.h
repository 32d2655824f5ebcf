/* Tables of a judged campaign: the talk's, ours, and whole processes beside in-process figures. */
#ifndef WAITBENCH_TABLE_H
#define WAITBENCH_TABLE_H

#include "grid.h"
#include "bench/judge/judge.h"
#include "lib/units.h"

/* Everything, in this order. */
void table_print_all(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Ours, one table for each shape and backlog. */
void table_print_figures(const struct judgement *judgement, enum grid_style style, FILE *out);

/* hyperfine's medians beside ours, and what the difference is made of; nothing where hyperfine did
 * not run. */
void table_print_whole(const struct judgement *judgement, enum grid_style style, FILE *out);

/* How the control and the case it repeats came out; nothing where there is none. */
void table_print_control(const struct judgement *judgement, FILE *out);

/* "libev", and of a lesson's case which one it is: "libev (nap)". Returns `text`. */
enum { TABLE_DRIVER_BYTES = STORE_DRIVER_BYTES + STORE_NAME_BYTES + 4 };
const char *table_driver(const struct stored_case *c, char text[TABLE_DRIVER_BYTES]);

/* The server's backlog, or "–" where none is asked. Returns `text`. */
const char *table_backlog(const struct stored_case *c, char text[UNITS_TEXT_BYTES]);

/* A line of its own, or a heading. */
void table_print_heading(const char *text, enum grid_style style, FILE *out);

/* The heading, and under it the table, which is called so. */
void table_print_grid(const char *heading, struct grid *grid, enum grid_style style, FILE *out);

/* A remark under a table. */
void table_print_remark(const char *text, enum grid_style style, FILE *out);

/* A line for a case that is NOISY or INVALID, and why; and for all of them. */
void table_print_objection(const struct case_summary *s, FILE *out);
void table_print_objections(const struct judgement *judgement, FILE *out);

#endif
