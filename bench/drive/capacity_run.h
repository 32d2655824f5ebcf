/* The capacity of each driver and server model: the highest rate of open arrivals at which an
 * objective is met.
 *
 * A round gives each pair that is not done one run, in an order shuffled by the seed, so that noise
 * affects all alike. Every run is stored as in a campaign, and with it the step that it was, from
 * which an interrupted search goes on. */
#ifndef WAITBENCH_CAPACITY_RUN_H
#define WAITBENCH_CAPACITY_RUN_H

#include "bench/base/output_options.h"
#include "bench/judge/capacity.h"
#include "bench/plan/plan_options.h"
#include "campaign.h"

struct capacity {
    struct campaign campaign; /* its plan: a case for each pair, with no rate yet */
    struct slo slo;
    struct capacity_rules rules;
    nsec_t step, budget;
};

struct capacity_options {
    struct plan_options plan;
    struct slo slo;
    struct capacity_rules rules;
    nsec_t step, budget;
    const char *resume; /* a search to go on with, or NULL */
    const char *results;
    struct output_options output;
    char name[STORE_NAME_BYTES];
};

extern const struct option_table capacity_option_table;

/* Make the search: a new one, or the one to resume, whose options replace those given. Its plan is
 * to be released. Returns 0 or -1. */
int capacity_options_apply(struct capacity_options *options, int argc, char **argv,
                           struct store *store, struct capacity *capacity, struct error *error);

/* As campaign_execute(): whatever the result, what was measured is kept. */
enum campaign_result capacity_execute(struct capacity *capacity, struct store *store,
                                      struct error *error);

#endif
