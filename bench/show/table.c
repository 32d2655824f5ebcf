#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "bench/plan/case_fields.h"

enum { BAR_WIDTH = 12, BAR_BYTES = BAR_WIDTH * 3 + 1 };

/* On a terminal. */
enum { TALK_CASES_SHOWN = 64 };

enum { REQUESTS_COLUMN = 4, INTERVAL_COLUMN = 6 };

static const struct grid_column figure_columns[] = {
    {"driver", GRID_LEFT},
    {"arrivals", GRID_LEFT | GRID_DROP(1)},
    {"C", GRID_RIGHT},
    {"runs", GRID_RIGHT | GRID_DROP(1)},
    [REQUESTS_COLUMN] = {"requests", GRID_RIGHT | GRID_DROP(2)},
    {"makespan", GRID_RIGHT},
    [INTERVAL_COLUMN] = {"interval (coverage)", GRID_LEFT | GRID_DROP(8)},
    {"time per request", GRID_RIGHT | GRID_DROP(4)},
    {"requests/s", GRID_RIGHT | GRID_DROP(7)},
    {"efficiency", GRID_RIGHT},
    {"", GRID_LEFT | GRID_DROP(3)},
    {"predicted", GRID_RIGHT | GRID_DROP(2)},
    {"p50", GRID_RIGHT | GRID_DROP(5)},
    {"p99", GRID_RIGHT | GRID_DROP(6)},
    {"errors", GRID_RIGHT | GRID_NONZERO},
    {"SYN retransmissions", GRID_RIGHT | GRID_NONZERO},
    {"accept-queue overflows", GRID_RIGHT | GRID_NONZERO},
    {"quality", GRID_LEFT},
};

enum { FIGURE_COLUMNS = sizeof(figure_columns) / sizeof(figure_columns[0]) };

/* How intervals of makespans are written: on a terminal in short, and where all of them are ranges,
 * the title says so. */
enum interval_form { INTERVALS_IN_FULL, INTERVALS_IN_SHORT, RANGES_IN_SHORT };

static enum interval_form interval_form(const struct judgement *judgement, enum grid_style style)
{
    if (style != GRID_SCREEN)
        return INTERVALS_IN_FULL;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (stats_is_interval(judgement->cases[i].makespan.interval))
            return INTERVALS_IN_SHORT;
    return RANGES_IN_SHORT;
}

/* The predicted makespan, marked where it is off by more than it should be. */
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

static void cell_makespan_interval(struct grid *grid, struct stats_interval interval,
                                   enum interval_form form)
{
    char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    seconds_text(interval.low, low);
    seconds_text(interval.high, high);
    if (form == INTERVALS_IN_FULL)
        cell_interval(grid, interval, low, high);
    else
        cell_interval_short(grid, interval, low, high, form == RANGES_IN_SHORT);
}

