#include "stats_anytime.h"

#include <math.h>

static double log_beta(double a, double b)
{
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

double stats_anytime_evidence(size_t below, size_t above)
{
    double growth = log_beta((double)below + 0.5, (double)above + 0.5) - log_beta(0.5, 0.5);
    return exp(growth + (double)(below + above) * log(2));
}

/* The confidence with which fewer than `rank` of n values lie below the median at no time. */
static double coverage_of(size_t rank, size_t n)
{
    return fmax(0, 1 - 1 / stats_anytime_evidence(rank - 1, n - (rank - 1)));
}

struct stats_interval stats_anytime_median_interval(const double *sorted, size_t n,
                                                    double confidence)
{
    size_t rank = 1;
    while (2 * (rank + 1) <= n && coverage_of(rank + 1, n) >= confidence)
        rank++;
    return (struct stats_interval){sorted[rank - 1], sorted[n - rank], coverage_of(rank, n)};
}
