/* The breaking point: raise the concurrency of each driver by steps until it fails.
 *
 * A round gives each driver that is not over one run, in an order shuffled by the seed, so that
 * noise affects all drivers alike. Every run is stored as in a campaign, and each driver's row
 * after each of its runs. */
#ifndef WAITBENCH_LIMITS_H
#define WAITBENCH_LIMITS_H

#include "campaign.h"
#include "candidate.h"

struct limits {
    struct campaign campaign; /* its plan is empty */
    const struct driver *drivers[PLAN_LIST_MAX];
    size_t driver_count;
    struct bench_case c; /* what all cases have in common; delay > 0 */
    struct candidate_rules rules;
    nsec_t time; /* in all, divided among the drivers that are not over */
};

/* As campaign_execute(): whatever the result, what was measured is kept. */
enum campaign_result limits_execute(struct limits *limits, struct store *store,
                                    struct error *error);

#endif
