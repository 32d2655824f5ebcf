/* The audit of open arrivals, on schedules and samples that are made up. */
#include "bench/run/audit.h"
#include "engine/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/base/stats.h"

enum { N = 2000 };

static const nsec_t STARTED = 3 * NSEC_PER_SEC;
static const double RATE = 1000;

static nsec_t schedule[N];
static struct sample samples[N];
static struct audit audit;

/* Each request starts `lag` late and takes `service`. */
static void make_run(bool poisson, nsec_t lag, nsec_t service)
{
    if (poisson)
        schedule_poisson(schedule, N, RATE, 5);
    else
        schedule_constant(schedule, N, RATE);
    for (int i = 0; i < N; i++) {
        samples[i].start = STARTED + schedule[i] + lag;
        samples[i].end = samples[i].start + service;
    }
}

static void judge(unsigned concurrency, bool poisson)
{
    audit_run(samples, schedule, N, STARTED, concurrency, RATE, poisson, &audit);
}

static void on_time(void **state)
{
    (void)state;
    make_run(false, 0, NSEC_PER_MSEC);
    judge(8, false);
    assert_true(fabs(audit.offered - RATE) < 1e-6 && fabs(audit.achieved - RATE) < 1e-6);
    assert_int_equal(audit.lag_p50, 0);
    assert_int_equal(audit.lag_max, 0);
    assert_true(isnan(audit.gap_distance));
    assert_false(audit.overloaded);
}

static void late_by_as_much(void **state)
{
    (void)state;
    make_run(false, 300, NSEC_PER_MSEC);
    samples[N / 2].start += 5000;
    judge(8, false);
    assert_int_equal(audit.lag_p50, 300);
    assert_int_equal(audit.lag_p99, 300);
    assert_int_equal(audit.lag_max, 5300);
}

/* One slot: every request is due while the one before is in flight, and starts when that ends. This
 * is not the driver's lateness. */
static void waiting_for_a_slot_is_no_lag(void **state)
{
    (void)state;
    make_run(false, 0, 0);
    nsec_t free_at = STARTED;
    for (int i = 0; i < N; i++) {
        nsec_t due = STARTED + schedule[i];
        samples[i].start = (due > free_at ? due : free_at) + 100;
        samples[i].end = free_at = samples[i].start + 2 * NSEC_PER_MSEC;
    }
    judge(1, false);
    assert_int_equal(audit.lag_p99, 100);
    assert_int_equal(audit.lag_max, 100);
    assert_true(audit.overloaded); /* 2 ms each, at 1000 a second */
    assert_true(audit.achieved < 0.51 * RATE);
}

/* Of several slots the first to end is the one that is free: ends come in any order. */
static void the_first_slot_that_ends_is_free(void **state)
{
    (void)state;
    const nsec_t ms = NSEC_PER_MSEC;
    const nsec_t due[] = {0, 1 * ms, 2 * ms, 3 * ms};
    struct sample four[4] = {
        {.start = STARTED, .end = STARTED + 10 * ms},
        {.start = STARTED + ms, .end = STARTED + 5 * ms},
        {.start = STARTED + 5 * ms + 7, .end = STARTED + 30 * ms}, /* after the second */
        {.start = STARTED + 10 * ms + 9, .end = STARTED + 40 * ms} /* after the first */
    };
    audit_run(four, due, 4, STARTED, 2, RATE, false, &audit);
    assert_int_equal(audit.lag_max, 9);
}

static void gaps_of_a_poisson_process(void **state)
{
    (void)state;
    make_run(true, 0, NSEC_PER_MSEC);
    judge(64, true);
    assert_true(audit.gap_distance < 0.04);
    assert_true(audit.gap_chance > 0.01);
    /* Started in batches, every 10 ms. */
    for (int i = 0; i < N; i++)
        samples[i].start = STARTED + (schedule[i] / (10 * NSEC_PER_MSEC) + 1) * 10 * NSEC_PER_MSEC;
    judge(64, true);
    assert_true(audit.gap_distance > 0.5);
    assert_true(audit.gap_chance < 1e-6);
}

/* By hand: of the values 0 and ln 2 at rate 1, F is 0 and 1/2, steps are to 1/2 and 1. */
static void distance_by_hand(void **state)
{
    (void)state;
    const double values[] = {0, log(2)};
    assert_true(fabs(audit_exponential_distance(values, 2, 1) - 0.5) < 1e-12);
}

/* Percentage points of Kolmogorov's distribution: Smirnov, Annals of Mathematical Statistics 19
 * (1948), 279. */
static void chances_of_the_table(void **state)
{
    (void)state;
    const double points[][2] = {
        {0.5, 0.963945}, {1.0, 0.270000}, {1.36, 0.049486}, {1.63, 0.009846}};
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
        assert_true(fabs(audit_distance_chance(points[i][0] / 100, 10000) - points[i][1]) < 1e-5);
    assert_true(audit_distance_chance(0, 100) == 1);
}

/* A queue that was long for a while is no overload. */
static void a_stall_is_no_overload(void **state)
{
    (void)state;
    make_run(false, 0, NSEC_PER_MSEC);
    for (int i = 200; i < 700; i++)
        samples[i].end = STARTED + schedule[700];
    judge(1024, false);
    assert_false(audit.overloaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_time),
        cmocka_unit_test(late_by_as_much),
        cmocka_unit_test(waiting_for_a_slot_is_no_lag),
        cmocka_unit_test(the_first_slot_that_ends_is_free),
        cmocka_unit_test(gaps_of_a_poisson_process),
        cmocka_unit_test(distance_by_hand),
        cmocka_unit_test(chances_of_the_table),
        cmocka_unit_test(a_stall_is_no_overload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
