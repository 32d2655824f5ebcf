/* The highest rate at which each driver and server model met the objective. */
#include "table.h"

#include <stdio.h>

#include "cells.h"
#include "html.h"
#include "theory.h"

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"server", GRID_LEFT},
    {"C", GRID_RIGHT},
    {"met at", GRID_RIGHT},
    {"violated at", GRID_RIGHT},
    {"c/d", GRID_RIGHT | GRID_DROP(2)},
    {"p99 where met", GRID_RIGHT},
    {"runs", GRID_RIGHT | GRID_DROP(1)},
    {"disturbed", GRID_RIGHT | GRID_DROP(1)},
};

static void cell_rate_or_none(struct grid *grid, unsigned rate)
{
    if (rate)
        grid_cell(grid, "%u/s", rate);
    else
        grid_cell(grid, "–");
}

/* Of c workers that take the time d for each request: the true capacity, where both are known. */
static void cell_of_workers(struct grid *grid, const struct judgement *judgement,
                            const struct capacity_row *row)
{
    unsigned workers = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].c.id == row->c.id)
            workers = theory_workers(&judgement->cases[i]);
    if (workers)
        grid_cell(grid, "%.4g/s", workers / clock_seconds(row->c.delay));
    else
        grid_cell(grid, "–");
}

static void add_row(struct grid *grid, const struct judgement *judgement,
                    const struct capacity_row *row)
{
    grid_cell(grid, "%s", row->c.driver->name);
    grid_cell(grid, "%s", case_model(&row->c));
    grid_cell(grid, "%u", row->c.concurrency);
    cell_rate_or_none(grid, row->range.low);
    cell_rate_or_none(grid, row->range.high);
    cell_of_workers(grid, judgement, row);
    cell_seconds(grid, row->latency_p99_s);
    grid_cell(grid, "%zu", row->runs);
    grid_cell(grid, "%zu", row->disturbed);
}

/* Of a search that is not over, what is known so far. */
static void say_range(const struct capacity_row *row, FILE *out)
{
    const struct capacity_range *range = &row->range;
    const char *so_far = row->over ? "" : " so far";
    if (range->low && range->high)
        fprintf(out, "between %u and %u requests/s%s with %s", range->low, range->high, so_far,
                row->slo);
    else if (range->low)
        fprintf(out, "at least %u requests/s%s with %s%s", range->low, so_far, row->slo,
                row->over && !range->driver_limit
                    ? "; no rate that was tried violated it: raise --max"
                    : "");
    else if (range->high)
        fprintf(out, "%s was violated at every rate that was tried%s, down to %u requests/s",
                row->slo, so_far, range->high);
    else if (range->driver_limit)
        fprintf(out, "%s was met at no rate that was tried", row->slo);
    else
        fprintf(out, "%s: no run was clear%s; use a quieter machine", row->slo, so_far);
}

static void say(const struct capacity_row *row, FILE *out)
{
    char driver[TABLE_DRIVER_BYTES];
    fprintf(out, "%s: ", table_driver(&row->c, driver));
    say_range(row, out);
    if (row->range.driver_limit)
        fprintf(out, "; at %u requests/s the driver, not the server, was the limit: %s",
                row->range.driver_limit, row->driver_limit);
    fputs(".\n", out);
}

static void say_all(const void *subject, FILE *out)
{
    const struct judgement *judgement = subject;
    for (size_t i = 0; i < judgement->capacity_count; i++)
        say(&judgement->capacities[i], out);
}

void table_print_capacity(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    char heading[128];
    const struct capacity_row *rows = judgement->capacities;
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < judgement->capacity_count; i++)
        add_row(grid, judgement, &rows[i]);
    snprintf(heading, sizeof(heading), "Capacity: the highest rate of %s arrivals with %s",
             arrivals_words[rows[0].c.arrivals].name, rows[0].slo);
    table_print_grid(heading, grid, style, out);
    fputc('\n', out);
    if (style == GRID_HTML) {
        html_list(say_all, judgement, out);
        return;
    }
    for (size_t i = 0; i < judgement->capacity_count; i++) {
        fputs(style == GRID_MARKDOWN ? "- " : "", out);
        say(&rows[i], out);
    }
}
