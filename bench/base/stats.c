#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/rng.h"

enum { BOOTSTRAP_RESAMPLES = 10000 };

int stats_compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
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

/* Draws ranks and counts them, which keeps the resample in order without sorting. */
double stats_resample_median(const double *sorted, size_t n, unsigned *drawn, struct rng *rng)
{
    memset(drawn, 0, n * sizeof(*drawn));
    for (size_t i = 0; i < n; i++)
        drawn[rng_upto(rng, n - 1)]++;
    size_t seen = 0, low_rank = (n - 1) / 2, high_rank = n / 2;
    double low = 0;
    for (size_t i = 0; i < n; i++) {
        size_t upto = seen + drawn[i];
        if (seen <= low_rank && low_rank < upto)
            low = sorted[i];
        if (seen <= high_rank && high_rank < upto)
            return (low + sorted[i]) / 2;
        seen = upto;
    }
    return low;
}

static struct stats_interval bootstrap_median(const double *sorted, size_t n, uint64_t seed)
{
    struct rng rng;
    if (n == 1)
        return (struct stats_interval){sorted[0], sorted[0]};
    rng_init(&rng, seed);
    double *medians = xcalloc(BOOTSTRAP_RESAMPLES, sizeof(*medians));
    unsigned *drawn = xcalloc(n, sizeof(*drawn));
    for (size_t i = 0; i < BOOTSTRAP_RESAMPLES; i++)
        medians[i] = stats_resample_median(sorted, n, drawn, &rng);
    qsort(medians, BOOTSTRAP_RESAMPLES, sizeof(*medians), stats_compare_doubles);
    struct stats_interval interval = {
        .low = stats_quantile(medians, BOOTSTRAP_RESAMPLES, 0.025),
        .high = stats_quantile(medians, BOOTSTRAP_RESAMPLES, 0.975),
    };
    free(drawn);
    free(medians);
    return interval;
}

static double median_deviation(const double *values, size_t n, double median)
{
    double *deviations = xcalloc(n, sizeof(*deviations));
    for (size_t i = 0; i < n; i++)
        deviations[i] = fabs(values[i] - median);
    double mad = stats_median(deviations, n);
    free(deviations);
    return mad;
}

struct stats_summary stats_summarise(const double *values, size_t n, uint64_t seed)
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
    summary.interval = bootstrap_median(sorted, n, seed);
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
