#include "judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_RUNS = 3 }; /* fewer do not show how runs differ */

static const struct stored_run *valid_run_of(const struct case_summary *summary, unsigned block)
{
    for (size_t i = 0; i < summary->run_count; i++)
        if (summary->runs[i].block == block && summary->runs[i].quality != QUALITY_INVALID)
            return &summary->runs[i];
    return NULL;
}

/* What drivers are compared by: with open arrivals the p99 of latency, which is longer than any
 * where the run was overloaded; else the time per request, as the number of requests may differ.
 * NAN: not available. */
static double compared_figure(const struct case_summary *summary, const struct stored_run *run)
{
    if (case_is_open(&summary->c))
        return run->audit.overloaded  ? INFINITY
               : run->latency_p99 > 0 ? (double)run->latency_p99
                                      : NAN;
    return run->completed && run->makespan > 0 ? (double)run->makespan / (double)run->completed
                                               : NAN;
}

size_t judge_ratios(const struct case_summary *over, const struct case_summary *under,
                    double *ratios)
{
    size_t n = 0;
    for (size_t i = 0; i < over->run_count; i++) {
        const struct stored_run *a = valid_run_of(over, over->runs[i].block);
        const struct stored_run *b = valid_run_of(under, over->runs[i].block);
        double ratio = a && b ? compared_figure(over, a) / compared_figure(under, b) : NAN;
        if (!isnan(ratio))
            ratios[n++] = ratio;
    }
    return n;
}

/* NAN, or a negative integer, is not available. */
static double figure_of(const struct stored_run *run, const struct member *figure, double unit)
{
    if (figure->type == MEMBER_REAL)
        return *(const double *)member_in(figure, run) / unit;
    int64_t value = member_integer(figure, run);
    return value >= 0 ? (double)value / unit : NAN;
}

/* A figure of the runs that have it, to be freed: none where a run is INVALID. */
static double *figures_of(const struct case_summary *summary, const struct member *figure,
                          double unit, size_t *n)
{
    double *values = xcalloc(summary->run_count + 1, sizeof(*values));
    *n = 0;
    for (size_t i = 0; i < summary->run_count && !summary->invalid_count; i++) {
        double value = figure_of(&summary->runs[i], figure, unit);
        if (!isnan(value))
            values[(*n)++] = value;
    }
    return values;
}

static void summarise_quality(struct case_summary *summary)
{
    enum quality worst = QUALITY_OK;
    for (size_t i = 0; i < summary->run_count; i++) {
        const struct stored_run *run = &summary->runs[i];
        summary->failed += run->failed;
        summary->total_s += clock_seconds(run->makespan);
        summary->invalid_count += run->quality == QUALITY_INVALID;
        summary->noisy_count += run->quality == QUALITY_NOISY;
        summary->overloaded_count += run->audit.overloaded;
        if (run->reasons[0] && (!summary->reasons[0] || run->quality > worst)) {
            memcpy(summary->reasons, run->reasons, sizeof(summary->reasons));
            worst = run->quality;
        }
    }
    summary->valid_count = summary->run_count - summary->invalid_count;
    /* A median tolerates some noisy runs, but not half of them. */
    if (summary->invalid_count)
        summary->quality = QUALITY_INVALID;
    else if (2 * summary->noisy_count >= summary->run_count && summary->noisy_count)
        summary->quality = QUALITY_NOISY;
}

static int read_case_runs(struct store *store, int64_t case_id, struct case_summary *summary,
                          struct error *error)
{
    if (store_runs(store, case_id, &summary->runs, &summary->run_count, error) < 0)
        return -1;
    summarise_quality(summary);
    return 0;
}

