#include "run_summary.h"

void run_failures_add(struct run_failure failures[RUN_FAILURE_KINDS], size_t *kinds,
                      const struct run_failure *more)
{
    for (size_t i = 0; i < *kinds; i++)
        if (failures[i].outcome == more->outcome && failures[i].errnum == more->errnum) {
            failures[i].count += more->count;
            return;
        }
    if (*kinds < RUN_FAILURE_KINDS)
        failures[(*kinds)++] = *more;
}

static void take_first(nsec_t *first, nsec_t end)
{
    if (end && (!*first || end < *first))
        *first = end;
}

static void take_completed(struct run_summary *summary, const struct sample *sample, nsec_t due,
                           nsec_t begun)
{
    summary->completed++;
    take_first(&summary->first, sample->end - begun);
    histogram_add(&summary->latency, sample->end - due);
    histogram_add(&summary->service, sample->end - sample->start);
    histogram_add(&summary->completion, sample->end - begun);
}

static void take_failed(struct run_summary *summary, const struct sample *sample)
{
    const struct run_failure failure = {sample->outcome, sample->errnum, 1};
    summary->failed++;
    run_failures_add(summary->failures, &summary->failure_kinds, &failure);
}

void run_summary_take(struct run_summary *summary, const struct sample *sample, nsec_t due,
                      nsec_t begun)
{
    if (sample->outcome == OUTCOME_OK)
        take_completed(summary, sample, due, begun);
    else if (sample->outcome == OUTCOME_NOT_STARTED)
        summary->not_started++;
    else
        take_failed(summary, sample);
}

void run_summary_add(struct run_summary *into, const struct run_summary *more)
{
    into->completed += more->completed;
    into->failed += more->failed;
    into->not_started += more->not_started;
    for (size_t i = 0; i < more->failure_kinds; i++)
        run_failures_add(into->failures, &into->failure_kinds, &more->failures[i]);
    take_first(&into->first, more->first);
    /* A bucket overflows beyond 2^32 requests, and a run has fewer. */
    histogram_merge(&into->latency, &more->latency, NULL);
    histogram_merge(&into->service, &more->service, NULL);
    histogram_merge(&into->completion, &more->completion, NULL);
}
