#include "stats_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/rng.h"

enum {
    EXACT_BELOW = 50, /* values per side, as in R */
    BOOTSTRAP_RESAMPLES = 10000,
};

/* ---- Mann and Whitney ---- */

static double *sorted_copy(const double *values, size_t n)
{
    double *sorted = xcalloc(n, sizeof(*sorted));
    memcpy(sorted, values, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), stats_compare_doubles);
    return sorted;
}

/* Pairs in which a's value is the larger, ties by half: U of `a`. */
static double count_pairs(const double *a, size_t a_n, const double *b, size_t b_n)
{
    double u = 0;
    for (size_t i = 0; i < a_n; i++)
        for (size_t j = 0; j < b_n; j++)
            u += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    return u;
}

/* The sum of t^3 - t over all groups of t equal values: 0 where there are no ties. */
static double tie_sum(const double *a, size_t a_n, const double *b, size_t b_n)
{
    size_t n = a_n + b_n;
    double sum = 0, *all = xcalloc(n, sizeof(*all));
    memcpy(all, a, a_n * sizeof(*all));
    memcpy(all + a_n, b, b_n * sizeof(*all));
    qsort(all, n, sizeof(*all), stats_compare_doubles);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && all[to] == all[from]; to++)
            ;
        double t = (double)(to - from);
        sum += t * t * t - t;
    }
    free(all);
    return sum;
}

/* P(U <= u): of all ways to choose a's ranks, the share in which U is at most `u`. ways[k][v]
 * counts the ways to choose k ranks with U = v; ranks are considered one after another. Nothing is
 * subtracted, so doubles are precise enough, although the counts reach 10^28. */
static double u_distribution(size_t a_n, size_t b_n, size_t u)
{
    size_t width = a_n * b_n + 1;
    double *ways = xcalloc((a_n + 1) * width, sizeof(*ways));
    ways[0] = 1;
    for (size_t rank = 0; rank < a_n + b_n; rank++)
        for (size_t k = a_n < rank + 1 ? a_n : rank + 1; k >= 1; k--) {
            /* As the k-th of a's it exceeds all lower ranks that are b's. */
            size_t exceeds = rank - (k - 1);
            for (size_t v = exceeds; exceeds <= b_n && v < width; v++)
                ways[k * width + v] += ways[(k - 1) * width + v - exceeds];
        }
    double upto = 0, all = 0;
    for (size_t v = 0; v < width; v++) {
        all += ways[a_n * width + v];
        if (v <= u)
            upto += ways[a_n * width + v];
    }
    free(ways);
    return upto / all;
}

static double exact_p(double u, size_t a_n, size_t b_n)
{
    /* The distribution is symmetric: the tail beyond a large U is the one below its mirror. */
    double mirror = (double)(a_n * b_n) - u;
    return fmin(1, 2 * u_distribution(a_n, b_n, (size_t)fmin(u, mirror)));
}

static double normal_p(double u, double ties, double a_n, double b_n)
{
    double n = a_n + b_n;
    double variance = a_n * b_n / 12 * (n + 1 - ties / (n * (n - 1)));
    if (variance <= 0)
        return 1; /* all values are equal */
    double distance = fmax(0, fabs(u - a_n * b_n / 2) - 0.5);
    return erfc(distance / sqrt(2 * variance)); /* both tails of the normal distribution */
}

struct stats_rank_test stats_mann_whitney(const double *a, size_t a_n, const double *b, size_t b_n)
{
    double ties = tie_sum(a, a_n, b, b_n);
    struct stats_rank_test test = {
        .u = count_pairs(a, a_n, b, b_n),
        .exact = ties == 0 && a_n < EXACT_BELOW && b_n < EXACT_BELOW,
    };
    test.p =
        test.exact ? exact_p(test.u, a_n, b_n) : normal_p(test.u, ties, (double)a_n, (double)b_n);
    return test;
}

double stats_mann_whitney_least_p(size_t a_n, size_t b_n)
{
    if (a_n < EXACT_BELOW && b_n < EXACT_BELOW)
        return exact_p(0, a_n, b_n);
    return normal_p(0, 0, (double)a_n, (double)b_n);
}

