/* The audit of open arrivals: what each driver made of its schedule. Latencies are worth as much as
 * this says, so it is printed with all other figures, and not only where a caveat follows. */
#include "table.h"

#include <math.h>
#include <stdlib.h>

#include "cells.h"

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"C", GRID_RIGHT},
    {"arrivals", GRID_LEFT},
    {"rate", GRID_RIGHT},
    {"offered", GRID_RIGHT},
    {"achieved", GRID_RIGHT},
    {"achieved ÷ offered", GRID_RIGHT},
    {"lag p50", GRID_RIGHT},
    {"lag p99", GRID_RIGHT},
    {"lag max", GRID_RIGHT},
    {"distance of the gaps", GRID_RIGHT},
    {"chance of it", GRID_RIGHT},
};

/* Of the case's schedule, whose rate is by chance not quite the one requested. */
static double offered_rate(const struct bench_case *c, uint64_t seed)
{
    nsec_t *starts = xcalloc(c->requests, sizeof(*starts));
    arrivals_schedule(c->arrivals, c->rate, seed, starts, c->requests);
    double rate = audit_rate(starts[c->requests - 1], c->requests, c->rate);
    free(starts);
    return rate;
}

static void add_row(struct grid *grid, const struct case_summary *s, uint64_t seed)
{
    char driver[TABLE_DRIVER_BYTES];
    double offered = offered_rate(&s->c, seed);
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    grid_cell(grid, "%u/s", s->c.rate);
    cell_per_second(grid, offered);
    cell_per_second(grid, s->achieved_rate);
    cell_percent(grid, s->achieved_rate / offered);
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
            add_row(grid, s, judgement->campaign.seed);
    }
    table_print_grid("Did requests start when they were to?", grid, style, out);
}
