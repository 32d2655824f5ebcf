#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double time_or_nan(nsec_t time)
{
    return time < 0 ? NAN : clock_seconds(time);
}

static double count_or_nan(int64_t count)
{
    return count == LEDGER_NOT_AVAILABLE ? NAN : (double)count;
}

#define RUN_FIGURE(name, expression)                                                               \
    static double run_##name(const struct stored_run *run)                                         \
    {                                                                                              \
        return expression;                                                                         \
    }

RUN_FIGURE(makespan, clock_seconds(run->makespan))
RUN_FIGURE(per_request, clock_seconds(run->makespan) / (double)run->answered)
RUN_FIGURE(answered, (double)run->answered)
RUN_FIGURE(latency_p50, time_or_nan(run->latency_p50))
RUN_FIGURE(latency_p99, time_or_nan(run->latency_p99))
RUN_FIGURE(syn_retransmits, count_or_nan(run->syn_retransmits))
RUN_FIGURE(listen_overflows, count_or_nan(run->listen_overflows))
RUN_FIGURE(setup, clock_seconds(run->setup))
RUN_FIGURE(warmup, clock_seconds(run->warmup))
RUN_FIGURE(teardown, clock_seconds(run->teardown))
RUN_FIGURE(server_start, clock_seconds(run->server_start))
RUN_FIGURE(process, clock_seconds(run->process))

typedef double run_figure_fn(const struct stored_run *run);

/* The figure of every valid run that has it; returns how many. */
static size_t take_figures(const struct case_summary *summary, run_figure_fn *figure,
                           double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < summary->run_count; i++) {
        if (summary->runs[i].verdict == VERDICT_INVALID)
            continue;
        double value = figure(&summary->runs[i]);
        if (!isnan(value))
            values[n++] = value;
    }
    return n;
}

static double median_figure(const struct case_summary *summary, run_figure_fn *figure,
                            double *scratch)
{
    size_t n = take_figures(summary, figure, scratch);
    return n ? stats_median(scratch, n) : NAN;
}

static void summarise_verdict(struct case_summary *summary)
{
    for (size_t i = 0; i < summary->run_count; i++) {
        const struct stored_run *run = &summary->runs[i];
        summary->failed += run->failed;
        summary->total_s += clock_seconds(run->makespan);
        summary->invalid_count += run->verdict == VERDICT_INVALID;
        if (run->verdict > summary->verdict)
            summary->verdict = run->verdict;
        if (run->reasons[0] && !summary->reasons[0])
            memcpy(summary->reasons, run->reasons, sizeof(summary->reasons));
    }
    summary->valid_count = summary->run_count - summary->invalid_count;
}

static void summarise_figures(struct case_summary *summary, uint64_t seed)
{
    double *values = xcalloc(summary->run_count, sizeof(*values));
    size_t n = take_figures(summary, run_makespan, values);
    summary->makespan = stats_summarise(values, n, seed);
    n = take_figures(summary, run_per_request, values);
    summary->per_request = stats_summarise(values, n, seed);
    summary->answered = (size_t)median_figure(summary, run_answered, values);
    summary->latency_p50_s = median_figure(summary, run_latency_p50, values);
    summary->latency_p99_s = median_figure(summary, run_latency_p99, values);
    summary->syn_retransmits = median_figure(summary, run_syn_retransmits, values);
    summary->listen_overflows = median_figure(summary, run_listen_overflows, values);
    summary->setup_s = median_figure(summary, run_setup, values);
    summary->warmup_s = median_figure(summary, run_warmup, values);
    summary->teardown_s = median_figure(summary, run_teardown, values);
    summary->server_start_s = median_figure(summary, run_server_start, values);
    summary->process_s = median_figure(summary, run_process, values);
    free(values);
    summary->ideal_s =
        clock_seconds(ideal_makespan(summary->answered, summary->c.concurrency, summary->c.think));
    summary->efficiency = summary->ideal_s > 0 ? summary->ideal_s / summary->makespan.median : NAN;
}

static int judge_case(struct store *store, const struct judgement *judgement,
                      struct case_summary *summary, struct error *error)
{
    if (store_runs(store, summary->c.id, &summary->runs, &summary->run_count, error) < 0)
        return -1;
    summarise_verdict(summary);
    if (summary->valid_count && !summary->invalid_count)
        summarise_figures(summary, judgement->campaign.seed);
    summary->has_whole =
        store_whole_process(store, judgement->campaign.id, &summary->c, &summary->whole);
    return 0;
}

int judge_campaign(struct store *store, const char *id, struct judgement *out, struct error *error)
{
    struct stored_case *cases;
    *out = (struct judgement){0};
    if (store_find_campaign(store, id, &out->campaign, error) < 0 ||
        store_caption(store, &out->campaign, out->caption, sizeof(out->caption), error) < 0 ||
        store_cases(store, out->campaign.id, &cases, &out->case_count, error) < 0)
        return -1;
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
    free(cases);
    if (result < 0)
        judgement_release(out);
    return result;
}

void judgement_release(struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->case_count; i++)
        free(judgement->cases[i].runs);
    free(judgement->cases);
    judgement->cases = NULL;
    judgement->case_count = 0;
}