/* Add a caveat to the case, and lower its data quality to NOISY if it was OK. */
static void caveat(struct case_summary *summary, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void caveat(struct case_summary *summary, const char *format, ...)
{
    size_t used = strlen(summary->caveats);
    if (used)
        used += (size_t)snprintf(summary->caveats + used, sizeof(summary->caveats) - used, "; ");
    va_list args;
    va_start(args, format);
    vsnprintf(summary->caveats + used, sizeof(summary->caveats) - used, format, args);
    va_end(args);
    if (summary->quality == QUALITY_OK)
        summary->quality = QUALITY_NOISY;
}

static void summarise_makespan(struct case_summary *summary)
{
    static const struct member makespan = MEMBER(struct stored_run, makespan);
    size_t n;
    double *values = figures_of(summary, &makespan, NSEC_PER_SEC, &n);
    double *per_request = xcalloc(n + 1, sizeof(*per_request));
    summary->makespan = stats_summarise(values, n);
    summary->outliers = stats_outliers(values, n, &summary->makespan);
    for (size_t i = 0; i < n; i++)
        per_request[i] = values[i] / (double)summary->runs[i].completed;
    summary->per_request = stats_summarise(per_request, n);
    if (!case_is_open(&summary->c)) {
        summary->makespan_modes = stats_modes(values, n);
        summary->per_request_modes = stats_modes_of(values, per_request, n);
    }
    free(per_request);
    free(values);
}

/* The median over the runs of what is a figure of each. */
#define MEDIAN(run_member, case_member, unit)                                                      \
    {                                                                                              \
        MEMBER(struct stored_run, run_member), MEMBER(struct case_summary, case_member), unit      \
    }

static const struct {
    struct member of_run, of_case;
    double unit;
} medians[] = {
    MEDIAN(latency_p50, latency_p50_s, NSEC_PER_SEC),
    MEDIAN(latency_p99, latency_p99_s, NSEC_PER_SEC),
    MEDIAN(service_p50, service_p50_s, NSEC_PER_SEC),
    MEDIAN(service_p99, service_p99_s, NSEC_PER_SEC),
    MEDIAN(audit.lag_p50, lag_p50_s, NSEC_PER_SEC),
    MEDIAN(audit.lag_p99, lag_p99_s, NSEC_PER_SEC),
    MEDIAN(audit.lag_max, lag_max_s, NSEC_PER_SEC),
    MEDIAN(audit.gap_distance, gap_distance, 1),
    MEDIAN(audit.gap_chance, gap_chance, 1),
    MEDIAN(audit.achieved, achieved_rate, 1),
    MEDIAN(completions.first, first_response_s, NSEC_PER_SEC),
    MEDIAN(completions.half, half_completed_s, NSEC_PER_SEC),
    MEDIAN(completions.most, most_completed_s, NSEC_PER_SEC),
    MEDIAN(completions.last, last_response_s, NSEC_PER_SEC),
    MEDIAN(syn_retransmits, syn_retransmits, 1),
    MEDIAN(listen_overflows, listen_overflows, 1),
    MEDIAN(setup, setup_s, NSEC_PER_SEC),
    MEDIAN(warmup, warmup_s, NSEC_PER_SEC),
    MEDIAN(teardown, teardown_s, NSEC_PER_SEC),
    MEDIAN(server_start, server_start_s, NSEC_PER_SEC),
};

static double median_figure(const struct case_summary *summary, const struct member *figure,
                            double unit)
{
    size_t n;
    double *values = figures_of(summary, figure, unit, &n);
    double median = n ? stats_median(values, n) : NAN;
    free(values);
    return median;
}

/* The latencies of an overloaded run are above those of the others, and not known. */
static double median_latency(const struct case_summary *summary, const struct member *figure)
{
    double *values = xcalloc(summary->run_count, sizeof(*values));
    size_t n = 0;
    for (size_t i = 0; i < summary->run_count; i++) {
        const struct stored_run *run = &summary->runs[i];
        double value = run->audit.overloaded ? INFINITY : figure_of(run, figure, NSEC_PER_SEC);
        if (!isnan(value))
            values[n++] = value;
    }
    double median = n ? stats_median(values, n) : NAN;
    free(values);
    return isinf(median) ? NAN : median;
}

static void summarise_overload(struct case_summary *summary)
{
    static const struct member p50 = MEMBER(struct stored_run, latency_p50),
                               p99 = MEMBER(struct stored_run, latency_p99);
    size_t overloaded = summary->overloaded_count;
    if (!overloaded || summary->invalid_count)
        return;
    summary->latency_p50_s = median_latency(summary, &p50);
    summary->latency_p99_s = median_latency(summary, &p99);
    summary->overloaded = 2 * overloaded >= summary->run_count;
    if (overloaded < summary->run_count)
        caveat(summary, "%zu of %zu runs were overloaded: the rate is close to the capacity",
               overloaded, summary->run_count);
}

static void summarise_figures(struct case_summary *summary)
{
    static const struct member of_run = MEMBER(struct stored_run, completed);
    double completed = median_figure(summary, &of_run, 1);
    summary->completed = isnan(completed) ? 0 : (size_t)completed;
    for (size_t i = 0; i < sizeof(medians) / sizeof(medians[0]); i++)
        *(double *)member_of(&medians[i].of_case, summary) =
            median_figure(summary, &medians[i].of_run, medians[i].unit);
    summarise_overload(summary);
    nsec_t ideal = case_ideal(&summary->c, summary->completed);
    summary->ideal_s =
        summary->makespan.n && !case_has_url(&summary->c) ? clock_seconds(ideal) : NAN;
    summary->efficiency = ideal > 0 ? summary->ideal_s / summary->makespan.median : NAN;
}

/* Of the case's schedule, which is the same in all runs. */
static double offered_rate(const struct bench_case *c, uint64_t seed)
{
    if (!case_is_open(c) || !c->requests || !c->rate)
        return NAN;
    nsec_t *starts = xcalloc(c->requests, sizeof(*starts));
    arrivals_schedule(c->arrivals, c->rate, seed, starts, c->requests);
    double rate = audit_rate(starts[c->requests - 1], c->requests, c->rate);
    free(starts);
    return rate;
}

static double interval_width(const struct case_summary *summary)
{
    const struct stats_summary *m = &summary->makespan;
    if (summary->invalid_count)
        return 0;
    if (!stats_is_interval(m->interval))
        return INFINITY;
    return (m->interval.high - m->interval.low) / m->median;
}

/* Checks over several runs. */
static void judge_case_checks(struct case_summary *summary, double precision)
{
    summary->width = interval_width(summary);
    if (summary->makespan.n == 0)
        return;
    if (summary->valid_count < LEAST_RUNS)
        caveat(summary, "%zu run%s too few for a range; use --repetitions 6", summary->valid_count,
               summary->valid_count == 1 ? " is" : "s are");
    if (precision > 0 && isinf(summary->width))
        caveat(summary, "the precision of %.3g%% needs an interval, and so 6 runs",
               100 * precision);
    else if (precision > 0 && summary->width > precision)
        caveat(summary,
               "the precision of %.3g%% was not reached: %.2g%% after %zu runs; use a quieter "
               "machine",
               100 * precision, 100 * summary->width, summary->valid_count);
}

/* The values of each metric over a case's runs, as they are read from the store. */
struct collected {
    double *values[USAGE_SIDES][USAGE_METRICS];
    size_t count[USAGE_SIDES][USAGE_METRICS];
};

static void collect(void *target, unsigned block, enum usage_side side, enum usage_metric metric,
                    int64_t value)
{
    (void)block;
    struct collected *collected = target;
    size_t *n = &collected->count[side][metric];
    double **values = &collected->values[side][metric];
    *values = xrealloc(*values, *n + 1, sizeof(**values));
    (*values)[(*n)++] = (double)value;
}

static int judge_usage(struct store *store, int64_t case_id, struct usage_summary *out,
                       struct error *error)
{
    struct collected *collected = xcalloc(1, sizeof(*collected));
    int result = store_case_usage(store, case_id, collect, collected, error);
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_METRICS; m++) {
            size_t n = collected->count[s][m];
            double *values = collected->values[s][m];
            out->median[s][m] = n ? stats_median(values, n) : NAN;
            free(values);
        }
    free(collected);
    if (result == 0)
        result = store_case_breakdown(store, case_id, out->breakdown_s, error);
    return result;
}

