/* Statistics of runs: small samples of a few to a few hundred values, one per run. */
#ifndef WAITBENCH_STATS_H
#define WAITBENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stats_interval {
    double low, high;
};

struct stats_summary {
    size_t n;
    double median;
    struct stats_interval interval; /* 95%, of the median; low = high = median if n is 1 */
    double mad;                     /* median absolute deviation from the median, unscaled */
    double min, max;
    double best3; /* mean of the three smallest (of all, if there are fewer), as in the talk */
};

/* `values` need not be sorted and are not changed; without any, all is NAN. The interval is a
 * percentile bootstrap of the median (Efron and Tibshirani, An Introduction to the Bootstrap,
 * chapter 13) with 10,000 resamples drawn by `seed`: the same values and seed give the same
 * interval. */
struct stats_summary stats_summarise(const double *values, size_t n, uint64_t seed);

/* How many of the values are outliers: a modified z-score above 3.5 (Iglewicz and Hoaglin, How to
 * Detect and Handle Outliers, 1993). 0 for fewer than five values. */
size_t stats_outliers(const double *values, size_t n, const struct stats_summary *summary);

/* The median of `n` values drawn with replacement from `n` sorted ones, for a bootstrap; `drawn`
 * has room for `n` counts. */
struct rng;
double stats_resample_median(const double *sorted, size_t n, unsigned *drawn, struct rng *rng);

/* Median of `n` values, n >= 1. Sorts them. */
double stats_median(double *values, size_t n);

/* The p-quantile (0 < p < 1) of sorted values: the smallest that at least a share p does not
 * exceed. */
double stats_quantile(const double *sorted, size_t n, double p);

/* Are `n` values enough for this percentile? At least one must be expected beyond it on either
 * side. */
bool stats_enough_values(size_t n, double p);

/* For qsort(). */
int stats_compare_doubles(const void *a, const void *b);

#endif
