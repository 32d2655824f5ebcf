/* Intended starts of the requests of a batch: arrivals that do not wait for responses. A schedule
 * is a function of the rate, the seed and a request's index, so that all drivers and runs get the
 * same. */
#ifndef WAITBENCH_SCHEDULE_H
#define WAITBENCH_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"

/* Fill `starts` with the times of `n` arrivals since the run's start, in ascending order.
 * `rate`: arrivals per second, above 0. */

/* Equally far apart, the first at 0. */
void schedule_constant(nsec_t *starts, size_t n, double rate);

/* A Poisson process: gaps, the first before the first arrival, are independent and exponentially
 * distributed, -ln(u)/rate with u uniform in (0, 1). */
void schedule_poisson(nsec_t *starts, size_t n, double rate, uint64_t seed);

#endif
