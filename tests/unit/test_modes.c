/* Two modes: on fixed vectors, and how often they are found in simulated runs that have one mode
 * (false alarms) or two. The table of docs/methodology.md is the output of MODES_TRIALS=100000
 * build/tests/test_modes; without that variable there are fewer trials and no table. */
#include "bench/base/stats_modes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/rng.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void assert_modes(struct stats_modes modes, size_t fast_n, double fast, size_t slow_n,
                         double slow)
{
    assert_true(modes.two == (slow_n > 0));
    assert_int_equal(modes.fast.n, fast_n);
    assert_int_equal(modes.slow.n, slow_n);
    assert_true(fabs(modes.fast.median - fast) < 1e-12);
    assert_true(slow_n ? fabs(modes.slow.median - slow) < 1e-12 : isnan(modes.slow.median));
}

/* Of six runs, two without a retransmission. */
static void two_groups_far_apart(void **state)
{
    (void)state;
    const double makespans[] = {1.15, 0.13, 1.15, 1.2, 0.12, 1.35};
    assert_modes(stats_modes(makespans, ARRAY_LEN(makespans)), 2, 0.125, 4, 1.175);
    assert_modes(stats_modes((double[]){1, 2, 1, 2}, 4), 2, 1, 2, 2);
}

static void one_group(void **state)
{
    (void)state;
    assert_modes(stats_modes((double[]){0.43, 0.44, 0.45, 0.47}, 4), 4, 0.445, 0, 0);
    /* Far apart, but not compared with what is within. */
    assert_modes(stats_modes((double[]){1, 2, 3.5, 5}, 4), 4, 2.75, 0, 0);
    /* Each side is narrow, and they are close. */
    assert_modes(stats_modes((double[]){1, 1, 1.19, 1.19}, 4), 4, 1.095, 0, 0);
    assert_modes(stats_modes((double[]){1, 1, 1.21, 1.21}, 4), 2, 1, 2, 1.21);
}

/* One run apart is an outlier; so are two of twenty-one. */
static void few_runs_apart_are_no_mode(void **state)
{
    (void)state;
    assert_modes(stats_modes((double[]){0.1, 0.1, 0.1, 1}, 4), 4, 0.1, 0, 0);
    assert_modes(stats_modes((double[]){1, 0.1, 0.1}, 3), 3, 0.1, 0, 0);
    double many[21];
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = i < 2 ? 10 : 1;
    assert_modes(stats_modes(many, ARRAY_LEN(many)), ARRAY_LEN(many), 1, 0, 0);
    many[2] = 10;
    assert_modes(stats_modes(many, ARRAY_LEN(many)), 18, 1, 3, 10);
    assert_modes(stats_modes((double[]){7}, 1), 1, 7, 0, 0);
    assert_false(stats_modes(NULL, 0).two);
}

static void what_is_not_a_time_has_no_modes(void **state)
{
    (void)state;
    assert_false(stats_modes((double[]){0, 0, 1, 1}, 4).two);
}

static void another_figure_of_the_same_runs(void **state)
{
    (void)state;
    const double makespans[] = {10, 1, 11, 1}, completed[] = {5, 7, 6, 8};
    assert_modes(stats_modes_of(makespans, completed, 4), 2, 7.5, 2, 5.5);
}

/* ---- simulated ---- */

static double uniform(struct rng *rng)
{
    return ((double)rng_upto(rng, (1U << 30) - 1) + 0.5) / (1U << 30);
}

static double normal(struct rng *rng)
{
    return sqrt(-2 * log(uniform(rng))) * cos(2 * acos(-1) * uniform(rng));
}

static double narrow(struct rng *rng)
{
    return 1 + 0.05 * normal(rng);
}

static double wide(struct rng *rng)
{
    return exp(0.5 * normal(rng));
}

/* Delays in a queue that is seldom empty. */
static double exponential(struct rng *rng)
{
    return 1 - log(uniform(rng));
}

/* Its variance is infinite. */
static double heavy(struct rng *rng)
{
    return pow(uniform(rng), -1 / 1.5);
}

/* Slow by a second in a share of the runs. */
static double often_slow(struct rng *rng)
{
    return (uniform(rng) < 0.5 ? 0.13 : 1.15) * narrow(rng);
}

static double at_times_slow(struct rng *rng)
{
    return (uniform(rng) < 0.3 ? 1.15 : 0.13) * narrow(rng);
}

/* Half of the runs are half as long again. */
static double twofold(struct rng *rng)
{
    return (uniform(rng) < 0.5 ? 1 : 1.5) * narrow(rng);
}

static const struct kind {
    const char *name;
    double (*draw)(struct rng *rng);
    double most;  /* of false alarms, with six runs or more */
    double least; /* found, with twelve runs or more */
} kinds[] = {
    {"normal, deviation 5%", narrow, 0.001, 0},
    {"lognormal, deviation 50%", wide, 0.08, 0},
    {"exponential beyond a constant", exponential, 0.1, 0},
    {"Pareto, exponent 1.5", heavy, 0.1, 0},
    {"two modes: half 0.13 s, half 1.15 s", often_slow, 1, 0.98},
    {"two modes: 70% 0.13 s, 30% 1.15 s", at_times_slow, 1, 0.9},
    {"two modes: half 1.0 s, half 1.5 s", twofold, 1, 0},
};

static const size_t run_counts[] = {4, 5, 6, 8, 12, 20, 30};

static double share_found(const struct kind *kind, size_t n, size_t trials)
{
    double values[30];
    struct rng rng;
    size_t found = 0;
    rng_init(&rng, 7);
    for (size_t t = 0; t < trials; t++) {
        for (size_t i = 0; i < n; i++)
            values[i] = kind->draw(&rng);
        found += stats_modes(values, n).two;
    }
    return (double)found / (double)trials;
}

static void false_alarms_are_rare(void **state)
{
    (void)state;
    const char *wanted = getenv("MODES_TRIALS");
    size_t trials = wanted ? strtoul(wanted, NULL, 10) : 1000;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        if (wanted)
            printf("| %s |", kinds[k].name);
        for (size_t i = 0; i < ARRAY_LEN(run_counts); i++) {
            double found = share_found(&kinds[k], run_counts[i], trials);
            if (wanted)
                printf(" %.1f%% |", 100 * found);
            else if ((run_counts[i] >= 6 && found > kinds[k].most) ||
                     (run_counts[i] >= 12 && found < kinds[k].least))
                fail_msg("%s: %g of %zu runs", kinds[k].name, found, run_counts[i]);
        }
        if (wanted)
            printf("\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_groups_far_apart),
        cmocka_unit_test(one_group),
        cmocka_unit_test(few_runs_apart_are_no_mode),
        cmocka_unit_test(what_is_not_a_time_has_no_modes),
        cmocka_unit_test(another_figure_of_the_same_runs),
        cmocka_unit_test(false_alarms_are_rare),
    };
    return cmocka_run_group_tests_name("modes", tests, NULL, NULL);
}
