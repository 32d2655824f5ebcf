/* How long requests wait for one of c workers who each take the same time D, if they arrive at
 * random: the queue M/D/c of a blocking server model with a delay. Its capacity is c/D.
 *
 * The number in the system a time D later is what of it was waiting, and what has arrived since:
 * whoever was being served has left (Crommelin, "Delay probability formulae when the holding times
 * are constant", 1932). The steady state of that chain is solved for directly (Grassmann, Taksar
 * and Heyman, "Regenerative analysis and steady state distributions for Markov chains", 1985). The
 * distribution of waiting times follows from it (Franx, "A simple solution for the M/D/c waiting
 * time distribution", 2001).
 */
#ifndef WAITBENCH_QUEUE_H
#define WAITBENCH_QUEUE_H

#include <stddef.h>

#include "lib/clock.h"
#include "lib/error.h"

struct queue {
    unsigned workers;
    double rate;      /* arrivals a second */
    double service_s; /* D */
    /* Of states j: that j requests wait, and that j or fewer do. */
    double *probability, *at_most;
    size_t states;
};

/* The share of its capacity that is used: rate D / c. */
double queue_load(unsigned workers, double rate, double service_s);

/* Returns 0, or -1 where there is no steady state, or one that takes too long to compute: loads
 * above QUEUE_LOAD_MAX, or very many workers. Takes less than a second. */
#define QUEUE_LOAD_MAX 0.98
int queue_make(struct queue *queue, unsigned workers, double rate, double service_s,
               struct error *error);
void queue_release(struct queue *queue);

/* Seconds: the mean, and the p-quantile. */
double queue_mean_wait(const struct queue *queue);
double queue_wait_quantile(const struct queue *queue, double p);

/* The probability of waiting `seconds` or less. */
double queue_wait_at_most(const struct queue *queue, double seconds);

/* The mean wait, in seconds, of these `n` arrivals (ascending) at c >= 1 workers who take exactly
 * `service` each, first come, first served. In the long run of Poisson arrivals it is
 * queue_mean_wait(); in a short one it differs, as that run's waits do. 0 where n is. */
double queue_mean_wait_of(const nsec_t *arrivals, size_t n, unsigned workers, nsec_t service);

#endif