/* ---- ratio of medians ---- */

static double quantile_of(double *values, size_t n, double p)
{
    qsort(values, n, sizeof(*values), stats_compare_doubles);
    return stats_quantile(values, n, p);
}

struct stats_ratio stats_ratio_of_medians(const double *a, size_t a_n, const double *b, size_t b_n,
                                          uint64_t seed)
{
    double *a_sorted = sorted_copy(a, a_n), *b_sorted = sorted_copy(b, b_n);
    double *ratios = xcalloc(BOOTSTRAP_RESAMPLES, sizeof(*ratios));
    unsigned *drawn = xcalloc(a_n > b_n ? a_n : b_n, sizeof(*drawn));
    struct stats_ratio result = {
        .ratio = stats_median(b_sorted, b_n) / stats_median(a_sorted, a_n),
    };
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < BOOTSTRAP_RESAMPLES; i++) {
        double below = stats_resample_median(a_sorted, a_n, drawn, &rng);
        ratios[i] = stats_resample_median(b_sorted, b_n, drawn, &rng) / below;
    }
    result.interval.low = quantile_of(ratios, BOOTSTRAP_RESAMPLES, 0.025);
    result.interval.high = stats_quantile(ratios, BOOTSTRAP_RESAMPLES, 0.975);
    free(drawn);
    free(ratios);
    free(b_sorted);
    free(a_sorted);
    return result;
}

/* ---- the outcome ---- */

static enum stats_outcome outcome_of(const struct stats_comparison *c, size_t a_n, size_t b_n)
{
    const struct stats_interval *interval = &c->ratio.interval;
    if (stats_mann_whitney_least_p(a_n, b_n) >= STATS_ALPHA)
        return STATS_TOO_FEW;
    if (!(c->test.p < STATS_ALPHA))
        return STATS_NO_DIFFERENCE;
    /* The threshold is symmetric: 1% more, or 1 / 1.01. */
    if (interval->low > 1 && c->ratio.ratio >= 1 + STATS_NOISE_THRESHOLD)
        return STATS_SLOWER;
    if (interval->high < 1 && c->ratio.ratio <= 1 / (1 + STATS_NOISE_THRESHOLD))
        return STATS_FASTER;
    return STATS_NO_DIFFERENCE;
}

struct stats_comparison stats_compare(const double *a, size_t a_n, const double *b, size_t b_n,
                                      uint64_t seed)
{
    struct stats_comparison comparison = {
        .ratio = stats_ratio_of_medians(a, a_n, b, b_n, seed),
        .test = stats_mann_whitney(a, a_n, b, b_n),
    };
    comparison.outcome = outcome_of(&comparison, a_n, b_n);
    return comparison;
}

/* ---- order statistics ---- */

/* The smallest k with P(B <= k) >= wanted, B ~ Binomial(n, p): R's qbinom(). The sum starts so far
 * below the mean that the terms left out are below 10^-20. */
static size_t binomial_quantile(double wanted, size_t n, double p)
{
    double mean = (double)n * p, spread = sqrt(mean * (1 - p));
    size_t k = (size_t)fmax(0, floor(mean - 10 * spread - 100));
    double m = (double)n, below = 0;
    for (; k < n; k++) {
        double x = (double)k;
        below += exp(lgamma(m + 1) - lgamma(x + 1) - lgamma(m - x + 1) + x * log(p) +
                     (m - x) * log1p(-p));
        if (below >= wanted)
            break;
    }
    return k;
}

/* The number of values below the quantile is binomial, so the l-th smallest (from 1) lies above it
 * with probability P(B < l), and the u-th lies below it with P(B >= u). */
bool stats_quantile_interval(size_t n, double p, double confidence, size_t *low, size_t *high)
{
    double tail = (1 - confidence) / 2;
    size_t l = binomial_quantile(tail, n, p);
    size_t u = binomial_quantile(1 - tail, n, p) + 1;
    if (l < 1 || u > n)
        return false;
    *low = l - 1;
    *high = u - 1;
    return true;
}
