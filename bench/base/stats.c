#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/error.h"

int stats_compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int stats_compare_times(const void *a, const void *b)
{
    nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;
    return (x > y) - (x < y);
}

static double median_of_sorted(const double *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double stats_median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), stats_compare_doubles);
    return median_of_sorted(values, n);
}

double stats_quantile(const double *sorted, size_t n, double p)
{
    double rank = ceil(p * (double)n);
    size_t index = rank < 1 ? 0 : (size_t)rank - 1;
    return sorted[index < n ? index : n - 1];
}

bool stats_enough_values(size_t n, double p)
{
    double rarer = p < 0.5 ? p : 1 - p;
    /* 100 values are enough for a 99th percentile; 1 - 0.99 is slightly above 0.01 in binary. */
    return (double)n * rarer >= 1 - 1e-9;
}

double stats_quantile_or_none(const double *sorted, size_t n, double p)
{
    return n && stats_enough_values(n, p) ? stats_quantile(sorted, n, p) : -1;
}

/* ---- order statistics ---- */

static double binomial_term(size_t k, size_t n, double p)
{
    double x = (double)k, m = (double)n;
    return exp(lgamma(m + 1) - lgamma(x + 1) - lgamma(m - x + 1) + x * log(p) +
               (m - x) * log1p(-p));
}

/* The terms further than this from the mean are below 10^-20 together, on either side. */
static double reach_of_terms(size_t n, double p)
{
    return 10 * sqrt((double)n * p * (1 - p)) + 100;
}

static size_t first_term(size_t n, double p)
{
    return (size_t)fmax(0, floor((double)n * p - reach_of_terms(n, p)));
}

static size_t last_term(size_t n, double p)
{
    return (size_t)fmin((double)n, ceil((double)n * p + reach_of_terms(n, p)));
}

double stats_binomial(size_t k, size_t n, double p)
{
    const size_t last = last_term(n, p);
    double below = 0;
    if (k > last)
        return 1;
    for (size_t i = first_term(n, p); i <= k; i++)
        below += binomial_term(i, n, p);
    return fmin(1, below);
}

/* The smallest k with P(B <= k) >= wanted, B ~ Binomial(n, p): R's qbinom(). */
static size_t binomial_quantile(double wanted, size_t n, double p)
{
    size_t k = first_term(n, p);
    for (double below = 0; k < n; k++) {
        below += binomial_term(k, n, p);
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

struct stats_interval stats_median_interval(const double *sorted, size_t n, double confidence)
{
    size_t low = 0, high = n - 1;
    stats_quantile_interval(n, 0.5, confidence, &low, &high);
    return (struct stats_interval){
        .low = sorted[low],
        .high = sorted[high],
        .coverage = stats_binomial(high, n, 0.5) - stats_binomial(low, n, 0.5),
    };
}

/* ---- summaries ---- */

static double median_deviation(const double *values, size_t n, double median)
{
    double *deviations = xcalloc(n, sizeof(*deviations));
    for (size_t i = 0; i < n; i++)
        deviations[i] = fabs(values[i] - median);
    double mad = stats_median(deviations, n);
    free(deviations);
    return mad;
}

struct stats_summary stats_summarise(const double *values, size_t n)
{
    if (n == 0)
        return (struct stats_summary){.median = NAN,
                                      .interval = {NAN, NAN},
                                      .mad = NAN,
                                      .min = NAN,
                                      .max = NAN,
                                      .best3 = NAN};
    double *sorted = xcalloc(n, sizeof(*sorted));
    memcpy(sorted, values, n * sizeof(*sorted));
    struct stats_summary summary = {.n = n, .median = stats_median(sorted, n)};
    summary.interval = stats_median_interval(sorted, n, STATS_COVERAGE);
    summary.mad = median_deviation(sorted, n, summary.median);
    summary.min = sorted[0];
    summary.max = sorted[n - 1];
    size_t best = n < 3 ? n : 3;
    for (size_t i = 0; i < best; i++)
        summary.best3 += sorted[i] / (double)best;
    free(sorted);
    return summary;
}

size_t stats_outliers(const double *values, size_t n, const struct stats_summary *summary)
{
    /* Divided by 0.6745 the MAD of normal values is their standard deviation. */
    const double limit = 3.5 * summary->mad / 0.6745;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += fabs(values[i] - summary->median) > limit;
    return n < 5 || summary->mad <= 0 ? 0 : count;
}
