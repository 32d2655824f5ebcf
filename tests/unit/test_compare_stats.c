/* The comparison of two samples against R and SciPy. Every expected value names the call that gave
 * it; R is 4.2.2, its package boot 1.3.28.1, SciPy 1.10.1. */
#include "bench/base/stats_compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define VALUES(...)                                                                                \
    ARRAY_LEN(((double[]){__VA_ARGS__})),                                                          \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

enum { VALUES_MAX = 60 };

static void assert_near(const char *what, double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.17g, not %.17g", what, value, expected);
}

/* ---- Mann and Whitney ---- */

struct rank_vector {
    const char *name;
    size_t a_n;
    double a[VALUES_MAX];
    size_t b_n;
    double b[VALUES_MAX];
    double u, p;
    bool exact;
};

/* U and p are statistic and p.value of R's wilcox.test(a, b). Where an M is named, the same comes
 * from scipy.stats.mannwhitneyu(a, b, alternative="two-sided", method=M). */
static const struct rank_vector rank_vectors[] = {
    {"one against one", VALUES(1), VALUES(2), 0, 1, true},
    {"one against five", VALUES(1), VALUES(2, 3, 4, 5, 6), 0, 0.33333333333333331, true},
    {"three against three", VALUES(1.1, 2.2, 3.3), VALUES(1.5, 4.4, 5.5), 2, 0.40000000000000002,
     true},
    {"wholly apart", VALUES(1, 2, 3, 4, 5), VALUES(6, 7, 8, 9, 10), 0, 0.0079365079365079361, true},
    {"the other way", VALUES(6, 7, 8, 9, 10), VALUES(1, 2, 3, 4, 5), 25, 0.0079365079365079361,
     true},
    {"five against five", /* M = "exact" */
     VALUES(0.80, 0.83, 1.89, 1.04, 1.45), VALUES(1.38, 1.91, 1.64, 0.73, 1.46), 9,
     0.54761904761904767, true},
    {"R's own example", /* of ?wilcox.test, from Hollander and Wolfe, 1973 */
     VALUES(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46),
     VALUES(1.15, 0.88, 0.90, 0.74, 1.21), 35, 0.2544122544122544, true},
    {"some ties", /* M = "asymptotic", and so below */
     VALUES(1, 2, 2, 3, 4), VALUES(2, 4, 5, 5, 6), 3.5, 0.070484629046211, false},
    {"many ties", VALUES(5, 5, 5, 6, 7, 7, 8, 9, 9, 10),
     VALUES(6, 7, 8, 8, 9, 10, 10, 11, 12, 12, 13, 5), 30, 0.049910057914991181, false},
    {"identical samples", VALUES(1, 2, 3, 4, 5, 6), VALUES(1, 2, 3, 4, 5, 6), 18, 1, false},
    /* R gives NaN here, SciPy 1. */
    {"one value alone", VALUES(1, 1, 1, 1), VALUES(1, 1, 1, 1, 1, 1), 12, 1, false},
};

static void mann_whitney_agrees_with_r(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rank_vectors); i++) {
        const struct rank_vector *v = &rank_vectors[i];
        struct stats_rank_test test = stats_mann_whitney(v->a, v->a_n, v->b, v->b_n);
        assert_near(v->name, test.u, v->u, 0);
        assert_near(v->name, test.p, v->p, 1e-12);
        assert_int_equal(test.exact, v->exact);
    }
}

/* a: (0:(n-1)*37) %% 101 + shift and b: (0:(n-1)*53 + from) %% 103 + shift, in R's words. */
static void scatter(double *out, size_t n, unsigned step, unsigned from, unsigned modulus,
                    double shift)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (double)((i * step + from) % modulus) + shift;
}