static int judge_case(struct store *store, const struct judgement *judgement,
                      struct case_summary *summary, struct error *error)
{
    if (read_case_runs(store, summary->c.id, summary, error) < 0)
        return -1;
    if (summary->run_count)
        memcpy(summary->active, summary->runs[0].active, sizeof(summary->active));
    summarise_makespan(summary);
    summarise_figures(summary);
    summary->offered_rate = offered_rate(&summary->c, judgement->campaign.seed);
    summary->predicted_s = summary->c.predicted < 0 ? NAN : clock_seconds(summary->c.predicted);
    judge_case_checks(summary, judgement->campaign.precision);
    if (judge_usage(store, summary->c.id, &summary->usage, error) < 0)
        return -1;
    if (judge_ranks(store, summary->c.id, &summary->ranks, &summary->rank_count, error) < 0)
        return -1;
    summary->has_whole = store_whole_process(store, summary->c.id, &summary->whole);
    return 0;
}

/* From the runs of all cases. */
static void decide(struct decision *decisions, size_t n, const struct case_summary *cases,
                   const struct decision_rule *rule)
{
    for (size_t i = 0; i < n; i++) {
        struct decision *d = &decisions[i];
        const struct case_summary *over = &cases[d->over], *under = &cases[d->under];
        double *ratios = xcalloc(over->run_count + 1, sizeof(*ratios));
        d->invalid = over->invalid_count || under->invalid_count;
        d->blocks = judge_ratios(over, under, ratios);
        if (d->blocks)
            d->stats = decisions_compare(rule, ratios, d->blocks);
        free(ratios);
    }
}

