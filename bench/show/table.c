#include "table.h"

#include <math.h>
#include <string.h>

#include "cells.h"
#include "limits_report.h"
#include "bench/plan/case_fields.h"
#include "table_completion.h"
#include "table_usage.h"
#include "table_speedup.h"
#include "table_talk.h"

enum { BAR_WIDTH = 12, BAR_BYTES = BAR_WIDTH * 3 + 1 };

static const struct grid_column figure_columns[] = {
    {"driver", GRID_LEFT},       {"arrivals", GRID_LEFT},
    {"C", GRID_RIGHT},           {"runs", GRID_RIGHT},
    {"requests", GRID_RIGHT},    {"makespan", GRID_RIGHT},
    {"95% interval", GRID_LEFT}, {"per request", GRID_RIGHT},
    {"of ideal", GRID_RIGHT},    {"", GRID_LEFT},
    {"predicted", GRID_RIGHT},   {"p50", GRID_RIGHT},
    {"p99", GRID_RIGHT},         {"errors", GRID_RIGHT},
    {"SYNs resent", GRID_RIGHT}, {"overflows", GRID_RIGHT},
    {"quality", GRID_LEFT},
};

enum { PREDICTION_OFF_PERCENT = 15 };

/* What was foretold, marked where it is off by more than it should be. */
static void cell_predicted(struct grid *grid, const struct case_summary *s)
{
    char text[UNITS_TEXT_BYTES];
    if (isnan(s->predicted_s)) {
        grid_cell(grid, "%s", "");
        return;
    }
    double off = 100 * (s->predicted_s / s->makespan.median - 1);
    if (fabs(off) > PREDICTION_OFF_PERCENT)
        grid_cell(grid, "%s (%+.0f%%!)", seconds_text(s->predicted_s, text), off);
    else
        grid_cell(grid, "%s", seconds_text(s->predicted_s, text));
}

static void add_figures(struct grid *grid, const struct case_summary *s)
{
    char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES], bar[BAR_BYTES];
    if (s->completed < s->c.requests)
        grid_cell(grid, "%zu of %zu", s->completed, s->c.requests);
    else
        grid_cell(grid, "%zu", s->c.requests);
    cell_seconds(grid, s->makespan.median);
    grid_cell(grid, "[%s, %s]", seconds_text(s->makespan.interval.low, low),
              seconds_text(s->makespan.interval.high, high));
    cell_seconds(grid, s->per_request.median);
    if (isnan(s->efficiency)) {
        grid_cell(grid, "–");
        grid_cell(grid, "%s", "");
    } else {
        grid_cell(grid, "%.1f%%", 100 * s->efficiency);
        grid_cell(grid, "%s", grid_bar(s->efficiency, BAR_WIDTH, bar));
    }
    cell_predicted(grid, s);
    cell_seconds(grid, s->latency_p50_s);
    cell_seconds(grid, s->latency_p99_s);
}

