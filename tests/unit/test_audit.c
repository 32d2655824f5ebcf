/* The audit of open arrivals and the caveats it leads to, on schedules and samples that are made
 * up. */
#include "bench/run/audit.h"
#include "engine/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/stats.h"
#include "bench/run/checks.h"
#include "workloads/workloads.h"

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

/* Each request takes the one slot for nearly a mean gap: starts are at least as far apart, which
 * the driver can do nothing about. */
static void gaps_of_a_slot_are_not_the_drivers(void **state)
{
    (void)state;
    make_run(true, 0, 0);
    nsec_t free_at = STARTED;
    for (int i = 0; i < N; i++) {
        nsec_t due = STARTED + schedule[i];
        samples[i].start = due > free_at ? due : free_at;
        samples[i].end = free_at = samples[i].start + NSEC_PER_SEC / 1050;
    }
    judge(1, true);
    double of_slots = audit.gap_distance;
    make_run(true, 0, 0);
    judge(N, true);
    assert_true(of_slots == audit.gap_distance);
    assert_true(of_slots < 0.04);
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

/* Of one slot, which each request takes for a while, with the schedule of that seed. */
static bool is_slot_overloaded(double rate, nsec_t service, size_t n, uint64_t seed)
{
    schedule_poisson(schedule, n, rate, seed);
    nsec_t free_at = STARTED;
    for (size_t i = 0; i < n; i++) {
        nsec_t due = STARTED + schedule[i];
        samples[i].start = due > free_at ? due : free_at;
        samples[i].end = free_at = samples[i].start + service;
    }
    audit_run(samples, schedule, n, STARTED, 1, rate, true, &audit);
    return audit.overloaded;
}

/* Twice the capacity is an overload of a hundred requests already. */
static void a_short_run_can_be_overloaded(void **state)
{
    (void)state;
    size_t overloaded = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++)
        overloaded += is_slot_overloaded(100, 20 * NSEC_PER_MSEC, 100, seed);
    assert_in_range(overloaded, 950, 1000);
}

/* Whatever the length of the run, chance alone makes few of them so. */
static void the_capacity_itself_is_hardly_ever_an_overload(void **state)
{
    (void)state;
    static const size_t lengths[] = {20, 100, 1000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t at_capacity = 0, below = 0;
        for (uint64_t seed = 1; seed <= 500; seed++) {
            at_capacity += is_slot_overloaded(100, 10 * NSEC_PER_MSEC, lengths[i], seed);
            below += is_slot_overloaded(95, 10 * NSEC_PER_MSEC, lengths[i], seed);
        }
        assert_in_range(at_capacity, 0, 5);
        assert_in_range(below, 0, 2);
    }
}

/* Nothing completes in the last quarter. */
static void a_stall_at_the_end_is_no_overload(void **state)
{
    (void)state;
    make_run(false, 0, NSEC_PER_MSEC);
    for (int i = 3 * N / 4; i < N; i++)
        samples[i].end = STARTED + 2 * schedule[N - 1];
    judge(1024, false);
    assert_false(audit.overloaded);
}

/* In each half nothing completes, as one request takes longer than that. */
static void a_long_delay_is_no_overload(void **state)
{
    (void)state;
    make_run(false, 0, 2 * NSEC_PER_SEC);
    judge(N, false);
    assert_false(audit.overloaded);
    make_run(true, 0, 2 * NSEC_PER_SEC);
    judge(N, true);
    assert_false(audit.overloaded);
}

/* Each request takes `service` and waits for one of C slots, which it gets `lag` after it is free.
 */
static void make_run_of_slots(size_t concurrency, nsec_t lag, nsec_t service)
{
    make_run(false, 0, service);
    for (size_t i = 0; i < N; i++) {
        nsec_t due = STARTED + schedule[i];
        nsec_t free_at = i < concurrency ? due : samples[i - concurrency].end;
        samples[i].start = (due > free_at ? due : free_at) + lag;
        samples[i].end = samples[i].start + service;
        samples[i].outcome = OUTCOME_OK;
    }
}

/* Half as many slots as the rate takes. */
static void overload_of_a_long_delay(void **state)
{
    (void)state;
    make_run_of_slots(500, 0, NSEC_PER_SEC);
    judge(500, false);
    assert_true(audit.overloaded);
    assert_int_equal(audit.lag_max, 0);
    assert_int_equal(audit.slot_time_p50, NSEC_PER_SEC);
    make_run_of_slots(1000, 0, NSEC_PER_SEC);
    judge(1000, false);
    assert_false(audit.overloaded);
}

/* ---- caveats ---- */

/* What the checks say of the run that was made. */
static void check(unsigned concurrency, enum arrivals arrivals, struct run_record *record)
{
    const struct bench_case c = {.driver = driver_find("epoll"),
                                 .workload = workload_find("randint"),
                                 .arrivals = arrivals,
                                 .rate = (unsigned)RATE,
                                 .requests = N,
                                 .concurrency = concurrency};
    for (int i = 0; i < N; i++)
        samples[i].outcome = OUTCOME_OK;
    *record = (struct run_record){.requests = N,
                                  .samples = samples,
                                  .schedule = schedule,
                                  .started = STARTED,
                                  .makespan = NSEC_PER_SEC};
    run_record_digest(record, &c);
    checks_judge(record, &c);
    run_record_release(record);
}