/* The control is the last case. It is removed from the cases and compared with the one it
 * repeats. */
static void judge_control(struct judgement *judgement, const struct decision *pairs, size_t n)
{
    if (judgement->case_count == 0 || !judgement->cases[judgement->case_count - 1].c.control)
        return;
    size_t place = --judgement->case_count;
    judgement->control = &judgement->cases[place];
    for (size_t i = 0; i < n; i++)
        if (pairs[i].over == place && !pairs[i].invalid)
            judgement->control_result = pairs[i].stats;
}

static void judge_pairs(struct judgement *judgement, const struct bench_case *cases)
{
    struct decision *pairs;
    size_t n = decisions_make(cases, judgement->case_count, &pairs);
    judgement->rule = decisions_rule(&judgement->campaign);
    decide(pairs, n, judgement->cases, &judgement->rule);
    judge_control(judgement, pairs, n);
    if (judgement->rule.anytime_pairs) {
        judgement->decisions = pairs;
        judgement->decision_count = n;
    } else {
        free(pairs);
    }
}

/* taskset restricts the cores of a program, a container's quota their CPU time. */
static unsigned find_cores(struct store *store, const char *id)
{
    static const char *const keys[] = {"cores", "cores_allowed", "cpu_quota"};
    char text[32];
    unsigned cores = 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!store_environment(store, id, keys[i], text, sizeof(text)))
            continue;
        unsigned these = (unsigned)ceil(atof(text));
        if (these > 0 && (cores == 0 || these < cores))
            cores = these;
    }
    return cores ? cores : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

/* "fs.file-max 1215358" */
static void read_room(struct store *store, struct judgement *out)
{
    char text[LIMIT_NAME_BYTES + 24];
    const char *space;
    if (!store_environment(store, out->campaign.id, STORE_ROOM_KEY, text, sizeof(text)) ||
        !(space = strchr(text, ' ')))
        return;
    snprintf(out->room.limit, sizeof(out->room.limit), "%.*s", (int)(space - text), text);
    out->room.allows = strtoll(space, NULL, 10);
}

