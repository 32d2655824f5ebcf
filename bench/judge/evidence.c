#include "evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/stats.h"

enum { LEAST_RUNS = 3 }; /* of a minimum or maximum */

/* A case of the lesson, with all data of its runs. */
struct variant {
    const char *name;
    struct bench_case c;
    struct stored_run *runs;
    size_t run_count;
    int64_t (*usage)[USAGE_SIDES][USAGE_METRICS]; /* by run */
    struct stored_sample *samples;                /* block by block; NULL without */
    size_t sample_count;
};

struct evidence {
    struct variant *variants;
    size_t variant_count;
    struct evidence_line lines[EVIDENCE_MAX];
    size_t line_count;
};

/* ---- reading ---- */

static size_t run_of_block(const struct variant *variant, unsigned block)
{
    size_t i = 0;
    while (i < variant->run_count && variant->runs[i].block != block)
        i++;
    return i;
}

static void take_usage(void *target, unsigned block, enum usage_side side, enum usage_metric metric,
                       int64_t value)
{
    struct variant *variant = target;
    size_t i = run_of_block(variant, block);
    if (i < variant->run_count)
        variant->usage[i][side][metric] = value;
}

static int read_variant(struct variant *variant, struct store *store, bool with_samples,
                        struct error *error)
{
    if (store_runs(store, variant->c.id, &variant->runs, &variant->run_count, error) < 0)
        return -1;
    variant->usage = xcalloc(variant->run_count + 1, sizeof(*variant->usage));
    for (size_t i = 0; i < variant->run_count; i++)
        for (int s = 0; s < USAGE_SIDES; s++)
            for (int m = 0; m < USAGE_METRICS; m++)
                variant->usage[i][s][m] = USAGE_NOT_AVAILABLE;
    if (store_case_usage(store, variant->c.id, take_usage, variant, error) < 0)
        return -1;
    return with_samples ? store_case_samples(store, variant->c.id, &variant->samples,
                                             &variant->sample_count, error)
                        : 0;
}

struct evidence *evidence_read(struct store *store, const char *campaign_id,
                               const char *const *variants, size_t variant_count, bool with_samples,
                               struct error *error)
{
    struct bench_case *cases;
    size_t n;
    if (store_cases(store, campaign_id, &cases, &n, error) < 0)
        return NULL;
    struct evidence *evidence = xcalloc(1, sizeof(*evidence));
    evidence->variants = xcalloc(variant_count, sizeof(*evidence->variants));
    int result = n == variant_count
                     ? 0
                     : error_set(error, "campaign %s has %zu cases and the lesson %zu", campaign_id,
                                 n, variant_count);
    while (result == 0 && evidence->variant_count < variant_count) {
        struct variant *variant = &evidence->variants[evidence->variant_count];
        variant->name = variants[evidence->variant_count];
        variant->c = cases[evidence->variant_count++];
        result = read_variant(variant, store, with_samples, error);
    }
    free(cases);
    if (result == 0)
        return evidence;
    evidence_free(evidence);
    return NULL;
}

void evidence_free(struct evidence *evidence)
{
    if (!evidence)
        return;
    for (size_t r = 0; r < evidence->variant_count; r++) {
        struct variant *variant = &evidence->variants[r];
        free(variant->samples);
        free(variant->usage);
        free(variant->runs);
    }
    free(evidence->variants);
    free(evidence);
}

/* ---- judging ---- */

/* An unknown name is a bug in the lesson. */
static const struct variant *find_variant(const struct evidence *evidence, const char *name)
{
    for (size_t r = 0; r < evidence->variant_count; r++)
        if (!strcmp(evidence->variants[r].name, name))
            return &evidence->variants[r];
    fprintf(stderr, "waitbench: the lesson has no variant '%s'\n", name);
    abort();
}

/* The figure of run `i`, or NAN if there is no such run or figure. */
static double figure_of(const struct variant *variant, size_t i, figure_fn *figure)
{
    if (i >= variant->run_count || variant->runs[i].quality == QUALITY_INVALID)
        return NAN;
    const struct stored_run *run = &variant->runs[i];
    size_t first = 0, end;
    while (first < variant->sample_count && variant->samples[first].block != run->block)
        first++;
    for (end = first; end < variant->sample_count && variant->samples[end].block == run->block;)
        end++;
    struct run_view view = {
        .c = &variant->c,
        .run = run,
        .usage = (const int64_t(*)[USAGE_METRICS])variant->usage[i],
        .samples = first < end ? variant->samples + first : NULL,
        .sample_count = end - first,
    };
    return figure(&view);
}

