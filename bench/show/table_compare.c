/* A comparison as a table and in words. */
#include "table.h"

#include <math.h>

#include "cells.h"

/* ---- the table ---- */

enum { COMPARE_COLUMNS = 8 };

static void cell_median(struct grid *grid, const struct compare_row *row, double seconds)
{
    char text[UNITS_TEXT_BYTES];
    units_format_time((nsec_t)llround(seconds * 1e9), text);
    grid_cell(grid, "%s%s", text, row->per_request ? " each" : "");
}

/* Three decimals, or two digits where those would not show any. */
static const char *ratio_text(double ratio, char text[UNITS_TEXT_BYTES])
{
    snprintf(text, UNITS_TEXT_BYTES, ratio >= 0.1 ? "%.3f" : "%.2g", ratio);
    return text;
}

static void cell_words(struct grid *grid, const struct comparison *comparison,
                       const struct compare_row *row)
{
    const char *outcome = stats_outcome_names[row->stats.outcome];
    double ratio = row->stats.ratio.ratio, factor = fmax(ratio, 1 / ratio);
    if (row->stats.outcome == STATS_FASTER || row->stats.outcome == STATS_SLOWER)
        grid_cell(grid, "%s is %.*f times %s", comparison->b_name,
                  factor < 9.995   ? 2
                  : factor < 99.95 ? 1
                                   : 0,
                  factor, outcome);
    else
        grid_cell(grid, "%s%s", outcome, row->stats.too_few ? ": too few runs" : "");
}

static void add_figures(struct grid *grid, const struct comparison *comparison,
                        const struct compare_row *row)
{
    char ratio[UNITS_TEXT_BYTES], low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    const struct stats_interval *interval = &row->stats.ratio.interval;
    cell_median(grid, row, row->a_median);
    cell_median(grid, row, row->b_median);
    grid_cell(grid, "%s", ratio_text(row->stats.ratio.ratio, ratio));
    cell_interval(grid, *interval, ratio_text(interval->low, low),
                  ratio_text(interval->high, high));
    grid_cell(grid, row->stats.p_corrected < 0.0001 ? "<0.0001" : "%.4f", row->stats.p_corrected);
    cell_words(grid, comparison, row);
}

static void add_row(struct grid *grid, const struct comparison *comparison,
                    const struct compare_row *row)
{
    char label[CASE_LABEL_BYTES];
    grid_cell(grid, "%s", case_label(compare_row_case(row), comparison->fields, label));
    grid_cell(grid, "%zu, %zu", row->a->run_count + row->a->invalid_count,
              row->b->run_count + row->b->invalid_count);
    if (row->outcome == COMPARE_JUDGED) {
        add_figures(grid, comparison, row);
        return;
    }
    for (int i = 0; i < COMPARE_COLUMNS - 3; i++)
        grid_cell(grid, "%s", "");
    grid_cell(grid, row->outcome == COMPARE_INVALID       ? "INVALID: no ratio"
                    : case_is_open(compare_row_case(row)) ? "overloaded: no ratio"
                                                          : "no figure");
}

static const char *p_title(const struct comparison *comparison)
{
    return comparison->rule.anytime_pairs ? "p (Bonferroni)" : "p (Holm)";
}

static void print_table(const struct comparison *comparison, enum grid_style style, FILE *out)
{
    const struct grid_column columns[COMPARE_COLUMNS] = {
        {"case", GRID_LEFT | GRID_WRAP},
        {"runs", GRID_LEFT | GRID_DROP(2)},
        {comparison->a_name, GRID_RIGHT},
        {comparison->b_name, GRID_RIGHT},
        {"ratio", GRID_RIGHT | GRID_DROP(4)},
        {"interval (coverage)", GRID_LEFT | GRID_DROP(3)},
        {p_title(comparison), GRID_RIGHT | GRID_DROP(1)},
        {"outcome", GRID_LEFT | GRID_WRAP},
    };
    struct grid *grid = grid_make(columns, COMPARE_COLUMNS);
    for (size_t i = 0; i < comparison->row_count; i++)
        if (comparison->rows[i].outcome != COMPARE_NO_PARTNER)
            add_row(grid, comparison, &comparison->rows[i]);
    grid_print(grid, style, out);
    grid_free(grid);
    fputc('\n', out);
}

/* ---- in words ---- */

