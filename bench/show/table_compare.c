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
    double ratio = row->stats.ratio.ratio, factor = fmax(ratio, 1 / ratio);
    switch (row->stats.outcome) {
    case STATS_FASTER:
    case STATS_SLOWER:
        grid_cell(grid, "%s is %.*f times %s", comparison->b_name,
                  factor < 9.995   ? 2
                  : factor < 99.95 ? 1
                                   : 0,
                  factor, row->stats.outcome == STATS_FASTER ? "faster" : "slower");
        break;
    case STATS_TOO_FEW: grid_cell(grid, "too few runs"); break;
    case STATS_NO_DIFFERENCE: grid_cell(grid, "no detectable difference"); break;
    }
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
    grid_cell(grid, row->outcome == COMPARE_INVALID ? "INVALID: no ratio" : "no figure");
}

static void print_table(const struct comparison *comparison, enum grid_style style, FILE *out)
{
    const struct grid_column columns[COMPARE_COLUMNS] = {
        {"case", GRID_LEFT | GRID_WRAP},         {"runs", GRID_LEFT | GRID_DROP(2)},
        {comparison->a_name, GRID_RIGHT},        {comparison->b_name, GRID_RIGHT},
        {"ratio", GRID_RIGHT | GRID_DROP(4)},    {"interval (coverage)", GRID_LEFT | GRID_DROP(3)},
        {"p (Holm)", GRID_RIGHT | GRID_DROP(1)}, {"outcome", GRID_LEFT | GRID_WRAP},
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

static void print_method(const struct comparison *comparison, FILE *out)
{
    const char *a = comparison->a_name, *b = comparison->b_name;
    if (comparison->paired)
        fprintf(out, "Ratios are medians over the blocks of runs, %s to %s in each. ", b, a);
    else
        fprintf(out,
                "Ratios are of median makespans, %s to %s, with the intervals of both medians "
                "combined. ",
                b, a);
    fprintf(out,
            "Faster or slower is what has p < %g (%s, two-sided, corrected for %zu comparison%s "
            "by Holm's procedure), an interval or range without 1, and a ratio at least %g%% from "
            "it.\n",
            STATS_ALPHA, comparison->paired ? "sign test over the blocks" : "Mann-Whitney test",
            comparison->count[COMPARE_JUDGED], comparison->count[COMPARE_JUDGED] == 1 ? "" : "s",
            100 * STATS_NOISE_THRESHOLD);
}

void table_print_comparison(const struct comparison *comparison, enum grid_style style, FILE *out)
{
    size_t pairs = comparison->row_count - comparison->count[COMPARE_NO_PARTNER];
    size_t family = comparison->count[COMPARE_JUDGED];
    size_t needed = stats_runs_needed(comparison->paired, family);
    if (pairs)
        print_table(comparison, style, out);
    print_caveats(comparison, out);
    fprintf(
        out, "%zu %s compared: %s faster in %zu, slower in %zu, no detectable difference in %zu",
        pairs, pairs == 1 ? "case" : "cases", comparison->b_name, comparison->judged[STATS_FASTER],
        comparison->judged[STATS_SLOWER], comparison->judged[STATS_NO_DIFFERENCE]);
    print_count(comparison->judged[STATS_TOO_FEW], "with too few runs to tell", out);
    print_count(comparison->count[COMPARE_INVALID], "INVALID", out);
    print_count(comparison->count[COMPARE_NO_FIGURE], "without a figure", out);
    print_count(comparison->count[COMPARE_NO_PARTNER], "without a partner", out);
    fputs(".\n", out);
    if (family)
        print_method(comparison, out);
    if (comparison->judged[STATS_TOO_FEW])
        fprintf(out, "Too few runs: %zu%s can show a difference among %zu (--repetitions %zu).\n",
                needed, comparison->paired ? "" : " on either side", family, needed);
}