static void mann_whitney_agrees_with_r_on_larger_samples(void **state)
{
    (void)state;
    double a[VALUES_MAX], b[VALUES_MAX];
    /* wilcox.test((0:29*37) %% 101, (0:29*53+8) %% 103 + 0.5), M = "exact" */
    scatter(a, 30, 37, 0, 101, 0);
    scatter(b, 30, 53, 8, 103, 0.5);
    struct stats_rank_test test = stats_mann_whitney(a, 30, b, 30);
    assert_true(test.exact);
    assert_near("30, U", test.u, 411, 0);
    assert_near("30, p", test.p, 0.5718356417096695, 1e-12);
    /* wilcox.test((0:48*37) %% 101 + 0.25, (0:48*53) %% 103 + 9), M = "exact": the largest that
     * is exact */
    scatter(a, 49, 37, 0, 101, 0.25);
    scatter(b, 49, 53, 0, 103, 9);
    test = stats_mann_whitney(a, 49, b, 49);
    assert_true(test.exact);
    assert_near("49, U", test.u, 1069, 0);
    assert_near("49, p", test.p, 0.35355724088501345, 1e-12);
    /* wilcox.test((0:49*37) %% 101 + 0.25, (0:59*53) %% 103, exact = FALSE), M = "asymptotic" */
    scatter(a, 50, 37, 0, 101, 0.25);
    scatter(b, 60, 53, 0, 103, 0);
    test = stats_mann_whitney(a, 50, b, 60);
    assert_false(test.exact);
    assert_near("50, U", test.u, 1583, 0);
    assert_near("50, p", test.p, 0.6204252937103818, 1e-12);
}

/* wilcox.test(1:30, 31:60)$p.value: a tail of 10^-17 keeps its digits. */
static void mann_whitney_keeps_small_tails(void **state)
{
    (void)state;
    double a[30], b[30];
    for (int i = 0; i < 30; i++) {
        a[i] = i + 1;
        b[i] = i + 31;
    }
    assert_near("30 apart", stats_mann_whitney(a, 30, b, 30).p, 1.6911233892144776e-17, 1e-10);
}

static void mann_whitney_is_symmetric(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rank_vectors); i++) {
        const struct rank_vector *v = &rank_vectors[i];
        struct stats_rank_test one = stats_mann_whitney(v->a, v->a_n, v->b, v->b_n);
        struct stats_rank_test other = stats_mann_whitney(v->b, v->b_n, v->a, v->a_n);
        assert_true(one.p == other.p);
        assert_true(one.u + other.u == (double)(v->a_n * v->b_n));
    }
}

/* 2 / choose(m + n, m): one of all ways to divide the ranks is the most extreme on either side. */
static void the_least_p_decides_who_has_too_few(void **state)
{
    (void)state;
    assert_near("5, 5", stats_mann_whitney_least_p(5, 5), 2 / 252.0, 1e-12);
    assert_near("4, 6", stats_mann_whitney_least_p(4, 6), 2 / 210.0, 1e-12);
    assert_near("3, 9", stats_mann_whitney_least_p(3, 9), 2 / 220.0, 1e-12);
    assert_near("4, 5", stats_mann_whitney_least_p(4, 5), 2 / 126.0, 1e-12);
    assert_true(stats_mann_whitney_least_p(1, 1) == 1);
}

/* ---- ratio of medians ---- */

struct ratio_vector {
    const char *name;
    size_t a_n;
    double a[VALUES_MAX];
    size_t b_n;
    double b[VALUES_MAX];
    double ratio;
    /* The exact bootstrap distribution's quantiles at 2 and 3%, at 97 and 98%: 10,000 resamples
     * find the 2.5% quantile between the first two unless a share strays by three deviations. */
    double low_from, low_to, high_from, high_to;
};

/* In R, with n odd: the median of a resample is the i-th smallest value with probability q(i) -
 * q(i-1), q(i) = 1 - pbinom((n-1)/2, n, i/n); the distribution of the ratio is the product of two
 * such. boot.ci(boot(…, R = 19999, strata = side), type = "perc") agrees: [0.990476, 1.111111],
 * [0.908333, 1.108911], [0.916667, 1.108911]. */