static void add_figures(struct grid *grid, const struct case_summary *s, enum interval_form form)
{
    char bar[BAR_BYTES];
    if (s->completed < s->c.requests)
        grid_cell(grid, "%zu of %zu", s->completed, s->c.requests);
    else
        grid_cell(grid, "%zu", s->c.requests);
    cell_seconds(grid, s->makespan.median);
    cell_makespan_interval(grid, s->makespan.interval, form);
    cell_seconds(grid, s->per_request.median);
    cell_rate(grid, 1 / s->per_request.median);
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

static void add_figure_row(struct grid *grid, const struct case_summary *s, enum interval_form form)
{
    char driver[TABLE_DRIVER_BYTES];
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    grid_cell(grid, "%u", s->c.concurrency);
    if (s->outliers)
        grid_cell(grid, "%zu, %zu outlier", s->run_count, s->outliers);
    else
        grid_cell(grid, "%zu", s->run_count);
    if (s->makespan.n) {
        add_figures(grid, s, form);
    } else {
        grid_cell(grid, "%zu", s->c.requests);
        grid_cell(grid, "no figure");
        for (int skipped = 0; skipped < 8; skipped++)
            grid_cell(grid, "%s", "");
    }
    grid_cell(grid, "%zu", s->failed);
    cell_count(grid, s->makespan.n ? s->syn_retransmits : NAN);
    cell_count(grid, s->makespan.n ? s->listen_overflows : NAN);
    grid_cell(grid, "%s", s->run_count ? quality_names[s->quality] : "not run");
}

/* "1024 requests, C at a time (closed)", of the first of a table's cases that is not serial. Of
 * open arrivals the duration differs with the rate, or the number of requests does. */
static void describe_arrivals(const struct case_summary *cases, size_t n, char *text, size_t size)
{
    bool same = true;
    for (size_t i = 1; i < n; i++)
        same &= cases[i].c.requests == cases[0].c.requests;
    if (cases[0].c.arrivals == ARRIVALS_BURST)
        snprintf(text, size, "C requests, all at once (burst)");
    else if (case_is_open(&cases[0].c))
        snprintf(text, size, "%s arrivals, C in flight at most",
                 arrivals_words[cases[0].c.arrivals].name);
    else if (same)
        snprintf(text, size, "%zu requests, C at a time (closed)", cases[0].c.requests);
    else
        snprintf(text, size, "all requests, C at a time (closed)");
}

/* What all cases of a table have in common. Without a server there are no such settings. */
static void print_group(const struct case_summary *cases, size_t n, struct grid *grid,
                        enum grid_style style, FILE *out)
{
    const struct bench_case *c = &cases[0].c;
    unsigned fields = case_is_work(c) ? CASE_BIT(workload) : case_fields_of(CASE_SAME_TABLE);
    char label[CASE_LABEL_BYTES], arrivals[64], text[sizeof(label) + sizeof(arrivals) + 16];
    describe_arrivals(cases, n, arrivals, sizeof(arrivals));
    snprintf(text, sizeof(text), "%s%s: %s", case_label(c, fields & ~CASE_BIT(arrivals), label),
             case_is_work(c) ? ", no server" : "", arrivals);
    table_print_grid(text, grid, style, out);
}

/* Serial drivers are at the head of the first table, whatever their server delay. */
static bool shares_table(const struct bench_case *c, const struct bench_case *first)
{
    return case_alike(c, first, CASE_SAME_TABLE) ||
           (case_is_alone(first) && case_is_open(first) == case_is_open(c));
}

void table_print_figures(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    const struct case_summary *cases = judgement->cases;
    enum interval_form form = interval_form(judgement, style);
    struct grid_column columns[FIGURE_COLUMNS];
    memcpy(columns, figure_columns, sizeof(columns));
    if (form == RANGES_IN_SHORT)
        columns[INTERVAL_COLUMN].title = "range (coverage)";
    for (size_t i = 0; i < judgement->case_count;) {
        size_t first = i;
        bool open = case_is_open(&cases[first].c);
        struct grid *grid = open ? table_open_grid() : grid_make(columns, FIGURE_COLUMNS);
        while (i < judgement->case_count && shares_table(&cases[i].c, &cases[first].c)) {
            const struct case_summary *s = &cases[i++];
            if (case_is_alone(&cases[first].c) && !case_is_alone(&s->c))
                first = i - 1;
            if (!open && s->completed < s->c.requests) /* its makespan is that of a part */
                grid_keep(grid, REQUESTS_COLUMN);
            if (open)
                table_open_add(grid, s);
            else
                add_figure_row(grid, s, form);
        }
        print_group(&cases[first], i - first, grid, style, out);
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
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
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
    struct grid *grid = grid_make(whole_columns, sizeof(whole_columns) / sizeof(whole_columns[0]));
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        bool usual = s->c.backlog == judgement->cases[0].c.backlog;
        if (s->has_whole && usual && s->makespan.n)
            add_whole_row(grid, s);
    }
    table_print_grid("Whole processes (hyperfine's medians of `waitbench run --usage off`) and "
                     "makespans (in-process): the difference and its parts",
                     grid, style, out);
}

/* A terminal gets the seed from the line before the first run. */
static void print_campaign(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    const struct campaign_info *campaign = &judgement->campaign;
    char runs[UNITS_TEXT_BYTES];
    fprintf(out, "Campaign %s (%s): %s", campaign->id, campaign->status,
            units_format_count(judgement->run_count, "run", runs));
    if (style != GRID_SCREEN)
        fprintf(out, ", seed %llu", (unsigned long long)campaign->seed);
    if (campaign->elapsed > 0)
        fprintf(out, "; %.1f s, %.0f%% of them inside timed runs", clock_seconds(campaign->elapsed),
                100 * judgement->timed_s / clock_seconds(campaign->elapsed));
    fputs(".\n", out);
    if (style != GRID_SCREEN)
        fprintf(out, "%s%s\n", style == GRID_MARKDOWN ? "\n" : "", judgement->caption);
}

/* What the two should have come out as depends on how they differed. */
static void print_control_outcome(const struct stats_comparison *result, bool same, size_t pairs,
                                  FILE *out)
{
    bool differ = result->outcome == STATS_FASTER || result->outcome == STATS_SLOWER;
    if (same && differ)
        fputs("NOISY: the same case came out different, this machine changed under the campaign; "
              "do not trust differences of that size\n",
              out);
    else if (differ)
        fprintf(out, "different, the second is %s\n", stats_outcome_names[result->outcome]);
    else if (result->outcome == STATS_EQUIVALENT)
        fprintf(out, "equivalent within %g%%\n", 100 * result->margin);
    else if (result->too_few)
        fprintf(out, "undecided, too few runs to tell a difference (--repetitions %zu)\n",
                stats_runs_needed(result->test, pairs ? pairs : 1));
    else
        fputs("undecided\n", out);
}

void table_print_control(const struct judgement *judgement, FILE *out)
{
    const struct case_summary *control = judgement->control;
    if (!control)
        return;
    const struct stats_comparison *result = &judgement->control_result;
    fprintf(out, "Control (%s), %s %s(%u) twice: ", control_words[control->c.control].name,
            arrivals_words[control->c.arrivals].name, control->c.driver->name,
            control->c.concurrency);
    if (result->ratio.ratio == 0) {
        fputs("not measured\n", out);
        return;
    }
    char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES], interval[INTERVAL_TEXT_BYTES];
    snprintf(low, sizeof(low), "%.4f", result->ratio.interval.low);
    snprintf(high, sizeof(high), "%.4f", result->ratio.interval.high);
    fprintf(out, "ratio %.4f %s, p %.3g: ", result->ratio.ratio,
            interval_text(result->ratio.interval, low, high, interval), result->p);
    print_control_outcome(result, control->c.control == CONTROL_SAME, judgement->rule.anytime_pairs,
                          out);
}

