/* What the steps of `waitbench capacity` say. */
#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct case_summary *case_of_step(const struct judgement *judgement,
                                               const struct capacity_step *step)
{
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].c.id == step->case_id)
            return &judgement->cases[i];
    return NULL;
}

/* One pair's steps: the first `n`. */
static void summarise_pair(const struct judgement *judgement, const struct capacity_step *steps,
                           size_t n, struct capacity_row *row)
{
    struct capacity_search search = {.count = 0};
    for (size_t i = 0; i < n; i++)
        capacity_take_step(&search, &steps[i]);
    *row = (struct capacity_row){
        .pair = steps->pair, .range = capacity_range(&search), .runs = n, .latency_p99_s = NAN};
    memcpy(row->slo, steps->slo, sizeof(row->slo));
    for (size_t i = 0; i < n; i++) {
        const struct case_summary *summary = case_of_step(judgement, &steps[i]);
        row->disturbed += !steps[i].counts && steps[i].outcome != SLO_INVALID;
        row->over = steps[i].next == 0;
        if (!summary)
            continue;
        row->c = summary->c;
        if (steps[i].rate == row->range.low)
            row->latency_p99_s = summary->latency_p99_s;
        if (steps[i].rate == row->range.driver_limit)
            memcpy(row->driver_limit, summary->reasons, sizeof(row->driver_limit));
    }
}

int judge_capacities(struct store *store, struct judgement *out, struct error *error)
{
    struct capacity_step *steps;
    size_t n, end;
    if (store_capacity_steps(store, out->campaign.id, &steps, &n, error) < 0)
        return -1;
    for (size_t i = 0; i < n; i = end) {
        end = i;
        while (end < n && steps[end].pair == steps[i].pair)
            end++;
        out->capacities =
            xrealloc(out->capacities, out->capacity_count + 1, sizeof(*out->capacities));
        summarise_pair(out, &steps[i], end - i, &out->capacities[out->capacity_count++]);
    }
    free(steps);
    return 0;
}
