/* Statistics on fixed vectors. Expected values were worked out by hand, with the working beside
 * them; the bootstrap's are those of the exact distribution, which for a handful of values can be
 * written down or enumerated. */
#include "bench/base/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { RESAMPLES = 10000 }; /* of the interval, as its header says */

static void assert_close(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

static double median_of(const double *values, size_t n)
{
    double copy[16];
    memcpy(copy, values, n * sizeof(*copy));
    return stats_median(copy, n);
}

static void medians(void **state)
{
    (void)state;
    assert_close(median_of((double[]){4}, 1), 4);
    assert_close(median_of((double[]){5, 1}, 2), 3);
    assert_close(median_of((double[]){3, 9, 1}, 3), 3);
    assert_close(median_of((double[]){4, 1, 3, 2}, 4), 2.5);
    assert_close(median_of((double[]){2, 2, 2, 2, 7}, 5), 2);
    assert_close(median_of((double[]){-1, -5, 0, 5, 1, 1000000}, 6), 0.5);
}

/* Sorted: 0.1 0.2 0.3 0.4 9. Median 0.3; deviations 0.2 0.1 0 0.1 8.7, so MAD 0.1; the best three
 * are 0.1 0.2 0.3. One value far out moves neither median nor MAD. */
static void a_summary(void **state)
{
    (void)state;
    const double values[] = {0.3, 9, 0.1, 0.4, 0.2};
    double before[ARRAY_LEN(values)];
    memcpy(before, values, sizeof(values));
    struct stats_summary s = stats_summarise(values, ARRAY_LEN(values), 1);
    assert_int_equal(s.n, 5);
    assert_close(s.median, 0.3);
    assert_close(s.mad, 0.1);
    assert_close(s.min, 0.1);
    assert_close(s.max, 9);
    assert_close(s.best3, 0.2);
    assert_memory_equal(values, before, sizeof(values));
}

/* Even n: median (2+4)/2 = 3; deviations 2 1 1 7, sorted 1 1 2 7, so MAD 1.5. */
static void a_summary_of_an_even_number(void **state)
{
    (void)state;
    struct stats_summary s = stats_summarise((double[]){10, 1, 4, 2}, 4, 1);
    assert_close(s.median, 3);
    assert_close(s.mad, 1.5);
    assert_close(s.best3, 7.0 / 3);
}

static void a_summary_of_few(void **state)
{
    (void)state;
    struct stats_summary one = stats_summarise((double[]){7}, 1, 1);
    assert_close(one.median, 7);
    assert_close(one.mad, 0);
    assert_close(one.best3, 7);
    assert_close(one.interval.low, 7);
    assert_close(one.interval.high, 7);
    struct stats_summary two = stats_summarise((double[]){8, 6}, 2, 1);
    assert_close(two.median, 7);
    assert_close(two.mad, 1);
    assert_close(two.best3, 7); /* of all, where there are fewer */
    struct stats_summary same = stats_summarise((double[]){3, 3, 3, 3, 3}, 5, 1);
    assert_close(same.mad, 0);
    assert_close(same.interval.low, 3);
    assert_close(same.interval.high, 3);
}

/* The smallest value that at least a share p does not exceed: of ten, rank ceil(10 p). */
static void quantiles(void **state)
{
    (void)state;
    const double ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    static const struct {
        double p, expected;
    } rows[] = {{0.01, 1}, {0.1, 1}, {0.11, 2},  {0.5, 5},
                {0.51, 6}, {0.9, 9}, {0.95, 10}, {0.99, 10}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_close(stats_quantile(ten, 10, rows[i].p), rows[i].expected);
    assert_close(stats_quantile((double[]){4}, 1, 0.99), 4);
    double hundred[100];
    for (int i = 0; i < 100; i++)
        hundred[i] = i + 1;
    assert_close(stats_quantile(hundred, 100, 0.5), 50);
    assert_close(stats_quantile(hundred, 100, 0.98), 98);
}

/* At least one value expected beyond: n (1 - p) >= 1. */
static void what_so_many_can_bear(void **state)
{
    (void)state;
    assert_true(stats_enough_values(2, 0.5));
    assert_false(stats_enough_values(1, 0.5));
    assert_true(stats_enough_values(10, 0.9));
    assert_false(stats_enough_values(9, 0.9));
    assert_true(stats_enough_values(100, 0.99));
    assert_false(stats_enough_values(99, 0.99));
    assert_true(stats_enough_values(1000, 0.999));
    assert_false(stats_enough_values(999, 0.999));
    assert_true(stats_enough_values(100, 0.01)); /* and on the other side */
    assert_false(stats_enough_values(99, 0.01));
    assert_false(stats_enough_values(0, 0.5));
}

static void an_order_for_qsort(void **state)
{
    (void)state;
    const double small = -1e300, large = 1e-300;
    assert_true(stats_compare_doubles(&small, &large) < 0);
    assert_true(stats_compare_doubles(&large, &small) > 0);
    assert_int_equal(stats_compare_doubles(&large, &large), 0);
}

/* ---- the bootstrap ---- */

/* All n^n resamples of `sorted`, each as likely: their medians, sorted. Returns how many. */
static size_t enumerate_medians(const double *sorted, size_t n, double *out)
{
    size_t total = 1;
    for (size_t i = 0; i < n; i++)
        total *= n;
    for (size_t r = 0; r < total; r++) {
        double resample[8];
        size_t digits = r;
        for (size_t i = 0; i < n; i++, digits /= n)
            resample[i] = sorted[digits % n];
        qsort(resample, n, sizeof(*resample), stats_compare_doubles);
        out[r] = (resample[(n - 1) / 2] + resample[n / 2]) / 2;
    }
    qsort(out, total, sizeof(*out), stats_compare_doubles);
    return total;
}

/* 10,000 draws hit the exact 2.5% and 97.5% points unless the distribution has a step within some
 * standard deviations (0.16%) of them: then these values could not be used here. */
static double exact_quantile(const double *medians_sorted, size_t total, double p)
{
    double expected = stats_quantile(medians_sorted, total, p);
    assert_close(stats_quantile(medians_sorted, total, p - 0.008), expected);
    assert_close(stats_quantile(medians_sorted, total, p + 0.008), expected);
    return expected;
}

static void the_interval_is_the_exact_distribution_s(void **state)
{
    (void)state;
    static double all[46656]; /* 6^6 */
    const double values[] = {1, 2, 4, 8, 16, 32};
    for (size_t n = 2; n <= 6; n++) {
        size_t total = enumerate_medians(values, n, all);
        double low = exact_quantile(all, total, 0.025), high = exact_quantile(all, total, 0.975);
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct stats_summary s = stats_summarise(values, n, seed);
            assert_close(s.interval.low, low);
            assert_close(s.interval.high, high);
        }
    }
}

/* With n odd the median is at most the k-th smallest if at least (n+1)/2 of n draws are among the k
 * smallest, which is binomial with p = k/n. n = 5, k = 1: 10 (1/5)^3 (4/5)^2 + 5 (1/5)^4 (4/5) +
 * (1/5)^5 = 0.058 > 2.5%: the smallest. n = 7, k = 1: 35 (1/7)^4 (6/7)^3 + ... = 0.010; k = 2:
 * 0.108 > 2.5%: the second. And the same from above. */
static void the_interval_of_five_and_of_seven(void **state)
{
    (void)state;
    struct stats_summary five = stats_summarise((double[]){50, 30, 10, 40, 20}, 5, 99);
    assert_close(five.interval.low, 10);
    assert_close(five.interval.high, 50);
    struct stats_summary seven = stats_summarise((double[]){70, 10, 20, 60, 30, 50, 40}, 7, 99);
    assert_close(seven.interval.low, 20);
    assert_close(seven.interval.high, 60);
}

/* Each step of that distribution for n = 5: the binomials' differences, in 3125ths. */
static void a_resample_s_median_is_distributed_exactly(void **state)
{
    (void)state;
    static const double shares[] = {181 / 3125., 811 / 3125., 1141 / 3125., 811 / 3125.,
                                    181 / 3125.};
    const double sorted[] = {0, 1, 2, 3, 4};
    unsigned drawn[5], counts[5] = {0};
    struct rng rng;
    rng_init(&rng, 5);
    const double n = 10 * RESAMPLES;
    for (size_t i = 0; i < 10 * RESAMPLES; i++)
        counts[(size_t)stats_resample_median(sorted, 5, drawn, &rng)]++;
    for (size_t i = 0; i < 5; i++) {
        double deviation = sqrt(n * shares[i] * (1 - shares[i]));
        assert_true(fabs(counts[i] - n * shares[i]) < 5 * deviation);
    }
}

static void a_seed_repeats_and_another_does_not(void **state)
{
    (void)state;
    double values[40];
    struct rng rng;
    rng_init(&rng, 3);
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        values[i] = (double)rng_upto(&rng, 1000000);
    struct stats_summary a = stats_summarise(values, 40, 7), b = stats_summarise(values, 40, 7);
    assert_memory_equal(&a.interval, &b.interval, sizeof(a.interval));
    unsigned differ = 0;
    for (uint64_t seed = 8; seed < 28; seed++) {
        struct stats_summary other = stats_summarise(values, 40, seed);
        differ += memcmp(&a.interval, &other.interval, sizeof(a.interval)) != 0;
        assert_close(other.median, a.median);
    }
    assert_true(differ > 0);
    double sorted[40];
    memcpy(sorted, values, sizeof(sorted));
    qsort(sorted, 40, sizeof(*sorted), stats_compare_doubles);
    struct stats_summary c = stats_summarise(sorted, 40, 7); /* the order does not matter */
    assert_memory_equal(&a.interval, &c.interval, sizeof(a.interval));
    assert_true(a.interval.low < a.median && a.median < a.interval.high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(medians),
        cmocka_unit_test(a_summary),
        cmocka_unit_test(a_summary_of_an_even_number),
        cmocka_unit_test(a_summary_of_few),
        cmocka_unit_test(quantiles),
        cmocka_unit_test(what_so_many_can_bear),
        cmocka_unit_test(an_order_for_qsort),
        cmocka_unit_test(the_interval_is_the_exact_distribution_s),
        cmocka_unit_test(the_interval_of_five_and_of_seven),
        cmocka_unit_test(a_resample_s_median_is_distributed_exactly),
        cmocka_unit_test(a_seed_repeats_and_another_does_not),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
