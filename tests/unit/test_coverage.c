/* Simulated coverage: how often an interval contains the figure that it is an interval of, for
 * every kind that is printed. It must not be below the stated coverage by more than 1%. The table
 * of docs/methodology.md is the output of COVERAGE_TRIALS=100000 build/tests/test_coverage and
 * takes minutes; without that variable there are fewer trials and no table. */
#include "bench/base/stats_compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/rng.h"

enum { FEWEST_TRIALS = 400, VALUES_MAX = 1024 };

/* ---- distributions ---- */

static double normal_cdf(double x)
{
    return erfc(-x / sqrt(2)) / 2;
}

/* Student's t with two degrees of freedom: its variance is infinite. */
static double heavy_cdf(double x)
{
    return 0.5 + x / (2 * sqrt(2 + x * x));
}

/* Three of ten runs are slow, as where the accept queue overflows. */
static double bimodal_cdf(double x)
{
    return 0.7 * normal_cdf(x) + 0.3 * normal_cdf(x - 10);
}

typedef double cdf_fn(double x);

static const struct distribution {
    const char *name;
    cdf_fn *cdf;
} distributions[] = {{"normal", normal_cdf}, {"heavy", heavy_cdf}, {"bimodal", bimodal_cdf}};

enum { DISTRIBUTIONS = sizeof(distributions) / sizeof(distributions[0]) };

/* By bisection. */
static double quantile_of(cdf_fn *cdf, double p)
{
    double low = -1e4, high = 1e4;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        *(cdf(middle) < p ? &low : &high) = middle;
    }
    return high;
}

static double uniform(struct rng *rng)
{
    return ((double)rng_upto(rng, (1U << 30) - 1) + 0.5) / (1U << 30);
}

static double draw_normal(struct rng *rng)
{
    return sqrt(-2 * log(uniform(rng))) * cos(2 * acos(-1) * uniform(rng));
}

static double draw(const struct distribution *distribution, struct rng *rng)
{
    if (distribution->cdf == heavy_cdf)
        return draw_normal(rng) / sqrt(-log(uniform(rng)));
    double slow = distribution->cdf == bimodal_cdf && uniform(rng) < 0.3 ? 10 : 0;
    return draw_normal(rng) + slow;
}

/* A time: 5% is a standard deviation of the normal one. */
static double draw_time(const struct distribution *distribution, struct rng *rng)
{
    return exp(0.05 * draw(distribution, rng));
}

static double median_time(const struct distribution *distribution)
{
    return exp(0.05 * quantile_of(distribution->cdf, 0.5));
}

/* ---- kinds of intervals, each of `n` runs, blocks or requests ---- */

typedef struct stats_interval interval_fn(const struct distribution *distribution, size_t n,
                                          struct rng *rng);
typedef double figure_fn(const struct distribution *distribution);

static struct stats_interval of_median(const struct distribution *distribution, size_t n,
                                       struct rng *rng)
{
    double values[VALUES_MAX];
    for (size_t i = 0; i < n; i++)
        values[i] = draw_time(distribution, rng);
    return stats_summarise(values, n).interval;
}

/* What slows a block slows both of its runs: by up to half. */
static struct stats_interval of_blocks(const struct distribution *distribution, size_t n,
                                       struct rng *rng)
{
    double ratios[VALUES_MAX];
    for (size_t i = 0; i < n; i++) {
        double slow = 1 + uniform(rng) / 2;
        double a = slow * draw_time(distribution, rng), b = slow * draw_time(distribution, rng);
        ratios[i] = 1.1 * b / a;
    }
    return stats_compare_pairs(ratios, n).ratio.interval;
}

/* Of the same distribution, b's 10% longer: the logarithm of the ratio is symmetric about that. */
static double figure_of_blocks(const struct distribution *distribution)
{
    (void)distribution;
    return 1.1;
}

/* The other side is normal, so that spread and form differ. */
static struct stats_interval of_two(const struct distribution *distribution, size_t n,
                                    struct rng *rng)
{
    double a[VALUES_MAX], b[VALUES_MAX];
    for (size_t i = 0; i < n; i++) {
        a[i] = draw_time(&distributions[0], rng);
        b[i] = draw_time(distribution, rng);
    }
    return stats_compare(a, n, b, n).ratio.interval;
}

static struct stats_interval of_percentile(const struct distribution *distribution, size_t n,
                                           struct rng *rng, double p)
{
    double values[VALUES_MAX];
    size_t low, high;
    for (size_t i = 0; i < n; i++)
        values[i] = draw(distribution, rng);
    qsort(values, n, sizeof(*values), stats_compare_doubles);
    assert_true(stats_quantile_interval(n, p, STATS_COVERAGE, &low, &high));
    return (struct stats_interval){values[low], values[high], STATS_COVERAGE};
}

