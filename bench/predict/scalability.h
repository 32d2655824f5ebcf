/* How throughput grows with the requests in flight: Gunther's Universal Scalability Law,
 *
 *     X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * lambda is the rate of one in flight; sigma, contention, the share of the work that is done one
 * after another (alone it is Amdahl's law, with a limit of lambda / sigma); kappa, coherency, what
 * each pair of requests costs (with it there is a peak, after which more in flight are slower).
 * Neil J. Gunther, Guerrilla Capacity Planning, Springer, 2007, chapters 4 to 6; with lambda as a
 * third coefficient, which is fitted too, as in version 2 of the R package usl. */
#ifndef WAITBENCH_SCALABILITY_H
#define WAITBENCH_SCALABILITY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

struct scalability_coefficient {
    double value;
    double error;     /* asymptotic standard error; NAN of one that is held at 0 */
    double unbounded; /* without that bound; negative: it is held */
};

struct scalability_law {
    bool fitted; /* false: the fit did not converge, and the rest says nothing */
    struct scalability_coefficient lambda, sigma, kappa;
};

struct scalability_point {
    unsigned in_flight; /* N */
    double rate;        /* X, requests a second; above 0 */
};

struct scalability_series {
    struct scalability_point *points;
    size_t point_count; /* four at least, to fit three coefficients and leave an error */
    struct scalability_law law;
};

/* Fit the law to each series by least squares of relative deviations, with sigma and kappa of at
 * least 0, as the R package usl does: what is below is an error of measurement or superlinear, and
 * its extrapolation has a pole. All in one process of gnuplot, which gets numbers and nothing else.
 * Returns 0, or -1 where it cannot run or fails: what it fitted before counts. */
int scalability_fit(struct scalability_series *series, size_t n, struct error *error);

/* X(N). */
double scalability_rate(const struct scalability_law *law, double in_flight);

/* Where X(N) is largest: sqrt((1 - sigma) / kappa); INFINITY where it grows forever. */
double scalability_peak(const struct scalability_law *law);

#endif
