/* Did the generator do what its schedule said? Open arrivals are worth something only where
 * requests start when they are to, so each run is held against its schedule. */
#ifndef WAITBENCH_AUDIT_H
#define WAITBENCH_AUDIT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/sample.h"

struct audit {
    double offered, achieved; /* requests a second that were to start, and that did */
    /* How late the driver started requests, in ns: behind the intended start or, where C requests
     * were in flight then, behind the end of one of them. -1: too few. */
    nsec_t lag_p50, lag_p99, lag_max;
    nsec_t slot_time_p50; /* how long requests keep a slot: their lag and their service time */
    /* Kolmogorov and Smirnov's distance of the gaps between actual starts, less what each request
     * waited for a slot, from the exponential distribution, and the probability of one as large by
     * chance; NAN without a Poisson schedule. Of the two usual tests it is the one whose statistic
     * is a size, in units of probability: with ten thousand gaps any test rejects deviations that
     * change no figure. */
    double gap_distance, gap_chance;
    /* Requests were due faster than they completed, by more than chance explains, and in the first
     * half as in the second, so that latencies say how long the run was. The server or C is too
     * slow for the rate, or the driver: then slots are kept by lag. */
    bool overloaded;
};

/* There is no schedule, or not all of it was carried out. */
#define AUDIT_NONE                                                                                 \
    ((struct audit){.offered = NAN,                                                                \
                    .achieved = NAN,                                                               \
                    .lag_p50 = -1,                                                                 \
                    .lag_p99 = -1,                                                                 \
                    .lag_max = -1,                                                                 \
                    .slot_time_p50 = -1,                                                           \
                    .gap_distance = NAN,                                                           \
                    .gap_chance = NAN})

/* Of the run's n >= 1 requests, begun at `started`, and due at schedule[i] since then. `poisson`:
 * the schedule is of a Poisson process with `rate`. */
void audit_run(const struct sample *samples, const nsec_t *schedule, size_t n, nsec_t started,
               unsigned concurrency, double rate, bool poisson, struct audit *out);

/* Requests a second, of `n` whose last started `last` after the run did: over the same number of
 * gaps whose mean is 1 / `rate`, so that on time means equal. */
double audit_rate(nsec_t last, size_t n, double rate);

/* For tests: that distance of `n` sorted values from the exponential distribution with `rate`, and
 * the probability that `n` of its values have as large a one or larger, for large n. Kolmogorov
 * 1933; Smirnov 1948. */
double audit_exponential_distance(const double *sorted, size_t n, double rate);
double audit_distance_chance(double distance, size_t n);

#endif