static struct stats_interval of_p50(const struct distribution *distribution, size_t n,
                                    struct rng *rng)
{
    return of_percentile(distribution, n, rng, 0.5);
}

static double figure_of_p50(const struct distribution *distribution)
{
    return quantile_of(distribution->cdf, 0.5);
}

static struct stats_interval of_p99(const struct distribution *distribution, size_t n,
                                    struct rng *rng)
{
    return of_percentile(distribution, n, rng, 0.99);
}

static double figure_of_p99(const struct distribution *distribution)
{
    return quantile_of(distribution->cdf, 0.99);
}

static const struct kind {
    const char *name;
    interval_fn *interval;
    figure_fn *figure;
    size_t n[12]; /* ended by 0 */
} kinds[] = {
    {"median of runs", of_median, median_time, {3, 4, 5, 6, 7, 8, 9, 10, 12, 20, 30, 0}},
    {"median ratio by blocks",
     of_blocks,
     figure_of_blocks,
     {3, 4, 5, 6, 7, 8, 9, 10, 12, 20, 30, 0}},
    {"ratio of two medians", of_two, median_time, {3, 4, 5, 6, 7, 8, 9, 10, 12, 20, 30, 0}},
    {"p50 of a run's requests", of_p50, figure_of_p50, {6, 32, 256, 1024, 0}},
    {"p99 of a run's requests", of_p99, figure_of_p99, {368, 512, 1024, 0}},
};

/* ---- simulation ---- */

static size_t trials_wanted(void)
{
    const char *text = getenv("COVERAGE_TRIALS");
    return text ? strtoul(text, NULL, 10) : FEWEST_TRIALS;
}

static double simulate(const struct kind *kind, const struct distribution *distribution, size_t n,
                       size_t trials, double *stated)
{
    struct rng rng;
    double figure = kind->figure(distribution);
    size_t covered = 0;
    rng_init(&rng, 11);
    for (size_t i = 0; i < trials; i++) {
        struct stats_interval interval = kind->interval(distribution, n, &rng);
        covered += interval.low <= figure && figure <= interval.high;
        *stated = interval.coverage;
    }
    return (double)covered / (double)trials;
}

static void simulate_row(const struct kind *kind, size_t n, size_t trials)
{
    double stated = 0, coverage[DISTRIBUTIONS];
    for (size_t d = 0; d < DISTRIBUTIONS; d++)
        coverage[d] = simulate(kind, &distributions[d], n, trials, &stated);
    if (getenv("COVERAGE_TRIALS"))
        printf("| %s | %zu | %s | %.1f%% | %.1f%% | %.1f%% | %.1f%% |\n", kind->name, n,
               stated >= STATS_COVERAGE ? "interval" : "range", 100 * stated, 100 * coverage[0],
               100 * coverage[1], 100 * coverage[2]);
    /* Besides 1%, four standard deviations of the simulation itself. */
    double allowed = 0.01 + 4 * sqrt(stated * (1 - stated) / (double)trials);
    for (size_t d = 0; d < DISTRIBUTIONS; d++)
        if (coverage[d] < stated - allowed)
            fail_msg("%s, n %zu, %s: %g, not %g", kind->name, n, distributions[d].name, coverage[d],
                     stated);
}

static void no_interval_covers_less_than_it_states(void **state)
{
    (void)state;
    if (getenv("COVERAGE_TRIALS"))
        puts("| of | n | kind | stated | normal | heavy-tailed | bimodal |\n"
             "|---|--:|---|--:|--:|--:|--:|");
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        for (const size_t *n = kinds[k].n; *n; n++)
            simulate_row(&kinds[k], *n, trials_wanted());
}

/* The simulation can tell: an interval from the second of seven to the sixth, as a percentile
 * bootstrap has it, covers 1 - 2 (1 + 7) / 2^7 = 87.5%. */
static struct stats_interval too_narrow(const struct distribution *distribution, size_t n,
                                        struct rng *rng)
{
    double values[VALUES_MAX];
    for (size_t i = 0; i < n; i++)
        values[i] = draw_time(distribution, rng);
    qsort(values, n, sizeof(*values), stats_compare_doubles);
    return (struct stats_interval){values[1], values[n - 2], STATS_COVERAGE};
}

static void a_narrow_interval_is_noticed(void **state)
{
    (void)state;
    const struct kind narrow = {"too narrow", too_narrow, median_time, {0}};
    double stated, coverage = simulate(&narrow, &distributions[0], 7, FEWEST_TRIALS, &stated);
    assert_true(fabs(coverage - 0.875) < 0.04);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_interval_covers_less_than_it_states),
        cmocka_unit_test(a_narrow_interval_is_noticed),
    };
    return cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
}
