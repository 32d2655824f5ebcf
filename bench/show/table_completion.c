#include "table_completion.h"

#include <math.h>

#include "lib/units.h"
#include "bench/plan/case_fields.h"
#include "cells.h"

static const struct grid_column response_columns[] = {
    {"driver", GRID_LEFT},
    {"arrivals", GRID_LEFT},
    {"C", GRID_RIGHT},
    {"backlog", GRID_RIGHT},
    {"responses", GRID_LEFT | GRID_DROP(1)},
    {"first response", GRID_RIGHT},
    {"50%", GRID_RIGHT | GRID_DROP(3)},
    {"90%", GRID_RIGHT | GRID_DROP(2)},
    {"last response", GRID_RIGHT},
    {"first ÷ last response time", GRID_RIGHT | GRID_DROP(4)},
};

/* A run that ended at its time box has a first response, and no last one. */
static void add_row(struct grid *grid, const struct case_summary *s)
{
    char driver[TABLE_DRIVER_BYTES], backlog[UNITS_TEXT_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%s", table_backlog(&s->c, backlog));
    if (s->completed < s->c.requests) {
        grid_cell(grid, "%zu of %zu", s->completed, s->c.requests);
        cell_seconds(grid, s->first_response_s);
        for (int skipped = 0; skipped < 4; skipped++)
            grid_cell(grid, "–");
        return;
    }
    grid_cell(grid, "%zu", s->completed);
    cell_seconds(grid, s->first_response_s);
    cell_seconds(grid, s->half_completed_s);
    cell_seconds(grid, s->most_completed_s);
    cell_seconds(grid, s->last_response_s);
    grid_cell(grid, "%.1f%%", 100 * s->first_response_s / s->last_response_s);
}

void table_print_completion(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid =
        grid_make(response_columns, sizeof(response_columns) / sizeof(response_columns[0]));
    size_t rows = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (s->makespan.n == 0 || case_is_reference(&s->c) || isnan(s->first_response_s))
            continue;
        add_row(grid, s);
        rows++;
    }
    if (rows)
        table_print_grid("Responses completed over time, from the run's start (medians)", grid,
                         style, out);
    grid_free(grid);
}
