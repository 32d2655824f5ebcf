/* The steps of a search that was divided among processes: what a request in flight took, and which
 * limits it met. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/room.h"
#include "cells.h"

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT | GRID_DROP(2)},
    {"C", GRID_RIGHT},
    {"processes", GRID_RIGHT},
    {"of the server", GRID_RIGHT | GRID_DROP(3)},
    {"connecting", GRID_RIGHT},
    {"makespan", GRID_RIGHT},
    {"efficiency", GRID_RIGHT},
    {"client/conn", GRID_RIGHT},
    {"server/conn", GRID_RIGHT},
    {"objects/conn", GRID_RIGHT},
    {"buffers/conn", GRID_RIGHT | GRID_DROP(5)},
    {"page tables/conn", GRID_RIGHT | GRID_DROP(4)},
    {"in all/conn", GRID_RIGHT},
    {"CPU/req", GRID_RIGHT | GRID_DROP(7)},
    {"server CPU", GRID_RIGHT | GRID_DROP(6)},
    {"nearest limit", GRID_LEFT},
};

static const enum usage_metric of_kernel[] = {USAGE_SLAB_BYTES, USAGE_SOCKET_MEMORY_BYTES,
                                              USAGE_PAGE_TABLE_BYTES};
enum { KERNEL_METRICS = sizeof(of_kernel) / sizeof(of_kernel[0]) };

static bool is_step(const struct case_summary *s)
{
    return s->c.parts && s->makespan.n > 0;
}

bool steps_are_divided(const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->limits_count && judgement->cases[i].c.parts > 1)
            return true;
    return false;
}

static void cells_memory(struct grid *grid, const struct case_summary *s)
{
    const double *client = s->usage.median[USAGE_CLIENT], *server = s->usage.median[USAGE_SERVER];
    const double *machine = s->usage.median[USAGE_SYSTEM];
    double c = s->c.concurrency;
    double sum = client[USAGE_RSS_GROWTH_BYTES] + server[USAGE_RSS_GROWTH_BYTES];
    cell_bytes(grid, client[USAGE_RSS_GROWTH_BYTES] / c);
    cell_bytes(grid, server[USAGE_RSS_GROWTH_BYTES] / c);
    for (size_t i = 0; i < KERNEL_METRICS; i++) {
        cell_bytes(grid, machine[of_kernel[i]] / c);
        sum += machine[of_kernel[i]];
    }
    cell_bytes(grid, sum / c);
}

/* The limit that leaves room for the fewest, and how much of that room this step takes. */
static void cell_nearest(struct grid *grid, const struct judgement *judgement,
                         const struct bench_case *c)
{
    if (judgement->room.allows)
        grid_cell(grid, "%s, %.2g%%", judgement->room.limit,
                  100.0 * c->concurrency / (double)judgement->room.allows);
    else
        grid_cell(grid, "–");
}

static void add_row(struct grid *grid, const struct judgement *judgement,
                    const struct case_summary *s)
{
    const char *colon = strrchr(case_model(&s->c), ':');
    char driver[TABLE_DRIVER_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%u", s->c.parts);
    grid_cell(grid, "%s", colon ? colon + 1 : "–");
    cell_seconds(grid, s->setup_s);
    cell_seconds(grid, s->makespan.median);
    cell_percent(grid, s->efficiency);
    cells_memory(grid, s);
    cell_seconds(grid, s->usage.median[USAGE_CLIENT][USAGE_CPU_NS] / (double)s->completed / 1e9);
    cell_seconds(grid, s->usage.median[USAGE_SERVER][USAGE_CPU_NS] / (double)s->completed / 1e9);
    cell_nearest(grid, judgement, &s->c);
}

void table_print_steps(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    if (!steps_are_divided(judgement))
        return;
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < judgement->case_count; i++)
        if (is_step(&judgement->cases[i]))
            add_row(grid, judgement, &judgement->cases[i]);
    if (table_print_grid("What a request in flight takes", grid, style, out))
        table_print_remark(
            "client, server: resident memory; objects: the kernel's, sockets, inodes and files "
            "among them; in all: these, buffers and page tables, of both ends. What other programs "
            "allocated meanwhile counts too. The nearest limit: how much of its room was taken.",
            style, out);
}
