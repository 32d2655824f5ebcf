/* The breaking point: raise the concurrency of each driver by steps until it fails.
 *
 * A round gives each driver that is not over one run, in an order shuffled by the seed, so that
 * noise affects all drivers alike. Every run is stored as in a campaign, and each driver's row
 * after each of its runs. */
#ifndef WAITBENCH_LIMITS_H
#define WAITBENCH_LIMITS_H

#include "bench/base/output_options.h"
#include "campaign.h"
#include "candidate.h"
#include "bench/plan/plan_options.h"
#include "bench/plan/room.h"

struct limits {
    struct campaign campaign; /* its plan is empty */
    const struct driver *drivers[PLAN_LIST_MAX];
    size_t driver_count;
    struct bench_case c; /* what all cases have in common; delay > 0 */
    struct candidate_rules rules;
    nsec_t time;         /* in all, divided among the drivers that are not over */
    struct room room;    /* where steps are divided among processes */
    bool divides_server; /* then the server, too: it is ours, and of no model that was named */
};

extern const struct option_table limits_option_table;

struct limits_options {
    struct plan_options plan;
    struct candidate_rules rules;
    nsec_t time;
    const char *results;
    bool json;
    struct output_options output;
    char name[STORE_NAME_BYTES];
};

/* Fill `limits` from options parsed from this command line. Returns 0 or -1. */
int limits_options_apply(const struct limits_options *options, int argc, char **argv,
                         struct limits *limits, struct error *error);

/* As campaign_execute(): whatever the result, what was measured is kept. */
enum campaign_result limits_execute(struct limits *limits, struct store *store,
                                    struct error *error);

#endif
