/* The ranks of a load that was divided among them: what each did, and how well its clock is known.
 */
#include "table.h"

#include <math.h>

#include "cells.h"

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"arrivals", GRID_LEFT | GRID_KEY | GRID_DROP(1)},
    {"C", GRID_RIGHT | GRID_KEY | GRID_DROP(2)},
    {"rank", GRID_RIGHT},
    {"host", GRID_LEFT},
    {"requests", GRID_RIGHT | GRID_DROP(3)},
    {"makespan", GRID_RIGHT},
    {"p50", GRID_RIGHT | GRID_DROP(6)},
    {"p99", GRID_RIGHT | GRID_DROP(7)},
    {"CPU", GRID_RIGHT | GRID_DROP(4)},
    {"start lag", GRID_RIGHT | GRID_DROP(5)},
    {"clock offset", GRID_RIGHT | GRID_DROP(8)},
    {"uncertainty", GRID_RIGHT | GRID_DROP(9)},
};

static void cell_offset(struct grid *grid, double seconds)
{
    char text[UNITS_TEXT_BYTES];
    grid_cell(grid, "%s%s", seconds < 0 ? "-" : "+", seconds_text(fabs(seconds), text));
}

static void add_row(struct grid *grid, const struct case_summary *s, const struct rank_summary *r)
{
    char driver[TABLE_DRIVER_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%u", r->rank);
    grid_cell(grid, "%s", r->host);
    grid_cell(grid, "%zu", r->requests);
    cell_seconds(grid, r->makespan_s);
    cell_seconds(grid, r->latency_p50_s);
    cell_seconds(grid, r->latency_p99_s);
    cell_seconds(grid, r->cpu_s);
    cell_seconds(grid, r->start_lag_s);
    cell_offset(grid, r->clock_offset_s);
    cell_seconds(grid, r->clock_uncertainty_s);
}

void table_print_ranks(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < judgement->case_count; i++)
        for (size_t r = 0; r < judgement->cases[i].rank_count; r++)
            add_row(grid, &judgement->cases[i], &judgement->cases[i].ranks[r]);
    table_print_grid("Ranks (medians; offsets are of their clocks against rank 0's)", grid, style,
                     out);
}