int judge_campaign(struct store *store, const char *id, struct judgement *out, struct error *error)
{
    struct bench_case *cases;
    *out = (struct judgement){0};
    if (store_find_campaign(store, id, &out->campaign, error) < 0 ||
        store_caption(store, &out->campaign, out->caption, sizeof(out->caption), error) < 0 ||
        store_limits(store, out->campaign.id, &out->limits, &out->limits_count, error) < 0 ||
        store_evidence(store, out->campaign.id, &out->evidence, &out->evidence_count, error) < 0 ||
        store_cases(store, out->campaign.id, &cases, &out->case_count, error) < 0)
        return -1;
    store_lesson(store, out->campaign.id, &out->lesson);
    store_environment_changes(store, out->campaign.id, out->environment_changes,
                              sizeof(out->environment_changes));
    store_no_syscalls(store, out->campaign.id, out->no_syscalls, sizeof(out->no_syscalls));
    store_no_switches(store, out->campaign.id, out->no_switches, sizeof(out->no_switches));
    out->cores = find_cores(store, out->campaign.id);
    read_room(store, out);
    out->cases = xcalloc(out->case_count, sizeof(*out->cases));
    int result = 0;
    for (size_t i = 0; i < out->case_count && result == 0; i++) {
        struct case_summary *summary = &out->cases[i];
        summary->c = cases[i];
        result = judge_case(store, out, summary, error);
        out->run_count += summary->run_count;
        out->invalid_runs += summary->invalid_count;
        out->timed_s += summary->total_s;
    }
    if (result == 0)
        result = judge_capacities(store, out, error);
    if (result < 0)
        judgement_release(out);
    else
        judge_pairs(out, cases);
    free(cases);
    for (size_t i = 0; i < out->case_count; i++)
        out->cases_of[out->cases[i].quality]++;
    return result;
}

size_t judgement_open_cases(const struct judgement *judgement)
{
    size_t open = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        open += case_is_open(&judgement->cases[i].c);
    return open;
}

#define FIGURE(name, member) COLUMN(name, struct case_summary, member)

int judge_lend_figures(struct store *store, const struct judgement *judgement, struct error *error)
{
    static const struct column columns[] = {
        FIGURE("rowid", c.id),
        FIGURE("runs", run_count),
        COLUMN_WORD("quality", struct case_summary, quality, quality_names),
        FIGURE("completed", completed),
        FIGURE("failed", failed),
        FIGURE("median_s", makespan.median),
        FIGURE("low_s", makespan.interval.low),
        FIGURE("high_s", makespan.interval.high),
        FIGURE("coverage", makespan.interval.coverage),
        FIGURE("mad_s", makespan.mad),
        FIGURE("min_s", makespan.min),
        FIGURE("max_s", makespan.max),
        FIGURE("best3_s", makespan.best3),
        FIGURE("per_request_s", per_request.median),
        FIGURE("per_request_low_s", per_request.interval.low),
        FIGURE("per_request_high_s", per_request.interval.high),
        FIGURE("ideal_s", ideal_s),
        FIGURE("efficiency", efficiency),
        FIGURE("latency_p50_s", latency_p50_s),
        FIGURE("latency_p99_s", latency_p99_s),
        FIGURE("first_response_s", first_response_s),
        FIGURE("half_completed_s", half_completed_s),
        FIGURE("most_completed_s", most_completed_s),
        FIGURE("last_response_s", last_response_s),
        FIGURE("syn_retransmits", syn_retransmits),
        FIGURE("listen_overflows", listen_overflows),
        FIGURE("predicted_s", predicted_s),
        FIGURE("outliers", outliers),
        FIGURE("achieved_rate", achieved_rate),
        FIGURE("overloaded", overloaded),
        FIGURE("service_p50_s", service_p50_s),
        FIGURE("service_p99_s", service_p99_s),
        FIGURE("lag_p99_s", lag_p99_s),
        FIGURE("two_modes", makespan_modes.two),
        FIGURE("fast_runs", makespan_modes.fast.n),
        FIGURE("fast_s", makespan_modes.fast.median),
        FIGURE("fast_per_request_s", per_request_modes.fast.median),
        FIGURE("slow_runs", makespan_modes.slow.n),
        FIGURE("slow_s", makespan_modes.slow.median),
        FIGURE("slow_per_request_s", per_request_modes.slow.median),
        {0},
    };
    static const struct column capacity_columns[] = {
        COLUMN("pair", struct capacity_row, pair),
        COLUMN_OR_NULL("capacity_low", struct capacity_row, range.low, 0),
        COLUMN_OR_NULL("capacity_high", struct capacity_row, range.high, 0),
        {0},
    };
    static const struct column step_columns[] = {
        COLUMN("pair", struct capacity_step, pair),
        COLUMN("step", struct capacity_step, step),
        COLUMN("counts", struct capacity_step, counts),
        {0},
    };
    if (store_lend_figures(store, "case_figures", columns, judgement->cases,
                           sizeof(*judgement->cases), judgement->case_count, error) < 0 ||
        store_lend_figures(store, "capacity_step_figures", step_columns, judgement->capacity_steps,
                           sizeof(*judgement->capacity_steps), judgement->capacity_step_count,
                           error) < 0)
        return -1;
    return store_lend_figures(store, "capacity_figures", capacity_columns, judgement->capacities,
                              sizeof(*judgement->capacities), judgement->capacity_count, error);
}

