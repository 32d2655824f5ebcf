/* Cases of open arrivals. A closed loop hides what a queue does to requests that are due while it
 * waits; here it is the difference of two columns, the latency from the intended start and the
 * service time from the actual one. */
#include "table.h"

#include <math.h>

#include "cells.h"

/* A rate achieved looks wrong beside the one requested, unless what the schedule offered is there.
 */
static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"C", GRID_RIGHT | GRID_KEY | GRID_DROP(3)},
    {"rate", GRID_RIGHT},
    {"offered", GRID_RIGHT | GRID_DROP(8)},
    {"achieved", GRID_RIGHT | GRID_DROP(7)},
    {"runs", GRID_RIGHT | GRID_DROP(1)},
    {"requests", GRID_RIGHT | GRID_DROP(2)},
    {"latency p50", GRID_RIGHT},
    {"latency p99", GRID_RIGHT},
    {"service p50", GRID_RIGHT | GRID_DROP(4)},
    {"service p99", GRID_RIGHT | GRID_DROP(6)},
    {"lag p99", GRID_RIGHT | GRID_DROP(5)},
    {"errors", GRID_RIGHT | GRID_NONZERO},
    {"SYN retransmissions", GRID_RIGHT | GRID_NONZERO},
    {"accept-queue overflows", GRID_RIGHT | GRID_NONZERO},
    {"quality", GRID_LEFT},
};

struct grid *table_open_grid(void)
{
    return grid_make(columns, sizeof(columns) / sizeof(columns[0]));
}

static void cell_latency(struct grid *grid, const struct case_summary *s, double seconds)
{
    if (s->overloaded)
        grid_cell(grid, "overloaded");
    else
        cell_seconds(grid, seconds);
}

void table_open_add(struct grid *grid, const struct case_summary *s)
{
    char driver[TABLE_DRIVER_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%u/s", s->c.rate);
    cell_per_second(grid, s->offered_rate);
    cell_per_second(grid, s->achieved_rate);
    grid_cell(grid, "%zu", s->run_count);
    grid_cell(grid, "%zu", s->c.requests);
    cell_latency(grid, s, s->latency_p50_s);
    cell_latency(grid, s, s->latency_p99_s);
    cell_seconds(grid, s->service_p50_s);
    cell_seconds(grid, s->service_p99_s);
    cell_seconds(grid, s->lag_p99_s);
    grid_cell(grid, "%zu", s->failed);
    cell_count(grid, s->makespan.n ? s->syn_retransmits : NAN);
    cell_count(grid, s->makespan.n ? s->listen_overflows : NAN);
    grid_cell(grid, "%s", s->run_count ? quality_names[s->quality] : "not run");
}
