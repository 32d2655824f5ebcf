/* What is known of a run of more requests than samples are kept of: counts and histograms. Those of
 * several processes add up to that of all their requests: percentiles of the whole are read from
 * the sum, and are never averages of percentiles. */
#ifndef WAITBENCH_RUN_SUMMARY_H
#define WAITBENCH_RUN_SUMMARY_H

#include <stddef.h>

#include "lib/histogram.h"
#include "sample.h"

enum { RUN_FAILURE_KINDS = 32 };

struct run_failure {
    enum outcome outcome;
    int errnum;
    size_t count;
};

/* So many requests failed like that. Kinds beyond RUN_FAILURE_KINDS are not told apart. */
void run_failures_add(struct run_failure failures[RUN_FAILURE_KINDS], size_t *kinds,
                      const struct run_failure *more);

/* A zeroed one is of no requests. */
struct run_summary {
    size_t completed, failed, not_started;
    struct run_failure failures[RUN_FAILURE_KINDS];
    size_t failure_kinds;
    nsec_t first; /* response, since the run's start; 0: none */
    /* Of the completed requests: from when each was due, and from its start, until its end; and its
     * end since the run's start. */
    struct histogram latency, service, completion;
};

/* Take in a request of a run that began at `begun`; it was due at `due`. One at a time. */
void run_summary_take(struct run_summary *summary, const struct sample *sample, nsec_t due,
                      nsec_t begun);

/* As if the requests of `more` had been taken in, too. */
void run_summary_add(struct run_summary *into, const struct run_summary *more);

#endif