bool judgement_is_invalid(const struct judgement *judgement)
{
    bool invalid = !judgement_is_search(judgement) && judgement->invalid_runs > 0;
    for (size_t i = 0; i < judgement->limits_count; i++) {
        const struct limits_row *row = &judgement->limits[i];
        invalid |=
            row->ended.end == LIMITS_INVALID || (row->ended.end == LIMITS_FAILED && !row->capacity);
    }
    return invalid;
}

static int read_runs(struct store *store, const struct bench_case *cases, size_t n,
                     struct case_summary *summaries, struct error *error)
{
    for (size_t i = 0; i < n; i++)
        if (read_case_runs(store, cases[i].id, &summaries[i], error) < 0)
            return -1;
    return 0;
}

int judge_undecided(struct store *store, const struct bench_case *cases, size_t n,
                    const struct decision_rule *rule, bool *wanted, struct error *error)
{
    struct case_summary *summaries = xcalloc(n, sizeof(*summaries));
    struct decision *decisions;
    size_t pairs = decisions_make(cases, n, &decisions);
    int open = read_runs(store, cases, n, summaries, error);
    memset(wanted, 0, n * sizeof(*wanted));
    if (open == 0)
        decide(decisions, pairs, summaries, rule);
    for (size_t i = 0; i < pairs && open >= 0; i++)
        if (decision_is_undecided(&decisions[i])) {
            wanted[decisions[i].over] = wanted[decisions[i].under] = true;
            open++;
        }
    for (size_t i = 0; i < n; i++)
        free(summaries[i].runs);
    free(summaries);
    free(decisions);
    return open;
}

static void release_case(struct case_summary *summary)
{
    free(summary->runs);
    free(summary->ranks);
}

void judgement_keep_driver(struct judgement *judgement, const char *driver)
{
    size_t kept = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (!strcmp(judgement->cases[i].c.driver->name, driver))
            judgement->cases[kept++] = judgement->cases[i];
        else
            release_case(&judgement->cases[i]);
    if (judgement->control)
        release_case(judgement->control);
    judgement->control = NULL;
    judgement->case_count = kept;
    judgement->decision_count = 0;
}

void judgement_release(struct judgement *judgement)
{
    size_t n = judgement->case_count + (judgement->control ? 1 : 0);
    for (size_t i = 0; i < n; i++)
        release_case(&judgement->cases[i]);
    free(judgement->cases);
    free(judgement->decisions);
    free(judgement->limits);
    free(judgement->capacities);
    free(judgement->capacity_steps);
    free(judgement->evidence);
    judgement->cases = NULL;
    judgement->decisions = NULL;
    judgement->limits = NULL;
    judgement->capacities = NULL;
    judgement->capacity_steps = NULL;
    judgement->evidence = NULL;
    judgement->case_count = judgement->decision_count = 0;
    judgement->limits_count = judgement->capacity_count = judgement->evidence_count = 0;
    judgement->capacity_step_count = 0;
}
