/* The highest rate at which each driver and server model met the objective. */
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
    {"figure where met", GRID_RIGHT}, /* "p99 where met": what the objective limits */
    {"runs", GRID_RIGHT | GRID_DROP(1)},
    {"disturbed", GRID_RIGHT | GRID_DROP(1)},
    {"no result", GRID_RIGHT | GRID_NONZERO},
    {"quality", GRID_LEFT},
};

enum {
    COLUMNS = sizeof(columns) / sizeof(columns[0]),
    FIGURE = 6,
    FIGURE_TITLE_BYTES = SLO_TEXT_BYTES + sizeof(" where met"),
};

/* Of "p99<20ms" p99. All rows have the same objective. */
static struct grid *make_grid(const char *slo, struct grid_column own[COLUMNS],
                              char title[FIGURE_TITLE_BYTES])
{
    memcpy(own, columns, sizeof(columns));
    snprintf(title, FIGURE_TITLE_BYTES, "%.*s where met", (int)strcspn(slo, "<"), slo);
    own[FIGURE].title = title;
    return grid_make(own, COLUMNS);
}

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

static const char *quality_of(const struct capacity_row *row)
{
    return !capacity_is_known(row) ? "no result"
                                   : quality_names[row->range.noisy ? QUALITY_NOISY : QUALITY_OK];
}

/* A share may be of a fraction of a percent. */
static void cell_figure(struct grid *grid, const struct capacity_row *row)
{
    if (row->of_errors && !isnan(row->figure))
        grid_cell(grid, "%.3g%%", 100 * row->figure);
    else
        cell_seconds(grid, row->figure);
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
    cell_figure(grid, row);
    grid_cell(grid, "%zu", row->runs);
    grid_cell(grid, "%zu", row->disturbed);
    grid_cell(grid, "%zu", row->without_result);
    grid_cell(grid, "%s", quality_of(row));
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
    else if (row->without_result == row->runs)
        fprintf(out, "no result: %s (%zu of %zu runs)", row->no_result, row->without_result,
                row->runs);
    else
        fprintf(out, "%s: no run was clear%s; use a quieter machine", row->slo, so_far);
}

/* What spoilt runs, where something is known all the same. */
static void say_spoilt(const struct capacity_row *row, FILE *out)
{
    if (row->without_result && row->without_result < row->runs)
        fprintf(out, "; %zu of %zu runs had no result: %s", row->without_result, row->runs,
                row->no_result);
    if (row->range.noisy)
        fprintf(out, ". NOISY: %zu of %zu runs were disturbed: %s", row->disturbed, row->runs,
                row->noise);
}

static void say(const struct capacity_row *row, FILE *out)
{
    char driver[TABLE_DRIVER_BYTES];
    fprintf(out, "%s: ", table_driver(&row->c, driver));
    say_range(row, out);
    if (row->range.driver_limit)
        fprintf(out, "; at %u requests/s the driver, not the server, was the limit: %s",
                row->range.driver_limit, row->driver_limit);
    say_spoilt(row, out);
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
    char heading[128], title[FIGURE_TITLE_BYTES];
    struct grid_column own[COLUMNS];
    const struct capacity_row *rows = judgement->capacities;
    struct grid *grid = make_grid(rows[0].slo, own, title);
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
