/* Statistics on fixed vectors. Expected values were worked out by hand, with the working beside
 * them. */
#include "bench/base/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

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
    struct stats_summary s = stats_summarise(values, ARRAY_LEN(values));
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
    struct stats_summary s = stats_summarise((double[]){10, 1, 4, 2}, 4);
    assert_close(s.median, 3);
    assert_close(s.mad, 1.5);
    assert_close(s.best3, 7.0 / 3);
}

static void a_summary_of_few(void **state)
{
    (void)state;
    struct stats_summary one = stats_summarise((double[]){7}, 1);
    assert_close(one.median, 7);
    assert_close(one.mad, 0);
    assert_close(one.best3, 7);
    assert_close(one.interval.low, 7);
    assert_close(one.interval.high, 7);
    assert_close(one.interval.coverage, 0);
    struct stats_summary two = stats_summarise((double[]){8, 6}, 2);
    assert_close(two.median, 7);
    assert_close(two.mad, 1);
    assert_close(two.best3, 7); /* of all, where there are fewer */
    struct stats_summary same = stats_summarise((double[]){3, 3, 3, 3, 3}, 5);
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

/* ---- the interval of the median ---- */

/* From the l-th smallest to the l-th largest of n values: the median is outside only if fewer than
 * l values lie on one side of it, each of them with a probability of 1/2. */
static void intervals_reach_their_coverage(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double low, high, coverage;
        bool interval;
    } rows[] = {
        {2, 1, 2, 1 - 2 / 4., false},          {3, 1, 3, 1 - 2 / 8., false},
        {4, 1, 4, 1 - 2 / 16., false},         {5, 1, 5, 1 - 2 / 32., false},
        {6, 1, 6, 1 - 2 / 64., true},                                         /* 96.9% */
        {7, 1, 7, 1 - 2 / 128., true},         {8, 1, 8, 1 - 2 / 256., true}, /* l = 2: 93.0% */
        {9, 2, 8, 1 - 2 * 10 / 512., true},    /* 96.1%: 1 + 9 of 2^9 on either side */
        {12, 3, 10, 1 - 2 * 79 / 4096., true}, /* 1 + 12 + 66 of 2^12; l = 4: 85.4% */
    };
    const double sorted[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct stats_interval interval = stats_summarise(sorted, rows[i].n).interval;
        assert_close(interval.low, rows[i].low);
        assert_close(interval.high, rows[i].high);
        assert_close(interval.coverage, rows[i].coverage);
        assert_int_equal(stats_is_interval(interval), rows[i].interval);
    }
}

/* 97.5% on either side of two take seven values: of six they are 96.9%. */
static void a_larger_confidence_takes_more(void **state)
{
    (void)state;
    const double sorted[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    assert_close(stats_median_interval(sorted, 10, 0.95).low, 2);
    assert_close(stats_median_interval(sorted, 10, sqrt(0.95)).low, 2); /* 1 - 22 / 1024: 97.9% */
    assert_close(stats_median_interval(sorted, 10, 0.99).low, 1);
}

/* P(B <= k), in R: pbinom(k, n, p). */
static void binomial_probabilities(void **state)
{
    (void)state;
    assert_close(stats_binomial(0, 5, 0.5), 1 / 32.);
    assert_close(stats_binomial(2, 5, 0.5), 16 / 32.);
    assert_close(stats_binomial(5, 5, 0.5), 1);
    assert_close(stats_binomial(1, 2, 0.1), 0.99);
    assert_close(stats_binomial(7, 5, 0.5), 1);
}

/* Far above the mean there is nothing to add up: 10^8 terms would take seconds, and the sum of the
 * terms that were rounded is not 1. */
static void binomial_probabilities_far_from_the_mean(void **state)
{
    (void)state;
    const size_t n = 100000000;
    assert_true(stats_binomial(n, n, 0.01) == 1);
    assert_true(stats_binomial(n - 1, n, 0.01) == 1);
    assert_true(stats_binomial(0, n, 0.01) == 0);
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
        cmocka_unit_test(intervals_reach_their_coverage),
        cmocka_unit_test(a_larger_confidence_takes_more),
        cmocka_unit_test(binomial_probabilities),
        cmocka_unit_test(binomial_probabilities_far_from_the_mean),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