static void is_judged(const struct run_record *record, enum quality quality, const char *reason)
{
    if (record->quality != quality || !strstr(record->reasons, reason))
        fail_msg("%s: %s", quality_names[record->quality], record->reasons);
}

static void on_time_there_is_no_caveat(void **state)
{
    (void)state;
    struct run_record record;
    make_run(true, NSEC_PER_MSEC / 4, 20 * NSEC_PER_MSEC);
    check(N, ARRIVALS_POISSON, &record);
    is_judged(&record, QUALITY_OK, "");
    assert_string_equal(record.reasons, "");
}

static void a_late_driver(void **state)
{
    (void)state;
    struct run_record record;
    make_run(false, 30 * NSEC_PER_MSEC, 20 * NSEC_PER_MSEC);
    check(N, ARRIVALS_CONSTANT, &record);
    is_judged(&record, QUALITY_INVALID,
              "the driver started half of the requests 30.0 ms late or more, beside 50.0 ms of "
              "latency: lower --rate");
    make_run(false, 5 * NSEC_PER_MSEC, 20 * NSEC_PER_MSEC);
    check(N, ARRIVALS_CONSTANT, &record);
    is_judged(&record, QUALITY_NOISY,
              "the driver started 1% of the requests 5.00 ms late or more, beside 25.0 ms");
}

static void arrivals_in_batches(void **state)
{
    (void)state;
    struct run_record record;
    make_run(true, 0, NSEC_PER_SEC);
    for (int i = 0; i < N; i++) {
        samples[i].start = STARTED + (schedule[i] / (10 * NSEC_PER_MSEC) + 1) * 10 * NSEC_PER_MSEC;
        samples[i].end = samples[i].start + NSEC_PER_SEC;
    }
    check(N, ARRIVALS_POISSON, &record);
    is_judged(&record, QUALITY_NOISY, "were not those of a Poisson process");
}

/* All slots are taken and the driver is on time: it is not the cause. */
static void an_overload_without_lag(void **state)
{
    (void)state;
    struct run_record record;
    make_run_of_slots(1, 1000, 2 * NSEC_PER_MSEC);
    check(1, ARRIVALS_CONSTANT, &record);
    assert_true(record.audit.overloaded && record.latency_p99 == -1);
    is_judged(&record, QUALITY_OK, "");
    assert_string_equal(record.reasons, "");
}

/* It starts one request every 2 ms, whatever is free. */
static void a_driver_that_cannot_keep_up(void **state)
{
    (void)state;
    struct run_record record;
    make_run(false, 0, 0);
    for (int i = 0; i < N; i++) {
        samples[i].start = STARTED + i * 2 * NSEC_PER_MSEC;
        samples[i].end = samples[i].start + NSEC_PER_MSEC;
    }
    check(N, ARRIVALS_CONSTANT, &record);
    assert_true(record.audit.overloaded);
    is_judged(&record, QUALITY_INVALID,
              "the driver, not the server, was too slow for the rate: it started half of the "
              "requests 999 ms late or more although a slot was free");
}

/* All slots are taken, and most of the time because the driver does not use those that are free. */
static void an_overload_of_lag_in_each_slot(void **state)
{
    (void)state;
    struct run_record record;
    make_run_of_slots(2, 3 * NSEC_PER_MSEC, 2 * NSEC_PER_MSEC);
    check(2, ARRIVALS_CONSTANT, &record);
    assert_true(record.audit.overloaded);
    is_judged(&record, QUALITY_INVALID,
              "the driver, not the server, was too slow for the rate: it started half of the "
              "requests 3.00 ms late or more although a slot was free, of 5.00 ms until");
    make_run_of_slots(1, NSEC_PER_MSEC, 2 * NSEC_PER_MSEC);
    check(1, ARRIVALS_CONSTANT, &record);
    is_judged(&record, QUALITY_NOISY, "the driver was part of what was too slow for the rate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_time),
        cmocka_unit_test(late_by_as_much),
        cmocka_unit_test(waiting_for_a_slot_is_no_lag),
        cmocka_unit_test(the_first_slot_that_ends_is_free),
        cmocka_unit_test(gaps_of_a_poisson_process),
        cmocka_unit_test(gaps_of_a_slot_are_not_the_drivers),
        cmocka_unit_test(distance_by_hand),
        cmocka_unit_test(chances_of_the_table),
        cmocka_unit_test(a_stall_is_no_overload),
        cmocka_unit_test(a_stall_at_the_end_is_no_overload),
        cmocka_unit_test(a_short_run_can_be_overloaded),
        cmocka_unit_test(the_capacity_itself_is_hardly_ever_an_overload),
        cmocka_unit_test(a_long_delay_is_no_overload),
        cmocka_unit_test(overload_of_a_long_delay),
        cmocka_unit_test(on_time_there_is_no_caveat),
        cmocka_unit_test(a_late_driver),
        cmocka_unit_test(arrivals_in_batches),
        cmocka_unit_test(an_overload_without_lag),
        cmocka_unit_test(a_driver_that_cannot_keep_up),
        cmocka_unit_test(an_overload_of_lag_in_each_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
