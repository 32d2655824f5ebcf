/* Resource usage, the latency breakdown, and responses over time. */
#include "table.h"

#include <math.h>
#include <string.h>

#include "html.h"
#include "lib/program_path.h"
#include "lib/units.h"
#include "bench/plan/case_fields.h"
#include "cells.h"

enum { BAR_WIDTH = 32 };

static bool is_shown(const struct case_summary *s)
{
    return s->makespan.n > 0 && !case_is_reference(&s->c);
}

static const struct grid_column usage_columns[] = {
    {"driver", GRID_LEFT},
    {"arrivals", GRID_LEFT | GRID_KEY | GRID_DROP(1)},
    {"rate", GRID_RIGHT},
    {"C", GRID_RIGHT},
    {"backlog", GRID_RIGHT | GRID_KEY | GRID_DROP(1)},
    {"in flight", GRID_RIGHT | GRID_DROP(3)},
    {"CPU/req", GRID_RIGHT},
    {"server CPU", GRID_RIGHT | GRID_DROP(6)},
    {"syscalls/req", GRID_RIGHT | GRID_DROP(8)},
    {"switches/req", GRID_RIGHT | GRID_DROP(9)},
    {"involuntary", GRID_RIGHT | GRID_DROP(4)},
    {"wait for CPU", GRID_RIGHT | GRID_DROP(5)},
    {"faults/req", GRID_RIGHT | GRID_DROP(2)},
    {"resident/conn", GRID_RIGHT | GRID_DROP(7)},
    {"peak resident", GRID_RIGHT | GRID_DROP(3)},
    {"threads", GRID_RIGHT | GRID_DROP(6)},
    {"processes", GRID_RIGHT | GRID_DROP(1)},
};

static void add_case(struct grid *grid, const struct case_summary *s)
{
    char driver[TABLE_DRIVER_BYTES], backlog[UNITS_TEXT_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    if (case_is_open(&s->c))
        grid_cell(grid, "%u/s", s->c.rate);
    else
        grid_cell(grid, "%s", "");
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%s", table_backlog(&s->c, backlog));
}

static void add_usage_row(struct grid *grid, const struct case_summary *s)
{
    const double *client = s->usage.median[USAGE_CLIENT];
    const double *server = s->usage.median[USAGE_SERVER];
    double requests = (double)s->completed;
    add_case(grid, s);
    cell_count(grid, client[USAGE_IN_FLIGHT_MAX]);
    cell_seconds(grid, client[USAGE_CPU_NS] / requests / 1e9);
    cell_seconds(grid, server[USAGE_CPU_NS] / requests / 1e9);
    cell_ratio(grid, client[USAGE_SYSCALLS] / requests);
    cell_ratio(grid, client[USAGE_VOLUNTARY_SWITCHES] / requests);
    cell_ratio(grid, client[USAGE_INVOLUNTARY_SWITCHES] / requests);
    cell_seconds(grid, client[USAGE_RUNNABLE_WAIT_NS] / requests / 1e9);
    cell_ratio(grid, client[USAGE_MINOR_FAULTS] / requests);
    cell_bytes(grid, client[USAGE_RSS_GROWTH_BYTES] / s->c.concurrency);
    cell_bytes(grid, client[USAGE_PEAK_RSS_BYTES]);
    cell_count(grid, client[USAGE_PEAK_THREADS]);
    cell_count(grid, client[USAGE_PEAK_PROCESSES]);
}

void table_print_usage(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid = grid_make(usage_columns, sizeof(usage_columns) / sizeof(usage_columns[0]));
    char text[256];
    for (size_t i = 0; i < judgement->case_count; i++)
        if (is_shown(&judgement->cases[i]))
            add_usage_row(grid, &judgement->cases[i]);
    bool any = table_print_grid("Resource usage (medians; the client's unless it says server)",
                                grid, style, out);
    snprintf(text, sizeof(text), "System calls were not counted: %s.", judgement->no_syscalls);
    if (any && judgement->no_syscalls[0])
        table_print_remark(text, style, out);
    snprintf(text, sizeof(text), "Scheduler switches were not recorded: %s.",
             judgement->no_switches);
    if (judgement->no_switches[0])
        table_print_remark(text, style, out);
}

/* A letter a phase, so that the bar needs no colours; the server delay is left out. */
static const char phase_letters[BREAKDOWN_PHASES] = {
    [BREAKDOWN_QUEUE] = 'q',  [BREAKDOWN_CONNECT] = 'c', [BREAKDOWN_SEND] = 's',
    [BREAKDOWN_ACCEPT] = 'a', [BREAKDOWN_DELAY] = ' ',   [BREAKDOWN_OVERSHOOT] = 'l',
    [BREAKDOWN_BACK] = 'b',   [BREAKDOWN_READ] = 'r',
};

static double beside_delay(const struct case_summary *s)
{
    double sum = 0;
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        if (p != BREAKDOWN_DELAY)
            sum += s->usage.breakdown_s[p];
    return sum;
}

/* Each phase ends where the sum up to it falls, so that rounding never makes the bar too long. */
static void breakdown_bar(const struct case_summary *s, double longest, char bar[BAR_WIDTH + 1])
{
    double sum = 0;
    size_t used = 0;
    for (int p = 0; p < BREAKDOWN_PHASES; p++) {
        if (p == BREAKDOWN_DELAY)
            continue;
        sum += s->usage.breakdown_s[p];
        size_t end = (size_t)(sum / longest * BAR_WIDTH + 0.5);
        while (used < end && used < BAR_WIDTH)
            bar[used++] = phase_letters[p];
    }
    bar[used] = '\0';
}

static const struct grid_column breakdown_columns[] = {
    {"driver", GRID_LEFT},
    {"arrivals", GRID_LEFT | GRID_KEY | GRID_DROP(1)},
    {"rate", GRID_RIGHT},
    {"C", GRID_RIGHT},
    {"backlog", GRID_RIGHT | GRID_KEY | GRID_DROP(1)},
    {"", GRID_LEFT | GRID_DROP(1)},
    {"queue", GRID_RIGHT},
    {"connect", GRID_RIGHT | GRID_DROP(4)},
    {"send", GRID_RIGHT | GRID_DROP(2)},
    {"accept", GRID_RIGHT},
    {"overshoot", GRID_RIGHT},
    {"back", GRID_RIGHT},
    {"read", GRID_RIGHT | GRID_DROP(3)},
};

static void add_breakdown_row(struct grid *grid, const struct case_summary *s, double longest)
{
    char bar[BAR_WIDTH + 1];
    add_case(grid, s);
    breakdown_bar(s, longest, bar);
    grid_cell(grid, "%s", bar);
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        if (p != BREAKDOWN_DELAY)
            cell_seconds(grid, s->usage.breakdown_s[p]);
}

/* The phases, with their letters in the bars; `after` ends each line. */
static void print_phases(const void *after, FILE *out)
{
    if (*(const char *)after)
        fputc('\n', out);
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        if (p != BREAKDOWN_DELAY)
            fprintf(out, "%s (%c): %s%s\n", breakdown_rows[p].name, phase_letters[p],
                    breakdown_rows[p].explain, (const char *)after);
}

/* A program need not send the server's times. */
static void remark_untimed(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    char text[CASE_PATH_BYTES + 96];
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (!is_shown(s) || !program_is_exec(case_model(&s->c)) || !isnan(beside_delay(s)))
            continue;
        snprintf(text, sizeof(text),
                 "There is no latency breakdown: the responses of %s have no server times.",
                 case_model(&s->c));
        table_print_remark(text, style, out);
        return; /* one is enough */
    }
}