static void add_figure_row(struct grid *grid, const struct case_summary *s)
{
    char driver[TABLE_DRIVER_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%s", arrivals_name(s->c.arrivals));
    grid_cell(grid, "%u", s->c.concurrency);
    if (s->outliers)
        grid_cell(grid, "%zu, %zu odd", s->run_count, s->outliers);
    else
        grid_cell(grid, "%zu", s->run_count);
    if (s->makespan.n) {
        add_figures(grid, s);
    } else {
        grid_cell(grid, "%zu", s->c.requests);
        grid_cell(grid, "no figure");
        for (int skipped = 0; skipped < 7; skipped++)
            grid_cell(grid, "%s", "");
    }
    grid_cell(grid, "%zu", s->failed);
    cell_count(grid, s->makespan.n ? s->syn_retransmits : NAN);
    cell_count(grid, s->makespan.n ? s->listen_overflows : NAN);
    grid_cell(grid, "%s", s->run_count ? quality_name(s->quality) : "not run");
}

/* What all cases of a table have in common. Work that asks no server has no such settings. */
static void print_group(const struct bench_case *c, struct grid *grid, enum grid_style style,
                        FILE *out)
{
    unsigned fields = case_is_work(c) ? CASE_BIT(workload) : case_fields_of(CASE_SAME_TABLE);
    char label[CASE_LABEL_BYTES], text[sizeof(label) + 64];
    snprintf(text, sizeof(text), "%s%s: %s", case_label(c, fields & ~CASE_BIT(arrivals), label),
             case_is_work(c) ? ", work that asks no server" : "",
             c->arrivals == ARRIVALS_BURST ? "C requests, all at once (burst)"
                                           : "all requests, C at a time (closed)");
    table_print_grid(text, grid, style, out);
}

void table_print_figures(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    const struct case_summary *cases = judgement->cases;
    size_t n = sizeof(figure_columns) / sizeof(figure_columns[0]);
    for (size_t i = 0; i < judgement->case_count;) {
        struct grid *grid = grid_make(figure_columns, n);
        size_t first = i;
        /* Serial drivers stand at the head of the first table, whatever their thinking. */
        while (i < judgement->case_count &&
               (case_alike(&cases[i].c, &cases[first].c, CASE_SAME_TABLE) ||
                case_is_alone(&cases[first].c))) {
            if (case_is_alone(&cases[first].c) && !case_is_alone(&cases[i].c))
                first = i;
            add_figure_row(grid, &cases[i++]);
        }
        print_group(&cases[first].c, grid, style, out);
        grid_free(grid);
    }
}

static const struct grid_column whole_columns[] = {
    {"driver", GRID_LEFT},    {"arrivals", GRID_LEFT},    {"C", GRID_RIGHT},
    {"whole", GRID_RIGHT},    {"in-process", GRID_RIGHT}, {"difference", GRID_RIGHT},
    {"server", GRID_RIGHT},   {"setup", GRID_RIGHT},      {"warm-up", GRID_RIGHT},
    {"teardown", GRID_RIGHT}, {"the rest", GRID_RIGHT},
};

static void add_whole_row(struct grid *grid, const struct case_summary *s)
{
    double difference = s->whole.median_s - s->makespan.median;
    double named = s->server_start_s + s->setup_s + s->warmup_s + s->teardown_s;
    grid_cell(grid, "%s", s->c.driver->name);
    grid_cell(grid, "%s", arrivals_name(s->c.arrivals));
    grid_cell(grid, "%u", s->c.concurrency);
    cell_seconds(grid, s->whole.median_s);
    cell_seconds(grid, s->makespan.median);
    cell_seconds(grid, difference);
    cell_seconds(grid, s->server_start_s);
    cell_seconds(grid, s->setup_s);
    cell_seconds(grid, s->warmup_s);
    cell_seconds(grid, s->teardown_s);
    cell_seconds(grid, difference - named);
}

void table_print_whole(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    size_t rows = 0;
    struct grid *grid = grid_make(whole_columns, sizeof(whole_columns) / sizeof(whole_columns[0]));
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        bool usual = s->c.backlog == judgement->cases[0].c.backlog;
        if (!s->has_whole || !usual || s->makespan.n == 0)
            continue;
        add_whole_row(grid, s);
        rows++;
    }
    if (rows)
        table_print_grid("Whole processes (hyperfine's medians of `waitbench run --usage off`) "
                         "beside ours: the difference, and what it is made of",
                         grid, style, out);
    grid_free(grid);
}

void table_print_caveat(const struct case_summary *s, FILE *out)
{
    char driver[TABLE_DRIVER_BYTES];
    fprintf(out, "%s: %s %s(%u)", quality_name(s->quality), arrivals_name(s->c.arrivals),
            table_driver(&s->c, driver), s->c.concurrency);
    if (!case_is_work(&s->c))
        fprintf(out, ", backlog %d", s->c.backlog);
    if (s->caveats[0])
        fprintf(out, ": %s", s->caveats);
    if (s->reasons[0])
        fprintf(out, "%s %zu of %zu runs, such as: %s", s->caveats[0] ? "; also" : ":",
                s->invalid_count ? s->invalid_count : s->noisy_count, s->run_count, s->reasons);
    fputc('\n', out);
}

void table_print_caveats(const struct judgement *judgement, FILE *out)
{
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].quality != QUALITY_OK)
            table_print_caveat(&judgement->cases[i], out);
}

static void print_shares(const struct judgement *judgement, FILE *out)
{
    const struct campaign_info *campaign = &judgement->campaign;
    fprintf(out, "Campaign %s (%s): %zu runs, seed %llu", campaign->id, campaign->status,
            judgement->run_count, (unsigned long long)campaign->seed);
    if (campaign->elapsed > 0)
        fprintf(out, "; %.1f s, %.0f%% of them inside timed runs", clock_seconds(campaign->elapsed),
                100 * judgement->timed_s / clock_seconds(campaign->elapsed));
    fprintf(out, ".\n%s\n", judgement->caption);
}

