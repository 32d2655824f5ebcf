/* A campaign: the execution of a plan; every run is stored as soon as it is over. */
#ifndef WAITBENCH_CAMPAIGN_H
#define WAITBENCH_CAMPAIGN_H

#include "bench/run/runner.h"
#include "bench/keep/store.h"

struct campaign {
    /* Set by the caller: name, command, arguments, seed, repetitions, decided_pairs, and margin
     * where it is not the usual one. With an id, the stored campaign of that id is continued. */
    struct campaign_info info;
    struct plan plan;
    const struct driver *const *drivers; /* of a campaign without a plan */
    size_t driver_count;
    struct runner runner;
    nsec_t budget;        /* for deciding all pairs, from the campaign's start */
    bool without_samples; /* store runs and their figures, not single requests */
    bool goes_on;         /* something follows the runs: the caller completes the campaign */
    unsigned silent_runs; /* in a row, for which the user's server was not there */
    nsec_t spent_until;   /* end of the time that is recorded in the store */
    bool with_prediction; /* calibrate first, and predict each case's makespan */
};

/* How long the plan's runs take by their schedules and the server delay, in seconds: years,
 * perhaps. */
double campaign_expected_s(const struct plan *plan);

/* SPENT: the budget ended a search that is not over; it can be resumed. */
enum campaign_result { CAMPAIGN_COMPLETE, CAMPAIGN_SPENT, CAMPAIGN_INTERRUPTED, CAMPAIGN_FAILED };

/* Store the campaign's beginning (which sets info.id), run every block, store its end. Recorded
 * runs are kept whatever the result. FAILED: `error` has the cause. */
enum campaign_result campaign_execute(struct campaign *campaign, struct store *store,
                                      struct error *error);

/* The parts of that, for a campaign whose next case depends on previous results (its plan is empty;
 * store_add_case() adds each case): store its beginning, a run (with the step that it was, of a
 * search for a capacity), its end. `begin` and `keep_...` return 0 or -1, `end` the final
 * result. */
int campaign_begin(struct campaign *campaign, struct store *store, struct error *error);
int campaign_keep_run(struct campaign *campaign, struct store *store, const struct bench_case *c,
                      struct run_record *record, struct error *error);
int campaign_keep_step(struct campaign *campaign, struct store *store, struct run_record *record,
                       const struct capacity_step *step, struct error *error);
/* Count the runs in a row for which the user's server was not there. -1: they are so many that the
 * campaign has to end; `error` says so. */
bool campaign_is_silent(const struct run_record *record);
int campaign_count_silent(struct campaign *campaign, const struct bench_case *c,
                          const struct run_record *record, struct error *error);
enum campaign_result campaign_end(struct campaign *campaign, struct store *store,
                                  enum campaign_result result, struct error *error);

#endif
