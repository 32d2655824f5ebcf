/* Whole processes: hyperfine times `waitbench run` commands. */
#ifndef WAITBENCH_WHOLE_PROCESS_H
#define WAITBENCH_WHOLE_PROCESS_H

#include "campaign.h"

/* Is hyperfine installed? Returns 0, or -1 with what to do. */
int whole_process_check(struct error *error);

/* Time the campaign's cases with burst arrivals at these concurrencies and the first backlog, and
 * the serial ones, without those of which a run was INVALID. Writes hyperfine's JSON to `json_path`
 * and its medians to the store. */
enum campaign_result whole_process_run(const struct campaign *campaign, struct store *store,
                                       const unsigned *concurrencies, size_t n,
                                       const char *json_path, struct error *error);

#endif
