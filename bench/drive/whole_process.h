/* Whole processes: hyperfine times `waitbench run` as a user would type it. */
#ifndef WAITBENCH_WHOLE_PROCESS_H
#define WAITBENCH_WHOLE_PROCESS_H

#include "campaign.h"

/* Is hyperfine there? Returns 0, or -1 with the line that helps. */
int whole_process_check(struct error *error);

/* Time the campaign's cases at these concurrencies (and the serial ones): each driver in the
 * gather shape where it has that, with the usual backlog. Leaves hyperfine's JSON at `json_path`
 * and its medians in the store. */
enum campaign_result whole_process_run(const struct campaign *campaign, struct store *store,
                                       const unsigned *concurrencies, size_t n,
                                       const char *json_path, struct error *error);

#endif
