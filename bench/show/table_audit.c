/* The audit of open arrivals: what each driver made of its schedule. Latencies are worth as much as
 * this says, so it is printed with all other figures, and not only where a caveat follows. */
#include "table.h"

#include "cells.h"

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"C", GRID_RIGHT | GRID_KEY | GRID_DROP(2)},
    {"arrivals", GRID_LEFT | GRID_KEY | GRID_DROP(1)},
    {"rate", GRID_RIGHT},
    {"offered", GRID_RIGHT | GRID_DROP(5)},
    {"achieved", GRID_RIGHT | GRID_DROP(6)},
    {"achieved ÷ offered", GRID_RIGHT | GRID_DROP(3)},
    {"lag p50", GRID_RIGHT | GRID_DROP(4)},
    {"lag p99", GRID_RIGHT},
    {"lag max", GRID_RIGHT | GRID_DROP(7)},
    {"distance of the gaps", GRID_RIGHT | GRID_DROP(9)},
    {"chance of it", GRID_RIGHT | GRID_DROP(8)},
};

static void add_row(struct grid *grid, const struct case_summary *s)
{
    char driver[TABLE_DRIVER_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    grid_cell(grid, "%u/s", s->c.rate);
    cell_per_second(grid, s->offered_rate);
    cell_per_second(grid, s->achieved_rate);
    cell_percent(grid, s->achieved_rate / s->offered_rate);
    cell_seconds(grid, s->lag_p50_s);
    cell_seconds(grid, s->lag_p99_s);
    cell_seconds(grid, s->lag_max_s);
    cell_ratio(grid, s->gap_distance);
    cell_ratio(grid, s->gap_chance);
}

void table_print_audit(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (case_is_open(&s->c) && s->run_count && s->c.requests)
            add_row(grid, s);
    }
    table_print_grid("Did requests start when they were to?", grid, style, out);
}