static const struct ratio_vector ratio_vectors[] = {
    {"three", VALUES(101, 105, 99), VALUES(110, 104, 107), 1.0594059405940595, 0.99047619047619051,
     0.99047619047619051, 1.1111111111111112, 1.1111111111111112},
    {"five", VALUES(101, 105, 99, 103, 120), VALUES(110, 104, 107, 109, 112), 1.058252427184466,
     0.90833333333333333, 0.90833333333333333, 1.108910891089109, 1.108910891089109},
    {"nine and eleven", VALUES(101, 105, 99, 103, 120, 98, 100.5, 102, 131),
     VALUES(110, 104, 107, 109, 112, 96, 140, 108, 105.5, 111, 113), 1.0686274509803921,
     0.91666666666666663, 0.93333333333333335, 1.107843137254902, 1.108910891089109},
};

static void assert_ratio(const struct ratio_vector *v, uint64_t seed)
{
    struct stats_ratio r = stats_ratio_of_medians(v->a, v->a_n, v->b, v->b_n, seed);
    assert_near(v->name, r.ratio, v->ratio, 1e-12);
    if (r.interval.low < v->low_from - 1e-12 || r.interval.low > v->low_to + 1e-12 ||
        r.interval.high < v->high_from - 1e-12 || r.interval.high > v->high_to + 1e-12)
        fail_msg("%s: [%.17g, %.17g]", v->name, r.interval.low, r.interval.high);
}

static void the_bootstrap_agrees_with_enumeration(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ratio_vectors); i++)
        for (uint64_t seed = 1; seed <= 5; seed++)
            assert_ratio(&ratio_vectors[i], seed);
    /* 101 + ((0:28*17) %% 29)^2 / 40 and 100 + ((0:28*11) %% 29)^2 / 30; boot.ci() says
     * [0.953185, 1.065129]. */
    struct ratio_vector large = {.name = "29",
                                 .a_n = 29,
                                 .b_n = 29,
                                 .ratio = 1.0059804847340257,
                                 .low_from = 0.95096213531967722,
                                 .low_to = 0.95480095480095484,
                                 .high_from = 1.0647026213669122,
                                 .high_to = 1.0705314009661835};
    for (int i = 0; i < 29; i++) {
        large.a[i] = 101 + pow(i * 17 % 29, 2) / 40;
        large.b[i] = 100 + pow(i * 11 % 29, 2) / 30;
    }
    assert_ratio(&large, 1);
}

/* All 4^4 resamples of four values, twice over: medians of an even number are means of two. */
static void the_bootstrap_agrees_with_all_resamples_of_four(void **state)
{
    (void)state;
    static const double a[] = {10, 11, 13, 17}, b[] = {20, 23, 24, 31};
    static double a_medians[256], b_medians[256], ratios[65536];
    for (int i = 0; i < 256; i++) {
        double x[4], y[4];
        for (int j = 0; j < 4; j++) {
            x[j] = a[i >> 2 * j & 3];
            y[j] = b[i >> 2 * j & 3];
        }
        a_medians[i] = stats_median(x, 4);
        b_medians[i] = stats_median(y, 4);
    }
    for (int i = 0; i < 65536; i++)
        ratios[i] = b_medians[i >> 8] / a_medians[i & 255];
    qsort(ratios, ARRAY_LEN(ratios), sizeof(ratios[0]), stats_compare_doubles);
    struct stats_ratio r = stats_ratio_of_medians(a, 4, b, 4, 1);
    assert_near("ratio", r.ratio, 23.5 / 12, 1e-12);
    assert_true(r.interval.low >= stats_quantile(ratios, ARRAY_LEN(ratios), 0.02));
    assert_true(r.interval.low <= stats_quantile(ratios, ARRAY_LEN(ratios), 0.03));
    assert_true(r.interval.high >= stats_quantile(ratios, ARRAY_LEN(ratios), 0.97));
    assert_true(r.interval.high <= stats_quantile(ratios, ARRAY_LEN(ratios), 0.98));
}

static void the_same_seed_gives_the_same_interval(void **state)
{
    (void)state;
    const struct ratio_vector *v = &ratio_vectors[2];
    struct stats_ratio one = stats_ratio_of_medians(v->a, v->a_n, v->b, v->b_n, 42);
    struct stats_ratio other = stats_ratio_of_medians(v->a, v->a_n, v->b, v->b_n, 42);
    assert_memory_equal(&one, &other, sizeof(one));
}

