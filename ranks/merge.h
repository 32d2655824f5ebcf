/* The reports of all ranks as one run's. */
#ifndef WAITBENCH_RANKS_MERGE_H
#define WAITBENCH_RANKS_MERGE_H

#include "order.h"

/* Into the run's page, all but the samples, and into the table of ranks. `own`: what rank 0 read of
 * its machine and of the server. */
void merge_reports(struct rank_table *table, const struct rank_report *reports, unsigned parts,
                   const struct usage *own, struct measure_page *page);

#endif