/* A check without its figure finds nothing: say which. */
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
        {USAGE_SYSTEM, USAGE_SYN_RETRANSMITS, "SYN retransmissions"},
        {USAGE_SYSTEM, USAGE_LISTEN_OVERFLOWS, "accept-queue overflows"},
    };
    size_t missing = 0;
    for (size_t n = 0; n < sizeof(needed) / sizeof(needed[0]); n++) {
        bool known = true;
        for (size_t i = 0; i < judgement->case_count; i++) {
            const struct case_summary *s = &judgement->cases[i];
            known &= s->makespan.n == 0 || case_is_local(&s->c) ||
                     !isnan(s->usage.median[needed[n].side][needed[n].metric]);
        }
        if (!known)
            fprintf(out, "%s%s", missing++ ? ", " : "Not available everywhere, so not checked: ",
                    needed[n].check);
    }
    if (missing)
        fputs(".\n", out);
}

/* The command as Markdown's code: between more back-quotes than it has in a row itself. */
static void print_heading(const struct campaign_info *campaign, FILE *out)
{
    char fence[STORE_COMMAND_BYTES] = "`";
    for (const char *c = campaign->command; (c = strchr(c, '`'));) {
        size_t quotes = strspn(c, "`");
        while (strlen(fence) <= quotes)
            strcat(fence, "`");
        c += quotes;
    }
    fprintf(out, "# %s\n\n%s%s%s\n\n", campaign->id, fence, campaign->command, fence);
}

void table_print_results(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    if (style == GRID_MARKDOWN)
        print_heading(&judgement->campaign, out);
    print_campaign(judgement, style, out);
    if (matrix_is(judgement)) {
        table_print_matrix(judgement, style, out);
        if (style == GRID_SCREEN)
            return;
    }
    if (judgement->limits_count) {
        table_print_limits(judgement, style, out);
        table_print_steps(judgement, style, out);
    } else if (judgement->capacity_count)
        table_print_capacity(judgement, style, out);
    else if (style != GRID_SCREEN || judgement->case_count <= TALK_CASES_SHOWN)
        table_print_talk(judgement, style, out);
    /* The steps of a search are in the file alone. */
    if (!judgement_is_search(judgement) || style == GRID_MARKDOWN)
        table_print_figures(judgement, style, out);
    if (judgement_is_search(judgement))
        return;
    table_print_decisions(judgement, style, out);
    table_print_skill(judgement, style, out);
    table_print_scalability(judgement, style, out);
    table_print_speedup(judgement, style, out);
    table_print_queue(judgement, style, out);
    if (style == GRID_SCREEN)
        return;
    table_print_audit(judgement, style, out);
    table_print_completion(judgement, style, out);
    table_print_usage(judgement, style, out);
    table_print_active(judgement, out);
    table_print_ranks(judgement, style, out);
    table_print_breakdown(judgement, style, out);
    table_print_whole(judgement, style, out);
}

static void print_caveats(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    if (!judgement_is_search(judgement)) {
        table_print_caveats(judgement, style, out);
        print_unjudged(judgement, out);
        table_print_control(judgement, out);
    }
    if (judgement->environment_changes[0])
        fprintf(out, "NOISY: the machine changed during the campaign: %s\n",
                judgement->environment_changes);
}

static void print_summary(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    (void)style;
    if (judgement->lesson.name[0])
        fprintf(out, "%s: %s\n", judgement->lesson.verdict, judgement->lesson.why);
    else if (!judgement_is_search(judgement))
        summary_print(judgement, out);
}

/* The lines that `print` writes, under a heading; nothing where it writes none. */
static void print_section(const char *heading,
                          void (*print)(const struct judgement *, enum grid_style, FILE *),
                          const struct judgement *judgement, enum grid_style style, FILE *out)
{
    char *text = NULL, *line;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    print(judgement, style, memory);
    fclose(memory);
    if (size)
        table_print_heading(heading, style, out);
    for (char *rest = text; rest && *rest && (line = strsep(&rest, "\n"));)
        fprintf(out, "%s%s\n", style == GRID_MARKDOWN ? "- " : "", line);
    free(text);
}

void table_print_conclusion(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    print_section("Caveats", print_caveats, judgement, style, out);
    if (judgement->evidence_count) {
        table_print_heading("Evidence", style, out);
        table_print_evidence(judgement, style, out);
    }
    print_section(judgement->lesson.name[0] ? "Verdict" : "Summary", print_summary, judgement,
                  style, out);
}

void table_print_all(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    table_print_results(judgement, style, out);
    table_print_conclusion(judgement, style, out);
}
