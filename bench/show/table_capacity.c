/* The highest rate at which each driver and server model met the objective. */
#include "table.h"

#include <stdio.h>

#include "cells.h"
#include "html.h"

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"server", GRID_LEFT},
    {"C", GRID_RIGHT},
    {"met at", GRID_RIGHT},
    {"violated at", GRID_RIGHT},
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

static void add_row(struct grid *grid, const struct capacity_row *row)
{
    grid_cell(grid, "%s", row->c.driver->name);
    grid_cell(grid, "%s", case_model(&row->c));
    grid_cell(grid, "%u", row->c.concurrency);
    cell_rate_or_none(grid, row->range.low);
    cell_rate_or_none(grid, row->range.high);
    cell_seconds(grid, row->latency_p99_s);
    grid_cell(grid, "%zu", row->runs);
    grid_cell(grid, "%zu", row->disturbed);
}

static void say(const struct capacity_row *row, FILE *out)
{
    char driver[TABLE_DRIVER_BYTES];
    fprintf(out, "%s: ", table_driver(&row->c, driver));
    if (row->range.low && row->range.high)
        fprintf(out, "between %u and %u requests/s with %s.\n", row->range.low, row->range.high,
                row->slo);
    else if (row->range.low)
        fprintf(out,
                "at least %u requests/s with %s; no rate that was tried violated it: raise --max "
                "or --budget.\n",
                row->range.low, row->slo);
    else if (row->range.high)
        fprintf(out, "%s was violated at every rate that was tried, down to %u requests/s.\n",
                row->slo, row->range.high);
    else
        fprintf(out, "%s: no run was clear; raise --budget, or use a quieter machine.\n", row->slo);
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
        add_row(grid, &rows[i]);
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
