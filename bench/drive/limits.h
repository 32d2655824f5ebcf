/* The breaking point: raise the concurrency of each driver by steps until it ends.
 *
 * A round gives each driver that still climbs one run, in an order shuffled by the seed: so
 * whatever the machine does meanwhile harms all alike. Every run is kept like one of a campaign;
 * what is known of each driver is kept after each of its runs. */
#ifndef WAITBENCH_LIMITS_H
#define WAITBENCH_LIMITS_H

#include "campaign.h"
#include "candidate.h"

struct limits {
    struct campaign campaign; /* its plan is empty */
    const struct driver *drivers[PLAN_LIST_MAX];
    size_t driver_count;
    struct bench_case c; /* what all cases share; think > 0 */
    struct candidate_rules rules;
    nsec_t time; /* in all, divided among those that still climb */
};

/* As campaign_execute(): whatever the result, what was measured is kept. */
enum campaign_result limits_execute(struct limits *limits, struct store *store,
                                    struct error *error);

#endif
