/* Do two small samples of runs differ, and by how much? A rank test decides the first, a ratio of
 * medians with its interval measures the second; a difference is reported only if both agree. */
#ifndef WAITBENCH_STATS_COMPARE_H
#define WAITBENCH_STATS_COMPARE_H

#include "stats.h"

struct stats_rank_test {
    double u;   /* of `a`: pairs in which a's value is the larger, a tie counts half */
    double p;   /* two-sided, 0 to 1 */
    bool exact; /* from the exact distribution, not the normal approximation */
};

/* The Mann-Whitney U test (Wilcoxon's rank-sum test), two-sided; neither sample need be sorted,
 * both n >= 1. The conventions are those of R's wilcox.test(): exact where both samples have fewer
 * than 50 values and no two values are equal (twice the smaller tail, at most 1), else the normal
 * approximation, its variance corrected for ties, with a continuity correction of 1/2. SciPy's
 * mannwhitneyu() gives the same figures with method="exact" and "asymptotic"; its "auto" switches
 * to the approximation sooner (both samples over 8). If all values are equal, p is 1 as in SciPy;
 * in R it is NaN. Source: Mann and Whitney, "On a Test of Whether one of Two Random Variables is
 * Stochastically Larger than the Other", 1947; ties as in Lehmann, Nonparametrics, 1975,
 * section 1.4. */
struct stats_rank_test stats_mann_whitney(const double *a, size_t a_n, const double *b, size_t b_n);

/* The smallest p that samples of these sizes can give if no two values are equal. */
double stats_mann_whitney_least_p(size_t a_n, size_t b_n);

struct stats_ratio {
    double ratio;                   /* median of b / median of a */
    struct stats_interval interval; /* 95%; both ends are the ratio if both n are 1 */
};

/* The interval is a percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap,
 * chapter 13): 10,000 times a and b are each resampled on their own, and the ratio of the two
 * medians is taken; the interval is its 2.5% and 97.5% quantiles, and the same values and seed give
 * the same one. The values must be above 0, both n >= 1. It cannot extend beyond the ratios of the
 * sampled values, so it is too narrow for very small samples: the coverage is 90% with 3 values per
 * side, 93% with 4, and 95% to 97% from 5 on (simulated with normal, bimodal and heavy-tailed
 * noise). */
struct stats_ratio stats_ratio_of_medians(const double *a, size_t a_n, const double *b, size_t b_n,
                                          uint64_t seed);

enum stats_outcome {
    STATS_NO_DIFFERENCE, /* no significant difference */
    STATS_FASTER,        /* b's values are smaller */
    STATS_SLOWER,
    STATS_TOO_FEW, /* no values of these sample sizes could pass the test */
};

/* The three conditions of STATS_FASTER and STATS_SLOWER. */
#define STATS_ALPHA 0.01 /* p of the rank test is below this */
/* ... and the ratio's 95% interval excludes 1, on the same side ... */
#define STATS_NOISE_THRESHOLD 0.01 /* ... and the medians are this far apart, either way */

struct stats_comparison {
    struct stats_ratio ratio;
    struct stats_rank_test test;
    enum stats_outcome outcome;
};

/* The rank test at 1% decides, since its level does not depend on the distribution; the interval
 * excludes samples that differ in spread but not in location; the threshold excludes differences
 * that are real but negligible. The level is 1% and not 5%, because a campaign makes dozens of
 * comparisons. So the smallest sizes are 5 against 5, 4 against 6 or 3 against 9; with ties among 5
 * against 5 the approximation's p stays above 1%, and no difference is reported. The values must be
 * above 0, both n >= 1. */
struct stats_comparison stats_compare(const double *a, size_t a_n, const double *b, size_t b_n,
                                      uint64_t seed);

/* An interval for the p-quantile (0 < p < 1) of the distribution of `n` independent values, whose
 * ends are two of the values: for any distribution it reaches from the `*low`-th to the `*high`-th
 * smallest (indices into the sorted values, from 0) with at least this confidence (such as 0.95).
 * The ranks are equal-tailed and conservative, from the binomial distribution. Returns false, and
 * sets nothing, if `n` values are too few: an end would lie beyond the smallest or the largest.
 * Source: Hahn and Meeker, Statistical Intervals, 1991, section 5.2. */
bool stats_quantile_interval(size_t n, double p, double confidence, size_t *low, size_t *high);

#endif