static void one_value_a_side_has_an_interval_of_no_width(void **state)
{
    (void)state;
    struct stats_ratio r = stats_ratio_of_medians((double[]){4}, 1, (double[]){5}, 1, 1);
    assert_true(r.ratio == 1.25 && r.interval.low == 1.25 && r.interval.high == 1.25);
}

/* ---- the quality ---- */

struct verdict_vector {
    const char *name;
    size_t a_n;
    double a[VALUES_MAX];
    size_t b_n;
    double b[VALUES_MAX];
    enum stats_outcome quality;
};

static const struct verdict_vector verdict_vectors[] = {
    {"one a side", VALUES(1), VALUES(100), STATS_TOO_FEW},
    {"four a side", VALUES(1, 2, 3, 4), VALUES(101, 102, 103, 104), STATS_TOO_FEW},
    {"four and six", VALUES(1, 2, 3, 4), VALUES(101, 102, 103, 104, 105, 106), STATS_SLOWER},
    {"slower", VALUES(100, 101, 102, 103, 104), VALUES(110, 111, 112, 113, 114), STATS_SLOWER},
    {"faster", VALUES(110, 111, 112, 113, 114), VALUES(100, 101, 102, 103, 104), STATS_FASTER},
    {"one stray value", VALUES(100, 101, 102, 103, 111.5), VALUES(110, 111, 112, 113, 114),
     STATS_NO_DIFFERENCE},
    {"identical", VALUES(1, 2, 3, 4, 5), VALUES(1, 2, 3, 4, 5), STATS_NO_DIFFERENCE},
    {"one value alone", VALUES(1, 1, 1, 1, 1), VALUES(1, 1, 1, 1, 1), STATS_NO_DIFFERENCE},
    /* Wholly apart (p = 0.0079), and by less than 1%: nobody cares. */
    {"apart by 0.9%", VALUES(1000, 1001, 1002, 1003, 1004), VALUES(1009, 1010, 1011, 1012, 1013),
     STATS_NO_DIFFERENCE},
    {"apart by 1.1%", VALUES(1000, 1001, 1002, 1003, 1004), VALUES(1011, 1012, 1013.1, 1014, 1015),
     STATS_SLOWER},
    /* wilcox.test(a, b)$p.value is 0.00288; the interval holds 1. */
    {"bimodal", VALUES(100, 101, 102, 103, 104, 105, 106, 200, 201, 202),
     VALUES(107, 108, 109, 110, 203, 204, 205, 206, 207, 208), STATS_NO_DIFFERENCE},
};

static void the_verdict_follows_its_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(verdict_vectors); i++) {
        const struct verdict_vector *v = &verdict_vectors[i];
        struct stats_comparison c = stats_compare(v->a, v->a_n, v->b, v->b_n, 1);
        if (c.outcome != v->quality)
            fail_msg("%s: %d, not %d (ratio %g [%g, %g], p %g)", v->name, (int)c.outcome,
                     (int)v->quality, c.ratio.ratio, c.ratio.interval.low, c.ratio.interval.high,
                     c.test.p);
    }
}

/* Turning the sides round turns faster into slower, and nothing else. */
static void the_verdict_has_no_favourites(void **state)
{
    (void)state;
    static const enum stats_outcome turned[] = {
        [STATS_NO_DIFFERENCE] = STATS_NO_DIFFERENCE,
        [STATS_FASTER] = STATS_SLOWER,
        [STATS_SLOWER] = STATS_FASTER,
        [STATS_TOO_FEW] = STATS_TOO_FEW,
    };
    for (size_t i = 0; i < ARRAY_LEN(verdict_vectors); i++) {
        const struct verdict_vector *v = &verdict_vectors[i];
        struct stats_comparison c = stats_compare(v->b, v->b_n, v->a, v->a_n, 1);
        assert_int_equal(c.outcome, turned[v->quality]);
    }
}

/* Samples of one distribution, of which every fifth value strays by 20%: at 1% a rank test errs in
 * 2 of 200; 8 would happen once in 1000 seeds, and this seed is fixed. */
