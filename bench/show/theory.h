/* Where the server model's workers each serve one request at a time, all for the same time, the
 * theory of queues says how long arrivals wait: Poisson arrivals as bench/predict/queue.h computes,
 * constant ones not at all below the capacity. */
#ifndef WAITBENCH_THEORY_H
#define WAITBENCH_THEORY_H

#include "bench/judge/judge.h"

/* So many requests the case can have in service at once, each for its server delay and no less: C,
 * or the server's workers where they are fewer. 0 where that is not known. */
unsigned theory_at_once(const struct case_summary *s);

/* So many requests the case's server can serve at once: its workers, or C where that is less. 0
 * where the theory does not apply. */
unsigned theory_workers(const struct case_summary *s);

/* Lend the store what is exported as "theory": for each server of the campaign to which it applies
 * and that had Poisson arrivals the waits and latencies at loads up to QUEUE_LOAD_MAX. */
int theory_lend(struct store *store, const struct judgement *judgement, struct error *error);

#endif
