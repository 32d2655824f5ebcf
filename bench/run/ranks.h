/* The load of a run on many machines, or in many ranks on one: mpirun starts waitbench-mpi once for
 * a campaign, rank 0 here and the others on the hosts, and these execute run after run. The harness
 * talks to rank 0 over a socket and is no rank itself: whatever happens to them, the store and the
 * user's output are safe. */
#ifndef WAITBENCH_RANKS_H
#define WAITBENCH_RANKS_H

#include "bench/plan/plan.h"
#include "measure.h"
#include "rank_table.h"

struct ranks;

/* Of runs of more requests than this their samples stay where they are taken, and histograms come
 * back: 128 MB of samples. */
enum { RANKS_SAMPLES_MAX = 2000000 };

/* Start them. NULL on error, with what to do about it, or where the user interrupted. */
struct ranks *ranks_start(const struct run_settings *settings, struct error *error);

/* End them all, on all hosts. Does nothing for NULL. */
void ranks_stop(struct ranks *ranks);

/* LOST: a rank or the launcher died, `error` says which; there is no further run with them. */
enum ranks_end { RANKS_RAN, RANKS_TIMED_OUT, RANKS_INTERRUPTED, RANKS_LOST };

/* Have the page's run executed, until `deadline`. The page then has all that a measured process
 * would have written into it, and the table the rest. */
enum ranks_end ranks_run(struct ranks *ranks, int page_fd, nsec_t deadline, struct error *error);

/* Of the last run. */
const struct rank_table *ranks_table(const struct ranks *ranks);

/* Why they are lost, or NULL. */
const char *ranks_lost(const struct ranks *ranks);

/* "4 (a, a, b, b)": how many, and on which hosts. Returns `text`. */
char *ranks_describe(const struct ranks *ranks, char *text, size_t size);

#endif
