/* A campaign: a plan carried out, every run kept as soon as it is over. */
#ifndef WAITBENCH_CAMPAIGN_H
#define WAITBENCH_CAMPAIGN_H

#include "runner.h"
#include "store.h"

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

#endif