static void print_invalid_side(const char *label, const char *name, const struct compare_case *c,
                               FILE *out)
{
    if (c->invalid_count)
        fprintf(out, "INVALID: %s, %zu of %zu runs of %s%s%s\n", label, c->invalid_count,
                c->invalid_count + c->run_count, name, c->reasons[0] ? ": " : "", c->reasons);
}

static void print_caveats(const struct comparison *comparison, FILE *out)
{
    char label[CASE_LABEL_BYTES];
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compare_row *row = &comparison->rows[i];
        case_label(compare_row_case(row), comparison->fields, label);
        if (row->outcome == COMPARE_INVALID) {
            print_invalid_side(label, comparison->a_name, row->a, out);
            print_invalid_side(label, comparison->b_name, row->b, out);
        } else if (row->outcome == COMPARE_NO_PARTNER) {
            fprintf(out, "Only in %s: %s\n", row->a ? comparison->a_name : comparison->b_name,
                    label);
        }
    }
}

static void print_count(size_t n, const char *what, FILE *out)
{
    if (n)
        fprintf(out, ", %zu %s", n, what);
}

static void print_test(const struct comparison *comparison, FILE *out)
{
    size_t family = comparison->count[COMPARE_JUDGED], pairs = comparison->rule.anytime_pairs;
    if (pairs)
        fprintf(out,
                "p < %g (a bet on the sign of each block, valid at any time; corrected for the "
                "campaign's %zu pair%s)",
                STATS_ALPHA_ANYTIME, pairs, pairs == 1 ? "" : "s");
    else
        fprintf(out, "p < %g (%s, two-sided, corrected for %zu comparison%s by Holm's procedure)",
                STATS_ALPHA, comparison->paired ? "sign test over the blocks" : "Mann-Whitney test",
                family, family == 1 ? "" : "s");
}

static void print_method(const struct comparison *comparison, FILE *out)
{
    const char *a = comparison->a_name, *b = comparison->b_name;
    const double margin = 100 * comparison->rule.margin;
    if (comparison->paired)
        fprintf(out, "Ratios are medians over the blocks of runs, %s to %s in each. ", b, a);
    else
        fprintf(out,
                "Ratios are of medians, %s to %s, with the intervals of both medians "
                "combined. ",
                b, a);
    fputs(
        "A run's figure is its makespan or, with open arrivals, its p99 latency. Faster or slower "
        "is what has ",
        out);
    print_test(comparison, out);
    fprintf(out,
            ", an interval or range without 1, and a ratio at least %g%% from it; equivalent, what "
            "has its whole interval within %g%% of 1.\n",
            margin, margin);
}

static void print_counts(const struct comparison *comparison, FILE *out)
{
    size_t pairs = comparison->row_count - comparison->count[COMPARE_NO_PARTNER];
    const size_t *judged = comparison->judged;
    fprintf(out, "%zu %s compared: %s faster in %zu, slower in %zu, equivalent in %zu, ", pairs,
            pairs == 1 ? "case" : "cases", comparison->b_name, judged[STATS_FASTER],
            judged[STATS_SLOWER], judged[STATS_EQUIVALENT]);
    fprintf(out, "undecided in %zu", judged[STATS_UNDECIDED]);
    if (comparison->too_few)
        fprintf(out, " (too few runs: %zu)", comparison->too_few);
    print_count(comparison->count[COMPARE_INVALID], "INVALID", out);
    print_count(comparison->count[COMPARE_NO_FIGURE], "without a figure", out);
    print_count(comparison->count[COMPARE_NO_PARTNER], "without a partner", out);
    fputs(".\n", out);
}

static void print_needed(const struct comparison *comparison, FILE *out)
{
    size_t family = comparison->count[COMPARE_JUDGED], pairs = comparison->rule.anytime_pairs;
    size_t needed =
        pairs ? stats_runs_needed(STATS_ANYTIME, pairs)
              : stats_runs_needed(comparison->paired ? STATS_SIGN : STATS_MANN_WHITNEY, family);
    fprintf(out, "Too few runs: %zu%s can show a difference among %zu (--repetitions %zu).\n",
            needed, comparison->paired ? "" : " on either side", pairs ? pairs : family, needed);
}

void table_print_comparison(const struct comparison *comparison, enum grid_style style, FILE *out)
{
    if (comparison->row_count > comparison->count[COMPARE_NO_PARTNER])
        print_table(comparison, style, out);
    print_caveats(comparison, out);
    print_counts(comparison, out);
    if (comparison->count[COMPARE_JUDGED])
        print_method(comparison, out);
    if (comparison->too_few)
        print_needed(comparison, out);
}