static void equal_samples_are_seldom_called_different(void **state)
{
    (void)state;
    struct rng rng;
    size_t wrong = 0;
    rng_init(&rng, 11);
    for (uint64_t trial = 0; trial < 200; trial++) {
        double values[2][6];
        for (size_t i = 0; i < 12; i++)
            values[i / 6][i % 6] =
                100 + (double)rng_upto(&rng, 1000) / 500 + (rng_upto(&rng, 4) == 0 ? 20 : 0);
        struct stats_comparison c = stats_compare(values[0], 6, values[1], 6, trial);
        wrong += c.outcome != STATS_NO_DIFFERENCE;
    }
    assert_in_range(wrong, 0, 7);
}

/* ---- order statistics ---- */

/* In R, with t = (1 - confidence) / 2: from qbinom(t, n, p) - 1 to qbinom(1 - t, n, p), counted
 * from 0, and none where one is not within 0 to n - 1. */
static void quantile_intervals_agree_with_r(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double p, confidence;
        bool has;
        size_t low, high;
    } vectors[] = {
        {10, 0.5, 0.95, true, 1, 8},
        {10, 0.5, 0.99, true, 0, 9},
        {6, 0.5, 0.95, true, 0, 5},
        {6, 0.5, 0.99, false, 0, 0},
        {5, 0.5, 0.95, false, 0, 0},
        {1, 0.5, 0.95, false, 0, 0},
        {20, 0.5, 0.95, true, 5, 14},
        {20, 0.5, 0.99, true, 3, 16},
        {100, 0.9, 0.95, true, 83, 95},
        {100, 0.9, 0.99, true, 81, 97},
        {100, 0.99, 0.95, false, 0, 0},
        {368, 0.99, 0.95, true, 359, 367}, /* the fewest for a 99th percentile */
        {367, 0.99, 0.95, false, 0, 0},
        {368, 0.99, 0.99, false, 0, 0},
        {72, 0.05, 0.95, true, 0, 8},
        {59, 0.05, 0.95, false, 0, 0},
        {1024, 0.5, 0.95, true, 480, 543},
        {1024, 0.5, 0.99, true, 470, 553},
        {1024, 0.99, 0.95, true, 1006, 1019},
        {1024, 0.99, 0.99, true, 1004, 1021},
        {1024, 0.999, 0.95, false, 0, 0},
        {100000, 0.999, 0.95, true, 99879, 99919},
        {100000, 0.999, 0.99, true, 99872, 99925},
        {10000000, 0.5, 0.95, true, 4996900, 5003099},
        {10000000, 0.5, 0.99, true, 4995926, 5004073},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        size_t low = 0, high = 0;
        bool has =
            stats_quantile_interval(vectors[i].n, vectors[i].p, vectors[i].confidence, &low, &high);
        if (has != vectors[i].has || low != vectors[i].low || high != vectors[i].high)
            fail_msg("n %zu, p %g, %g: %d, %zu to %zu", vectors[i].n, vectors[i].p,
                     vectors[i].confidence, has, low, high);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mann_whitney_agrees_with_r),
        cmocka_unit_test(mann_whitney_agrees_with_r_on_larger_samples),
        cmocka_unit_test(mann_whitney_keeps_small_tails),
        cmocka_unit_test(mann_whitney_is_symmetric),
        cmocka_unit_test(the_least_p_decides_who_has_too_few),
        cmocka_unit_test(the_bootstrap_agrees_with_enumeration),
        cmocka_unit_test(the_bootstrap_agrees_with_all_resamples_of_four),
        cmocka_unit_test(the_same_seed_gives_the_same_interval),
        cmocka_unit_test(one_value_a_side_has_an_interval_of_no_width),
        cmocka_unit_test(the_verdict_follows_its_rule),
        cmocka_unit_test(the_verdict_has_no_favourites),
        cmocka_unit_test(equal_samples_are_seldom_called_different),
        cmocka_unit_test(quantile_intervals_agree_with_r),
    };
    return cmocka_run_group_tests_name("compare_stats", tests, NULL, NULL);
}