void table_print_breakdown(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid =
        grid_make(breakdown_columns, sizeof(breakdown_columns) / sizeof(breakdown_columns[0]));
    double longest = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (is_shown(&judgement->cases[i]))
            longest = fmax(longest, beside_delay(&judgement->cases[i]));
    for (size_t i = 0; i < judgement->case_count && longest > 0; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (is_shown(s) && !isnan(beside_delay(s)))
            add_breakdown_row(grid, s, longest);
    }
    bool any =
        table_print_grid("Latency breakdown without the server delay (means over the requests of "
                         "the median run)",
                         grid, style, out);
    remark_untimed(judgement, style, out);
    if (!any)
        return;
    if (style == GRID_HTML)
        html_list(print_phases, "", out);
    else
        print_phases(style == GRID_MARKDOWN ? "  " : "", out);
}

static const struct grid_column response_columns[] = {
    {"driver", GRID_LEFT},
    {"arrivals", GRID_LEFT | GRID_KEY | GRID_DROP(1)},
    {"rate", GRID_RIGHT},
    {"C", GRID_RIGHT},
    {"backlog", GRID_RIGHT | GRID_KEY | GRID_DROP(1)},
    {"responses", GRID_LEFT | GRID_DROP(1)},
    {"first response", GRID_RIGHT},
    {"50%", GRID_RIGHT | GRID_DROP(3)},
    {"90%", GRID_RIGHT | GRID_DROP(2)},
    {"last response", GRID_RIGHT},
    {"first ÷ last response time", GRID_RIGHT | GRID_DROP(4)},
};

/* A run that ended at its time box has a first response, and no last one. */
static void add_completion_row(struct grid *grid, const struct case_summary *s)
{
    bool whole = s->completed == s->c.requests;
    add_case(grid, s);
    if (whole)
        grid_cell(grid, "%zu", s->completed);
    else
        grid_cell(grid, "%zu of %zu", s->completed, s->c.requests);
    cell_seconds(grid, s->first_response_s);
    cell_seconds(grid, whole ? s->half_completed_s : NAN);
    cell_seconds(grid, whole ? s->most_completed_s : NAN);
    cell_seconds(grid, whole ? s->last_response_s : NAN);
    cell_percent(grid, whole ? s->first_response_s / s->last_response_s : NAN);
}

void table_print_completion(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid =
        grid_make(response_columns, sizeof(response_columns) / sizeof(response_columns[0]));
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (is_shown(s) && !case_is_open(&s->c) && !isnan(s->first_response_s))
            add_completion_row(grid, s);
    }
    table_print_grid("Responses completed over time, from the run's start (medians)", grid, style,
                     out);
}

void table_print_active(const struct judgement *judgement, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        bool told = false;
        for (size_t j = 0; j < i && !told; j++)
            told = judgement->cases[j].c.driver == s->c.driver &&
                   !strcmp(judgement->cases[j].active, s->active);
        if (!s->active[0] || told)
            continue;
        fprintf(out, "%s%s ran with %s.\n", any ? "" : "\n", s->c.driver->name, s->active);
        any = true;
    }
}
