/* The pairs of drivers that a campaign was to decide, and how each was. */
#include "table.h"

#include <string.h>

#include "bench/plan/case_fields.h"
#include "cells.h"

static void add_figures(struct grid *grid, const struct decision *d, bool complete)
{
    char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    const struct stats_ratio *ratio = &d->stats.ratio;
    snprintf(low, sizeof(low), "%.3f", ratio->interval.low);
    snprintf(high, sizeof(high), "%.3f", ratio->interval.high);
    grid_cell(grid, "%.3f", ratio->ratio);
    cell_interval(grid, ratio->interval, low, high);
    grid_cell(grid, "%s%s", stats_outcome_names[d->stats.outcome],
              d->stats.outcome == STATS_UNDECIDED && complete ? ", the budget is spent" : "");
}

static void add_row(struct grid *grid, const struct judgement *judgement, const struct decision *d)
{
    const struct bench_case *over = &judgement->cases[d->over].c;
    const struct bench_case *under = &judgement->cases[d->under].c;
    char label[CASE_LABEL_BYTES];
    unsigned place = case_unusual(under) | CASE_BIT(concurrency) | CASE_BIT(arrivals);
    case_label(under, place & ~CASE_BIT(driver), label);
    grid_cell(grid, "%s", over->control ? "control" : over->driver->name);
    grid_cell(grid, "%s", under->driver->name);
    grid_cell(grid, "%s", label);
    grid_cell(grid, "%zu", d->blocks);
    if (d->invalid || d->blocks == 0) {
        cell_text(grid, "–");
        cell_text(grid, "–");
        cell_text(grid, d->invalid            ? "INVALID: no ratio"
                        : case_is_open(under) ? "overloaded, or not measured"
                                              : "not measured");
        return;
    }
    add_figures(grid, d, !strcmp(judgement->campaign.status, "complete"));
}

void table_print_decisions(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    static const struct grid_column columns[] = {
        {"driver", GRID_LEFT},
        {"to", GRID_LEFT},
        {"at", GRID_LEFT | GRID_WRAP},
        {"blocks", GRID_RIGHT | GRID_DROP(1)},
        {"ratio", GRID_RIGHT},
        {"interval (coverage)", GRID_LEFT | GRID_DROP(2)},
        {"outcome", GRID_LEFT | GRID_WRAP},
    };
    char heading[160];
    if (judgement->decision_count == 0)
        return;
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < judgement->decision_count; i++)
        add_row(grid, judgement, &judgement->decisions[i]);
    snprintf(heading, sizeof(heading),
             "Decisions: time per request (open arrivals: p99 latency), driver ÷ to, margin %g%%",
             100 * judgement->rule.margin);
    table_print_grid(heading, grid, style, out);
}
