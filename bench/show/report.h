/* results/ID/report.html: a campaign or a lesson on one page that needs nothing but itself, and
 * results/index.html: all campaigns, and any two of them side by side. */
#ifndef WAITBENCH_REPORT_H
#define WAITBENCH_REPORT_H

#include "bench/judge/judge.h"

/* Write the page of a campaign (as store_find_campaign finds it) and the index. `path` gets the
 * page's. Returns 0 or -1. */
int report_write(struct store *store, const char *id, const char *results, char *path, size_t size,
                 struct error *error);

/* The index alone. */
int report_write_index(struct store *store, const char *results, struct error *error);

/* The page's head, up to and with <main>, and its end. */
void report_open_page(FILE *out, const char *title);
void report_close_page(FILE *out);

/* report.css and report.js, in the program. */
extern const char report_css[], report_js[], report_index_js[];

#endif