/* What a rule takes of each run of its variant: the figure or, with a base, the ratio or slope to
 * the base's run of the same block, so that effects on a whole block cancel out. Runs without such
 * a value are skipped. Returns how many have one. */
static size_t take_values(const struct evidence_rule *rule, const struct variant *variant,
                          const struct variant *base, double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < variant->run_count; i++) {
        double value = figure_of(variant, i, rule->figure);
        if (base) {
            size_t twin = run_of_block(base, variant->runs[i].block);
            double under = figure_of(base, twin, rule->figure);
            /* --with may have made both C equal: then there is no slope. */
            double more = (double)variant->c.concurrency - (double)base->c.concurrency;
            value = rule->kind == EVIDENCE_RATIO ? value / under : (value - under) / more;
        }
        if (isfinite(value))
            values[n++] = value;
    }
    return n;
}

/* A range decides nothing: it covers the median too seldom. */
static bool enough_runs(const struct evidence_line *line)
{
    return line->interval.coverage > 0 ? stats_is_interval(line->interval)
                                       : line->runs >= LEAST_RUNS;
}

static enum finding judge_line(const struct evidence_line *line)
{
    if (line->relation == RELATION_NONE)
        return FINDING_SHOWN;
    if (!enough_runs(line) || isnan(line->value))
        return FINDING_INCONCLUSIVE;
    bool least = line->relation == AT_LEAST;
    if (least ? line->interval.low >= line->bound : line->interval.high <= line->bound)
        return FINDING_HOLDS;
    if (least ? line->interval.high < line->bound : line->interval.low > line->bound)
        return FINDING_FAILS;
    return FINDING_INCONCLUSIVE;
}

static void summarise(struct evidence_line *line, enum evidence_kind kind, const double *values)
{
    if (!line->runs)
        return;
    struct stats_summary summary = stats_summarise(values, line->runs);
    bool extreme = kind == EVIDENCE_LEAST || kind == EVIDENCE_MOST;
    line->value = kind == EVIDENCE_LEAST  ? summary.min
                  : kind == EVIDENCE_MOST ? summary.max
                                          : summary.median;
    line->interval = extreme ? (struct stats_interval){.low = line->value, .high = line->value}
                             : summary.interval;
}

void evidence_add(struct evidence *evidence, const struct evidence_rule *rule)
{
    const struct variant *variant = find_variant(evidence, rule->variant);
    const struct variant *base = rule->base ? find_variant(evidence, rule->base) : NULL;
    if (evidence->line_count == EVIDENCE_MAX)
        abort(); /* the lesson has too many lines */
    struct evidence_line *line = &evidence->lines[evidence->line_count++];
    double *values = xcalloc(variant->run_count + 1, sizeof(*values));
    *line = (struct evidence_line){.value = NAN,
                                   .interval = {NAN, NAN, 0},
                                   .runs = take_values(rule, variant, base, values),
                                   .bound = rule->bound,
                                   .relation = rule->relation};
    snprintf(line->words, sizeof(line->words), "%s", rule->words);
    snprintf(line->unit, sizeof(line->unit), "%s", rule->unit);
    summarise(line, rule->kind, values);
    line->finding = judge_line(line);
    free(values);
}

size_t evidence_lines(const struct evidence *evidence, const struct evidence_line **lines)
{
    *lines = evidence->lines;
    return evidence->line_count;
}

/* An invalid run leaves its case without a figure. */
static const struct stored_run *invalid_run(const struct evidence *evidence, const char **variant)
{
    for (size_t r = 0; r < evidence->variant_count; r++)
        for (size_t i = 0; i < evidence->variants[r].run_count; i++)
            if (evidence->variants[r].runs[i].quality == QUALITY_INVALID) {
                *variant = evidence->variants[r].name;
                return &evidence->variants[r].runs[i];
            }
    return NULL;
}

