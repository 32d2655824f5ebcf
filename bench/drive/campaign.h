/* A campaign: a plan carried out, every run kept as soon as it is over. */
#ifndef WAITBENCH_CAMPAIGN_H
#define WAITBENCH_CAMPAIGN_H

#include "bench/run/runner.h"
#include "bench/keep/store.h"

struct campaign {
    /* The caller's: name, command, arguments, seed, repetitions, precision. With an id, a campaign
     * that is in the store already goes on from where it ended. */
    struct campaign_info info;
    struct plan plan;
    struct runner runner;
    nsec_t budget;        /* for reaching the precision; counted from the campaign's start */
    bool without_samples; /* keep runs and their figures, not every request */
    bool goes_on;         /* something follows the runs: the caller says when it is complete */
    nsec_t spent_until;   /* what of its time is accounted for in the store */
    bool with_prediction; /* calibrate first, and foretell each case's makespan */
};

enum campaign_result { CAMPAIGN_COMPLETE, CAMPAIGN_INTERRUPTED, CAMPAIGN_FAILED };

/* Keep the campaign's beginning (which settles info.id), run every block, keep its end. Whatever
 * the result, what was recorded is kept. FAILED: `error` says why. */
enum campaign_result campaign_execute(struct campaign *campaign, struct store *store,
                                      struct error *error);

/* The parts of that, for a campaign whose next case depends on what was measured before (its plan
 * is empty; store_add_case() adds each): its beginning, a run that was made, its end. `begin` and
 * `keep_run` return 0 or -1, `end` the result that holds then. */
int campaign_begin(struct campaign *campaign, struct store *store, struct error *error);
int campaign_keep_run(struct campaign *campaign, struct store *store, const struct bench_case *c,
                      struct run_record *record, struct error *error);
enum campaign_result campaign_end(struct campaign *campaign, struct store *store,
                                  enum campaign_result result, struct error *error);

#endif
