/* Statistics of runs: small samples of a few to a few hundred values, one per run. */
#ifndef WAITBENCH_STATS_H
#define WAITBENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An interval covers the figure of the distribution that the values come from (its median, a
 * percentile, a ratio) with at least this probability; otherwise it is a range, from the least
 * value to the largest. */
#define STATS_COVERAGE 0.95

struct stats_interval {
    double low, high;
    double coverage; /* the probability reached; 0 if one value has no interval: low = high */
};

/* Is it an interval, not just a range? */
static inline bool stats_is_interval(struct stats_interval interval)
{
    return interval.coverage >= STATS_COVERAGE;
}

struct stats_summary {
    size_t n;
    double median;
    struct stats_interval interval; /* of the median */
    double mad;                     /* median absolute deviation from the median, unscaled */
    double min, max;
    double best3; /* mean of the three smallest (of all, if there are fewer), as in the talk */
};

/* `values` need not be sorted and are not changed; without any, all is NAN. */
struct stats_summary stats_summarise(const double *values, size_t n);

/* How many of the values are outliers: a modified z-score above 3.5 (Iglewicz and Hoaglin, How to
 * Detect and Handle Outliers, 1993). 0 for fewer than five values. */
size_t stats_outliers(const double *values, size_t n, const struct stats_summary *summary);

/* Median of `n` values, n >= 1. Sorts them. */
double stats_median(double *values, size_t n);

/* The p-quantile (0 < p < 1) of sorted values: the smallest that at least a share p does not
 * exceed. */
double stats_quantile(const double *sorted, size_t n, double p);

/* Are `n` values enough for this percentile? At least one must be expected beyond it on either
 * side. */
bool stats_enough_values(size_t n, double p);

/* stats_quantile(), or -1 where `n` values are too few for it. */
double stats_quantile_or_none(const double *sorted, size_t n, double p);

/* An interval for the p-quantile (0 < p < 1) of the distribution of `n` independent values, whose
 * ends are two of the values: for any distribution it reaches from the `*low`-th to the `*high`-th
 * smallest (indices into the sorted values, from 0) with at least this confidence (such as 0.95).
 * The ranks are equal-tailed and conservative, from the binomial distribution. Returns false, and
 * sets nothing, if `n` values are too few: an end would lie beyond the smallest or the largest.
 * Source: Hahn and Meeker, Statistical Intervals, 1991, section 5.2. */
bool stats_quantile_interval(size_t n, double p, double confidence, size_t *low, size_t *high);

/* That interval for the median of `n` sorted values, with the coverage that it reaches; if `n` are
 * too few for `confidence`, their range, which covers the median unless all values are on one side
 * of it: with a probability of 1 - 2^(1 - n). */
struct stats_interval stats_median_interval(const double *sorted, size_t n, double confidence);

/* P(B <= k), B ~ Binomial(n, p), 0 < p < 1. */
double stats_binomial(size_t k, size_t n, double p);

/* For qsort(): of doubles, of nsec_t. */
int stats_compare_doubles(const void *a, const void *b);
int stats_compare_times(const void *a, const void *b);

#endif
