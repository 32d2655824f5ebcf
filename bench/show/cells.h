/* Cells of tables: one way to write each kind of figure. What is not available or does not apply is
 * "–", given as NAN. */
#ifndef WAITBENCH_CELLS_H
#define WAITBENCH_CELLS_H

#include "bench/base/stats.h"
#include "bench/keep/store.h"
#include "grid.h"
#include "lib/units.h"

void cell_text(struct grid *grid, const char *text);
void cell_seconds(struct grid *grid, double seconds);
void cell_bytes(struct grid *grid, double bytes);
void cell_count(struct grid *grid, double count);
void cell_ratio(struct grid *grid, double value); /* two decimals */
void cell_rate(struct grid *grid, double per_second);
void cell_per_second(struct grid *grid, double rate); /* "99.8/s" */
void cell_percent(struct grid *grid, double share);

/* "[1.99, 2.01] (96.9%)", an interval with its coverage; "range [1.99, 2.01] (75.0%)"; "–" without
 * either. `low` and `high` are its ends as text. Returns `text`. */
enum { INTERVAL_TEXT_BYTES = 2 * UNITS_TEXT_BYTES + 24 };
const char *interval_text(struct stats_interval interval, const char *low, const char *high,
                          char text[INTERVAL_TEXT_BYTES]);
void cell_interval(struct grid *grid, struct stats_interval interval, const char *low,
                   const char *high);
/* On a terminal: "[1.99, 2.01] 97%", "range [1.99, 2.01] 75%"; `titled`: without "range", which the
 * column's title says. */
void cell_interval_short(struct grid *grid, struct stats_interval interval, const char *low,
                         const char *high, bool titled);

/* Seconds as text; returns `text`. */
const char *seconds_text(double seconds, char text[UNITS_TEXT_BYTES]);

/* A figure in the unit that suits its size, of "s" and "bytes"; else a plain number. Returns
 * `text`. */
const char *unit_text(double value, const char *unit, char text[UNITS_TEXT_BYTES]);
/* Is it such a plain number, whose unit is to be written beside it? */
bool unit_is_apart(const char *unit);

/* "libev", and of a lesson's case which one it is: "libev (nap)"; of a case with another server
 * than usual its model: "libev → prefork". Returns `text`. */
enum { TABLE_DRIVER_BYTES = STORE_DRIVER_BYTES + STORE_NAME_BYTES + 4 };
const char *table_driver(const struct bench_case *c, char text[TABLE_DRIVER_BYTES]);

/* What else tells a case with a server from those in other tables: its backlog, and what is not as
 * usual: "kept alive, server delay 5 ms, backlog 4096". Returns `text`. */
const char *table_setting(const struct bench_case *c, char text[CASE_LABEL_BYTES]);

/* The server's backlog, or "–" where the case has no server. Returns `text`. */
const char *table_backlog(const struct bench_case *c, char text[UNITS_TEXT_BYTES]);

/* A line of its own, or a heading. */
void table_print_heading(const char *text, enum grid_style style, FILE *out);

/* The heading, and under it the table, which is called so and freed. False, and nothing is printed,
 * where it has no rows. */
bool table_print_grid(const char *heading, struct grid *grid, enum grid_style style, FILE *out);

/* A remark under a table. */
void table_print_remark(const char *text, enum grid_style style, FILE *out);

#endif