/* What the two should have come out as depends on how they differed. */
void table_print_control(const struct judgement *judgement, FILE *out)
{
    const struct case_summary *control = judgement->control;
    if (!control)
        return;
    const struct stats_comparison *result = &judgement->control_result;
    bool same = control->c.control == CONTROL_SAME;
    bool differ = result->outcome == STATS_FASTER || result->outcome == STATS_SLOWER;
    fprintf(out, "Control (%s), %s %s(%u) twice: ", control_name(control->c.control),
            arrivals_name(control->c.arrivals), control->c.driver->name, control->c.concurrency);
    if (result->ratio.ratio == 0) {
        fputs("not measured\n", out);
        return;
    }
    fprintf(out, "ratio %.4f [%.4f, %.4f], p %.3g: ", result->ratio.ratio,
            result->ratio.interval.low, result->ratio.interval.high, result->test.p);
    if (result->outcome == STATS_TOO_FEW)
        fputs("too few runs to tell a difference (--repetitions 5)\n", out);
    else if (same && differ)
        fputs("NOISY: the same case came out different, this machine changed under the campaign; "
              "do not trust differences of that size\n",
              out);
    else
        fputs(!differ                           ? "no detectable difference\n"
              : result->outcome == STATS_SLOWER ? "different, the second is slower\n"
                                                : "different, the second is faster\n",
              out);
}

/* A gate that has nothing to judge by is open: say which. */
static void print_unjudged(const struct judgement *judgement, FILE *out)
{
    static const struct {
        enum usage_side side;
        enum usage_metric metric;
        const char *check;
    } needed[] = {
        {USAGE_CLIENT, USAGE_CPU_NS, "the client's CPU time"},
        {USAGE_SERVER, USAGE_CPU_NS, "the server's CPU time"},
        {USAGE_SYSTEM, USAGE_FOREIGN_CPU_NS, "others' use of the machine"},
        {USAGE_SYSTEM, USAGE_STEAL_NS, "steal"},
        {USAGE_SYSTEM, USAGE_SYN_RETRANSMITS, "SYNs resent"},
        {USAGE_SYSTEM, USAGE_LISTEN_OVERFLOWS, "accept-queue overflows"},
    };
    size_t missing = 0;
    for (size_t n = 0; n < sizeof(needed) / sizeof(needed[0]); n++) {
        bool known = true;
        for (size_t i = 0; i < judgement->case_count; i++) {
            const struct case_summary *s = &judgement->cases[i];
            known &= s->makespan.n == 0 || s->c.delay == 0 ||
                     !isnan(s->usage.median[needed[n].side][needed[n].metric]);
        }
        if (!known)
            fprintf(out, "%s%s", missing++ ? ", " : "Not available everywhere, so not judged: ",
                    needed[n].check);
    }
    if (missing)
        fputs(".\n", out);
}

/* Nobody compares the steps of a climb: a terminal gets what came of them. */
static void print_limits(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    limits_report_print(judgement->limits, judgement->limits_count, style, out);
    if (style == GRID_MARKDOWN)
        table_print_figures(judgement, style, out);
    fputc('\n', out);
}

static void print_tables(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    table_print_talk(judgement, style, out);
    table_print_figures(judgement, style, out);
    table_print_speedup(judgement, style, out);
    /* A terminal gets what explains the talk's chart; a file gets everything. */
    if (style == GRID_MARKDOWN)
        table_print_completion(judgement, style, out);
    enum table_extent extent = style == GRID_MARKDOWN ? TABLE_ALL : TABLE_USUAL;
    table_print_usage(judgement, extent, style, out);
    table_print_active(judgement, out);
    table_print_breakdown(judgement, extent, style, out);
    table_print_whole(judgement, style, out);
    fputc('\n', out);
    table_print_caveats(judgement, out);
    print_unjudged(judgement, out);
    table_print_control(judgement, out);
}

void table_print_all(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    if (style == GRID_MARKDOWN)
        fprintf(out, "# %s\n\n`%s`\n", judgement->campaign.id, judgement->campaign.command);
    if (judgement->limits_count)
        print_limits(judgement, style, out);
    else
        print_tables(judgement, style, out);
    if (judgement->environment_changes[0])
        fprintf(out, "NOISY: the machine changed in the middle: %s\n",
                judgement->environment_changes);
    print_shares(judgement, out);
}