enum finding evidence_verdict(const struct evidence *evidence, char *why, size_t size)
{
    const char *variant;
    const struct stored_run *invalid = invalid_run(evidence, &variant);
    if (invalid) {
        snprintf(why, size, "a run of '%s' is invalid: %s", variant, invalid->reasons);
        return FINDING_INCONCLUSIVE;
    }
    enum finding verdict = FINDING_HOLDS;
    const struct evidence_line *decides = NULL;
    for (size_t i = 0; i < evidence->line_count; i++) {
        const struct evidence_line *line = &evidence->lines[i];
        if (line->finding != FINDING_SHOWN && line->finding > verdict) {
            verdict = line->finding;
            decides = line;
        }
    }
    if (decides && !enough_runs(decides))
        snprintf(why, size, "too few runs have a figure for: %s", decides->words);
    else if (decides)
        snprintf(why, size, "%s: %s", decides->words,
                 verdict == FINDING_FAILS ? "false" : "the interval contains the threshold");
    else
        snprintf(why, size, "every line of the evidence meets its threshold");
    return verdict;
}

/* ---- the common figures ---- */

static double time_or_nan(nsec_t time)
{
    return time < 0 ? NAN : clock_seconds(time);
}

static double count_or_nan(int64_t count)
{
    return count == USAGE_NOT_AVAILABLE ? NAN : (double)count;
}

static double client(const struct run_view *view, enum usage_metric metric)
{
    return count_or_nan(view->usage[USAGE_CLIENT][metric]);
}

static double server(const struct run_view *view, enum usage_metric metric)
{
    return count_or_nan(view->usage[USAGE_SERVER][metric]);
}

static double per_request(const struct run_view *view, double value)
{
    return value / (double)view->run->completed;
}

double figure_efficiency(const struct run_view *view)
{
    nsec_t ideal = case_ideal(view->c, view->run->completed);
    return ideal ? (double)ideal / (double)view->run->makespan : NAN;
}

#define FIGURE(name, expression)                                                                   \
    double figure_##name(const struct run_view *view)                                              \
    {                                                                                              \
        return expression;                                                                         \
    }

FIGURE(makespan, clock_seconds(view->run->makespan))
FIGURE(latency_p50, time_or_nan(view->run->latency_p50))
FIGURE(latency_p99, time_or_nan(view->run->latency_p99))
FIGURE(latency_max, time_or_nan(view->run->latency_max))
FIGURE(service_p99, time_or_nan(view->run->service_p99))
FIGURE(first_response, time_or_nan(view->run->completions.first))
FIGURE(half_completed, time_or_nan(view->run->completions.half))
FIGURE(most_completed, time_or_nan(view->run->completions.most))
FIGURE(last_response, time_or_nan(view->run->completions.last))
FIGURE(first_over_last, figure_first_response(view) / figure_last_response(view))
FIGURE(client_cpu_per_request, per_request(view, client(view, USAGE_CPU_NS) / NSEC_PER_SEC))
FIGURE(client_syscalls_per_request, per_request(view, client(view, USAGE_SYSCALLS)))
/* Of all threads of the server together, in the whole run. */
FIGURE(server_runnable_wait, server(view, USAGE_RUNNABLE_WAIT_NS) / NSEC_PER_SEC)
FIGURE(server_cpu_per_request, per_request(view, server(view, USAGE_CPU_NS) / NSEC_PER_SEC))
FIGURE(server_faults_per_request, per_request(view, server(view, USAGE_MINOR_FAULTS)))
FIGURE(server_fairness, server(view, USAGE_FAIRNESS_PPM) / 1e6)
FIGURE(waits_per_request, per_request(view, client(view, USAGE_VOLUNTARY_SWITCHES)))
FIGURE(resident_growth, client(view, USAGE_RSS_GROWTH_BYTES))
FIGURE(virtual_growth, client(view, USAGE_VM_GROWTH_BYTES))
FIGURE(kernel_stacks, count_or_nan(view->usage[USAGE_SYSTEM][USAGE_KERNEL_STACK_BYTES]))
FIGURE(resident_per_connection, figure_resident_growth(view) / view->c->concurrency)
FIGURE(virtual_per_connection, figure_virtual_growth(view) / view->c->concurrency)
FIGURE(syn_retransmits, count_or_nan(view->run->syn_retransmits))
FIGURE(listen_overflows, count_or_nan(view->run->listen_overflows))
