#include "table_usage.h"

#include <math.h>
#include <string.h>

#include "html.h"
#include "lib/units.h"
#include "bench/judge/stored_case.h"
#include "cells.h"

enum { BAR_WIDTH = 32 };

/* Serial cases stand for themselves in every extent. */
static bool is_shown(const struct judgement *judgement, const struct case_summary *s,
                     enum table_extent extent)
{
    const struct stored_case *first = &judgement->cases[0].c;
    return s->makespan.n > 0 && !stored_case_is_reference(&s->c) &&
           (extent == TABLE_ALL ||
            (s->c.backlog == first->backlog && !strcmp(s->c.shape, first->shape)));
}

static const struct grid_column ledger_columns[] = {
    {"driver", GRID_LEFT},         {"shape", GRID_LEFT},          {"C", GRID_RIGHT},
    {"backlog", GRID_RIGHT},       {"in flight", GRID_RIGHT},     {"CPU/req", GRID_RIGHT},
    {"server CPU", GRID_RIGHT},    {"syscalls/req", GRID_RIGHT},  {"switches/req", GRID_RIGHT},
    {"forced", GRID_RIGHT},        {"wait for CPU", GRID_RIGHT},  {"faults/req", GRID_RIGHT},
    {"resident/conn", GRID_RIGHT}, {"peak resident", GRID_RIGHT}, {"threads", GRID_RIGHT},
    {"processes", GRID_RIGHT},
};

