/* What the steps of `waitbench capacity` say. */
#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/stats.h"

static const struct case_summary *case_of_step(const struct judgement *judgement,
                                               const struct capacity_step *step)
{
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].c.id == step->case_id)
            return &judgement->cases[i];
    return NULL;
}

/* Why the data quality of the step's run is what it is. */
static const char *reasons_of(const struct case_summary *summary, const struct capacity_step *step)
{
    for (size_t i = 0; i < summary->run_count; i++)
        if (summary->runs[i].block == step->step)
            return summary->runs[i].reasons;
    return "";
}

static void keep_first(char kept[RUN_REASON_BYTES], const char *reasons)
{
    if (!kept[0])
        snprintf(kept, RUN_REASON_BYTES, "%s", reasons);
}

/* Steps are stored with whether they were NOISY; from here on they count where they decide. */
static void summarise_step(const struct judgement *judgement, const struct capacity_search *search,
                           struct capacity_step *step, struct capacity_row *row)
{
    const struct case_summary *summary = case_of_step(judgement, step);
    bool has_result = step->outcome != SLO_NONE, invalid = step->outcome == SLO_INVALID;
    bool disturbed = !step->counts && has_result && !invalid;
    row->disturbed += disturbed;
    row->without_result += !has_result;
    row->over = step->next == 0;
    step->counts = capacity_step_decides(search, step);
    if (!summary)
        return;
    row->c = summary->c;
    if (disturbed)
        keep_first(row->noise, reasons_of(summary, step));
    if (!has_result)
        keep_first(row->no_result, reasons_of(summary, step));
    if (invalid && step->rate == row->range.driver_limit)
        keep_first(row->driver_limit, reasons_of(summary, step));
}

/* What the objective limits. A run without a latency was overloaded. */
static double figure_of(const struct capacity_step *step)
{
    if (!step->limit)
        return (double)step->violations / (double)step->requests;
    return step->latency < 0 ? INFINITY : clock_seconds(step->latency);
}

static double median_at(const struct capacity_step *steps, size_t n, unsigned rate)
{
    double *figures = xcalloc(n, sizeof(*figures));
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (steps[i].rate == rate && steps[i].counts)
            figures[count++] = figure_of(&steps[i]);
    double median = count ? stats_median(figures, count) : NAN;
    free(figures);
    return isfinite(median) ? median : NAN;
}

/* One pair's steps: the first `n`. */
static void summarise_pair(const struct judgement *judgement, struct capacity_step *steps, size_t n,
                           struct capacity_row *row)
{
    struct capacity_search search = {.count = 0};
    for (size_t i = 0; i < n; i++)
        capacity_take_step(&search, &steps[i]);
    *row = (struct capacity_row){.pair = steps->pair,
                                 .range = capacity_range(&search),
                                 .runs = n,
                                 .of_errors = steps->limit == 0};
    memcpy(row->slo, steps->slo, sizeof(row->slo));
    for (size_t i = 0; i < n; i++)
        summarise_step(judgement, &search, &steps[i], row);
    row->figure = median_at(steps, n, row->range.low);
}

int judge_capacities(struct store *store, struct judgement *out, struct error *error)
{
    size_t end;
    if (store_capacity_steps(store, out->campaign.id, &out->capacity_steps,
                             &out->capacity_step_count, error) < 0)
        return -1;
    struct capacity_step *steps = out->capacity_steps;
    for (size_t i = 0; i < out->capacity_step_count; i = end) {
        end = i;
        while (end < out->capacity_step_count && steps[end].pair == steps[i].pair)
            end++;
        out->capacities =
            xrealloc(out->capacities, out->capacity_count + 1, sizeof(*out->capacities));
        summarise_pair(out, &steps[i], end - i, &out->capacities[out->capacity_count++]);
    }
    return 0;
}

bool judgement_has_no_result(const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->capacity_count; i++)
        if (capacity_is_known(&judgement->capacities[i]))
            return false;
    return judgement->capacity_count > 0;
}
