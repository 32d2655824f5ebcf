/* Where the server model's workers each serve one request at a time, all for the same time, the
 * theory of queues says how long Poisson arrivals wait: bench/predict/queue.h. */
#ifndef WAITBENCH_THEORY_H
#define WAITBENCH_THEORY_H

#include "bench/judge/judge.h"

/* So many workers the case's server has; 0 where the theory does not apply. */
unsigned theory_workers(const struct case_summary *s);

/* Lend the store what is exported as "theory": for each server of the campaign to which it applies
 * the waits and latencies at loads up to QUEUE_LOAD_MAX. */
int theory_lend(struct store *store, const struct judgement *judgement, struct error *error);

#endif
