/* A lesson's evidence. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"

static void print_lines(const struct evidence_line *lines, size_t n, enum grid_style style,
                        FILE *out)
{
    static const struct grid_column columns[] = {
        {"evidence", GRID_LEFT | GRID_WRAP},
        {"measured", GRID_RIGHT},
        {"interval (coverage)", GRID_LEFT},
        {"unit", GRID_LEFT | GRID_DROP(1)},
        {"threshold", GRID_LEFT},
        {"finding", GRID_LEFT},
    };
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < n; i++) {
        const struct evidence_line *l = &lines[i];
        char value[UNITS_TEXT_BYTES], low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
        char bound[UNITS_TEXT_BYTES];
        grid_cell(grid, "%s", l->words);
        grid_cell(grid, "%s", unit_text(l->value, l->unit, value));
        unit_text(l->interval.low, l->unit, low);
        unit_text(l->interval.high, l->unit, high);
        if (style == GRID_SCREEN)
            cell_interval_short(grid, l->interval, low, high, false);
        else
            cell_interval(grid, l->interval, low, high);
        grid_cell(grid, "%s", unit_is_apart(l->unit) ? l->unit : "");
        if (isnan(l->bound))
            grid_cell(grid, "%s", "");
        else
            grid_cell(grid, "%s %s", l->relation == AT_LEAST ? "at least" : "at most",
                      unit_text(l->bound, l->unit, bound));
        grid_cell(grid, "%s", finding_names[l->finding]);
    }
    grid_name(grid, "Evidence");
    grid_print(grid, style, out);
    grid_free(grid);
}

/* ---- which worker accepted which connection ---- */

enum { CONNECTIONS = 6, ACCEPTED_MAX = 32 };

/* Of connections that were made one after another, all others tell nothing. Returns how many. */
static size_t read_workers(const struct case_summary *s, long workers[ACCEPTED_MAX])
{
    size_t n = 0;
    if (!s->run_count || s->c.keep_alive || !case_is_alone(&s->c))
        return 0;
    const char *text = s->runs[0].accepted_by;
    for (char *end; *text && n < ACCEPTED_MAX; text = end) {
        text += strcspn(text, "0123456789");
        workers[n] = strtol(text, &end, 10);
        n += end > text;
    }
    return n;
}

static void print_accepted(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    static const struct grid_column columns[1 + CONNECTIONS] = {
        {"worker that accepted, of the last six connections", GRID_LEFT},
        {"1st", GRID_RIGHT},
        {"2nd", GRID_RIGHT},
        {"3rd", GRID_RIGHT},
        {"4th", GRID_RIGHT},
        {"5th", GRID_RIGHT},
        {"6th", GRID_RIGHT}};
    struct grid *grid = grid_make(columns, 1 + CONNECTIONS);
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        long workers[ACCEPTED_MAX];
        size_t n = read_workers(s, workers);
        if (n < CONNECTIONS)
            continue;
        grid_cell(grid, "%s, %s", s->c.variant, case_model(&s->c));
        for (size_t j = n - CONNECTIONS; j < n; j++)
            grid_cell(grid, "%ld", workers[j] + 1);
    }
    if (!grid_is_empty(grid)) {
        fputc('\n', out);
        grid_name(grid, "Who accepted which connection");
        grid_print(grid, style, out);
    }
    grid_free(grid);
}

void table_print_evidence(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    print_lines(judgement->evidence, judgement->evidence_count, style, out);
    print_accepted(judgement, style, out);
}