static void add_case(struct grid *grid, const struct case_summary *s)
{
    char driver[TABLE_DRIVER_BYTES], backlog[UNITS_TEXT_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%s", s->c.shape);
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%s", table_backlog(&s->c, backlog));
}

static void add_ledger_row(struct grid *grid, const struct case_summary *s)
{
    const double *client = s->ledger.median[LEDGER_CLIENT];
    const double *server = s->ledger.median[LEDGER_SERVER];
    double requests = (double)s->answered;
    add_case(grid, s);
    cell_count(grid, client[LEDGER_IN_FLIGHT_MAX]);
    cell_seconds(grid, client[LEDGER_CPU_NS] / requests / 1e9);
    cell_seconds(grid, server[LEDGER_CPU_NS] / requests / 1e9);
    cell_ratio(grid, client[LEDGER_SYSCALLS] / requests);
    cell_ratio(grid, client[LEDGER_VOLUNTARY_SWITCHES] / requests);
    cell_ratio(grid, client[LEDGER_INVOLUNTARY_SWITCHES] / requests);
    cell_seconds(grid, client[LEDGER_RUNNABLE_WAIT_NS] / requests / 1e9);
    cell_ratio(grid, client[LEDGER_MINOR_FAULTS] / requests);
    cell_bytes(grid, client[LEDGER_RSS_GROWTH_BYTES] / s->c.concurrency);
    cell_bytes(grid, client[LEDGER_PEAK_RSS_BYTES]);
    cell_count(grid, client[LEDGER_PEAK_THREADS]);
    cell_count(grid, client[LEDGER_PEAK_PROCESSES]);
}

void table_print_ledger(const struct judgement *judgement, enum table_extent extent,
                        enum grid_style style, FILE *out)
{
    struct grid *grid =
        grid_make(ledger_columns, sizeof(ledger_columns) / sizeof(ledger_columns[0]));
    size_t rows = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (is_shown(judgement, &judgement->cases[i], extent)) {
            add_ledger_row(grid, &judgement->cases[i]);
            rows++;
        }
    if (rows) {
        table_print_grid("What it cost: the ledger (medians; the client's unless it says server)",
                         grid, style, out);
        if (judgement->no_syscalls[0]) {
            char text[256];
            snprintf(text, sizeof(text), "System calls were not counted: %s.",
                     judgement->no_syscalls);
            table_print_remark(text, style, out);
        }
    }
    grid_free(grid);
}

/* A letter a phase, so that the bar reads without colours; thinking is left out. */
static const char phase_letters[BLAME_PHASES] = {
    [BLAME_QUEUE] = 'q', [BLAME_CONNECT] = 'c', [BLAME_SEND] = 's', [BLAME_ACCEPT] = 'a',
    [BLAME_THINK] = ' ', [BLAME_LATE] = 'l',    [BLAME_BACK] = 'b', [BLAME_READ] = 'r',
};

static double beside_thinking(const struct case_summary *s)
{
    double sum = 0;
    for (int p = 0; p < BLAME_PHASES; p++)
        if (p != BLAME_THINK)
            sum += s->ledger.blame_s[p];
    return sum;
}

/* Each phase ends where the sum up to it falls, so that rounding never makes the bar too long. */
static void blame_bar(const struct case_summary *s, double longest, char bar[BAR_WIDTH + 1])
{
    double sum = 0;
    size_t used = 0;
    for (int p = 0; p < BLAME_PHASES; p++) {
        if (p == BLAME_THINK)
            continue;
        sum += s->ledger.blame_s[p];
        size_t end = (size_t)(sum / longest * BAR_WIDTH + 0.5);
        while (used < end && used < BAR_WIDTH)
            bar[used++] = phase_letters[p];
    }
    bar[used] = '\0';
}

static const struct grid_column blame_columns[] = {
    {"driver", GRID_LEFT},  {"shape", GRID_LEFT},  {"C", GRID_RIGHT},       {"backlog", GRID_RIGHT},
    {"", GRID_LEFT},        {"queue", GRID_RIGHT}, {"connect", GRID_RIGHT}, {"send", GRID_RIGHT},
    {"accept", GRID_RIGHT}, {"late", GRID_RIGHT},  {"back", GRID_RIGHT},    {"read", GRID_RIGHT},
};

static void add_blame_row(struct grid *grid, const struct case_summary *s, double longest)
{
    char bar[BAR_WIDTH + 1];
    add_case(grid, s);
    blame_bar(s, longest, bar);
    grid_cell(grid, "%s", bar);
    for (int p = 0; p < BLAME_PHASES; p++)
        if (p != BLAME_THINK)
            cell_seconds(grid, s->ledger.blame_s[p]);
}

/* What the letters stand for; `after` ends each line. */
static void print_phases(const void *after, FILE *out)
{
    if (*(const char *)after)
        fputc('\n', out);
    for (int p = 0; p < BLAME_PHASES; p++)
        if (p != BLAME_THINK)
            fprintf(out, "%c %s: %s%s\n", phase_letters[p], blame_name((enum blame_phase)p),
                    blame_explain((enum blame_phase)p), (const char *)after);
}

void table_print_blame(const struct judgement *judgement, enum table_extent extent,
                       enum grid_style style, FILE *out)
{
    struct grid *grid = grid_make(blame_columns, sizeof(blame_columns) / sizeof(blame_columns[0]));
    double longest = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (is_shown(judgement, &judgement->cases[i], extent))
            longest = fmax(longest, beside_thinking(&judgement->cases[i]));
    for (size_t i = 0; i < judgement->case_count && longest > 0; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (is_shown(judgement, s, extent) && !isnan(beside_thinking(s)))
            add_blame_row(grid, s, longest);
    }
    if (longest > 0) {
        table_print_grid("What a request waited for, beside the thinking: means over the median "
                         "run's requests",
                         grid, style, out);
        if (style == GRID_HTML)
            html_list(print_phases, "", out);
        else
            print_phases(style == GRID_MARKDOWN ? "  " : "", out);
    }
    grid_free(grid);
}

void table_print_active(const struct judgement *judgement, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        bool told = false;
        for (size_t j = 0; j < i && !told; j++)
            told = !strcmp(judgement->cases[j].c.driver, s->c.driver) &&
                   !strcmp(judgement->cases[j].active, s->active);
        if (!s->active[0] || told)
            continue;
        fprintf(out, "%s%s ran with %s.\n", any ? "" : "\n", s->c.driver, s->active);
        any = true;
    }
}
