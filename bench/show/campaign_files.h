/* The files of a campaign's folder: everything but pictures and the page. */
#ifndef WAITBENCH_CAMPAIGN_FILES_H
#define WAITBENCH_CAMPAIGN_FILES_H

#include <stdio.h>

#include "bench/judge/judge.h"

/* Write the CSV files, the Markdown tables and the environment's line, and let DIR/latest point
 * there. Returns 0 or -1. */
int campaign_files_write(struct store *store, const struct judgement *judgement,
                         const char *results, struct error *error);

/* Draw the pictures unless `without_pictures`, write the page, and name to `out` the files to open:
 * what follows campaign_files_write(). Returns 0, or -1 where something is missing then; where that
 * is gnuplot or a figure, it has been said and is no failure. */
int campaign_files_finish(struct store *store, const char *results, const char *id,
                          bool without_pictures, FILE *out, struct error *error);

/* Name to `out` the files to open that are there. */
void campaign_files_name(const char *results, const char *id, FILE *out);

#endif
