/* results/ID/report.html: a campaign or a lesson on one page that needs no other file; and
 * results/index.html: all campaigns, and a comparison of any two. */
#ifndef WAITBENCH_REPORT_H
#define WAITBENCH_REPORT_H

#include "bench/judge/judge.h"

/* Write the page of a campaign (as store_find_campaign finds it) and the index. `path` gets the
 * page's. Returns 0 or -1. */
int report_write(struct store *store, const char *id, const char *results, char *path, size_t size,
                 struct error *error);

/* The index alone. */
int report_write_index(struct store *store, const char *results, struct error *error);

#endif
