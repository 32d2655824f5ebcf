/* The files of a campaign's folder: everything but pictures and the page. */
#ifndef WAITBENCH_CAMPAIGN_FILES_H
#define WAITBENCH_CAMPAIGN_FILES_H

#include "bench/judge/judge.h"

/* Write the CSV files, the Markdown tables and the environment's line, and let DIR/latest point
 * there. Returns 0 or -1. */
int campaign_files_write(struct store *store, const struct judgement *judgement,
                         const char *results, struct error *error);

#endif
