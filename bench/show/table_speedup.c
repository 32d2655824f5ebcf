/* What more cores bring to work that a program does itself. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "bench/plan/case_fields.h"
#include "cells.h"

/* The same batch, one after another: as many requests, for a batch of fewer may be of other work.
 */
static const struct case_summary *find_serial(const struct judgement *judgement,
                                              const struct case_summary *s)
{
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *other = &judgement->cases[i];
        if (case_is_serial(&other->c) && other->makespan.n &&
            other->c.workload->name == s->c.workload->name && other->c.requests == s->c.requests &&
            other->completed == s->completed)
            return other;
    }
    return NULL;
}

double cores_at_work(const struct case_summary *s)
{
    return s->usage.median[USAGE_CLIENT][USAGE_CPU_NS] / NSEC_PER_SEC / s->makespan.median;
}

bool speedup_find(const struct judgement *judgement, const struct case_summary *s,
                  struct speedup *out)
{
    *out = (struct speedup){0};
    if (!s->makespan.n || case_is_alone(&s->c) || !case_is_work(&s->c) ||
        !(out->serial = find_serial(judgement, s)))
        return false;
    double *ratios = xcalloc(out->serial->run_count + 1, sizeof(*ratios));
    size_t n = judge_ratios(out->serial, s, ratios);
    if (n)
        out->ratio = stats_summarise(ratios, n);
    out->cores = s->c.concurrency < judgement->cores ? s->c.concurrency : judgement->cores;
    out->busy = cores_at_work(s);
    free(ratios);
    return n > 0;
}

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"arrivals", GRID_LEFT},
    {"requests", GRID_RIGHT},
    {"C", GRID_RIGHT},
    {"cores", GRID_RIGHT | GRID_DROP(2)},
    {"busy", GRID_RIGHT | GRID_DROP(3)},
    {"makespan", GRID_RIGHT | GRID_DROP(4)},
    {"speed-up", GRID_RIGHT},
    {"interval (coverage)", GRID_LEFT | GRID_DROP(5)},
    {"of cores", GRID_RIGHT | GRID_DROP(1)},
};

static void add_row(struct grid *grid, const struct case_summary *s, const struct speedup *speedup)
{
    char driver[TABLE_DRIVER_BYTES], low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    const struct stats_summary *r = &speedup->ratio;
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    grid_cell(grid, "%zu", s->c.requests);
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%u", speedup->cores);
    cell_ratio(grid, speedup->busy);
    cell_seconds(grid, s->makespan.median);
    cell_ratio(grid, r->median);
    snprintf(low, sizeof(low), "%.2f", r->interval.low);
    snprintf(high, sizeof(high), "%.2f", r->interval.high);
    cell_interval(grid, r->interval, low, high);
    grid_cell(grid, "%.0f%%", 100 * r->median / speedup->cores);
}

void table_print_speedup(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    char heading[STORE_DRIVER_BYTES + 96] = "";
    for (size_t i = 0; i < judgement->case_count; i++) {
        struct speedup speedup;
        if (!speedup_find(judgement, &judgement->cases[i], &speedup))
            continue;
        add_row(grid, &judgement->cases[i], &speedup);
        snprintf(heading, sizeof(heading), "Speed-up over one after another (%s), on %u core%s",
                 speedup.serial->c.driver->name, judgement->cores,
                 judgement->cores == 1 ? "" : "s");
    }
    if (table_print_grid(heading, grid, style, out))
        table_print_remark(
            "cores: as many as C jobs can use of this machine; busy: cores in use, CPU "
            "time / makespan; speed-up: the median over the blocks of runs; of cores: "
            "speed-up / cores.",
            style, out);
}
