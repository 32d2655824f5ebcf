/* A run over time, in windows of 100 ms, on schedules and samples that are made up. */
#include "bench/run/windows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/schedule.h"

enum { N = 2000 }; /* two seconds */

static const nsec_t STARTED = 3 * NSEC_PER_SEC, MS = NSEC_PER_MSEC;

static nsec_t schedule[N];
static struct sample samples[N];
static struct window *windows;

/* 1000 requests a second, a hundred in each window, each of which takes `service`. */
static void make_run(nsec_t service)
{
    schedule_constant(schedule, N, 1000);
    for (int i = 0; i < N; i++)
        samples[i] = (struct sample){.outcome = OUTCOME_OK,
                                     .start = STARTED + schedule[i],
                                     .end = STARTED + schedule[i] + service};
}

static size_t cut(size_t n)
{
    return windows_of_run(samples, schedule, n, STARTED, &windows);
}

static int release(void **state)
{
    (void)state;
    free(windows);
    windows = NULL;
    return 0;
}

static void each_is_alike(void **state)
{
    (void)state;
    make_run(0);
    for (int i = 0; i < N; i++)
        samples[i].end += i % 100 * 1000;
    assert_int_equal(cut(N), 20);
    for (int w = 0; w < 20; w++) {
        assert_int_equal(windows[w].due, 100);
        assert_int_equal(windows[w].completed, 100);
        assert_int_equal(windows[w].latency_p50, 49 * 1000);
        assert_int_equal(windows[w].latency_p99, 98 * 1000);
        assert_int_equal(windows[w].latency_max, 99 * 1000);
    }
}

/* A request counts as due where it was to start, as completed where it did. */
static void due_and_completed(void **state)
{
    (void)state;
    make_run(30 * MS);
    assert_int_equal(cut(N), 21);
    assert_int_equal(windows[0].due, 100);
    assert_int_equal(windows[0].completed, 70);
    assert_int_equal(windows[1].completed, 100);
    assert_int_equal(windows[20].due, 0);
    assert_int_equal(windows[20].completed, 30);
    assert_int_equal(windows[20].latency_max, -1);
}

/* From 0.5 s to 1 s nothing completes. */
static void a_stall(void **state)
{
    (void)state;
    make_run(0);
    for (int i = 500; i < 1000; i++)
        samples[i].end = STARTED + 1000 * MS;
    assert_int_equal(cut(N), 20);
    for (int w = 5; w < 10; w++) {
        assert_int_equal(windows[w].due, 100);
        assert_int_equal(windows[w].completed, 0);
        assert_int_equal(windows[w].latency_max, 1000 * MS - w * 100 * MS);
        assert_int_equal(windows[w].latency_p50, 1000 * MS - w * 100 * MS - 50 * MS);
    }
    assert_int_equal(windows[10].completed, 600);
    assert_int_equal(windows[10].latency_max, 0);
}

/* A p99 takes 100 requests, a p50 takes two. */
static void too_few(void **state)
{
    (void)state;
    make_run(MS);
    assert_int_equal(cut(99), 1);
    assert_int_equal(windows[0].latency_p50, MS);
    assert_int_equal(windows[0].latency_p99, -1);
    assert_int_equal(windows[0].latency_max, MS);
    free(windows);
    assert_int_equal(cut(1), 1);
    assert_int_equal(windows[0].latency_p50, -1);
    assert_int_equal(windows[0].latency_max, MS);
}

static void failures_have_no_latency(void **state)
{
    (void)state;
    make_run(MS);
    for (int i = 0; i < 100; i++)
        samples[i] = (struct sample){.outcome = OUTCOME_CONNECT};
    assert_int_equal(cut(150), 2);
    assert_int_equal(windows[0].due, 100);
    assert_int_equal(windows[0].completed, 0);
    assert_int_equal(windows[0].latency_max, -1);
    assert_int_equal(windows[1].completed, 50);
}

/* After half a second it crashed: a request was in flight, and the others were not started. */
static void a_run_that_was_stopped(void **state)
{
    (void)state;
    make_run(MS);
    samples[500] = (struct sample){.outcome = OUTCOME_UNFINISHED, .start = STARTED + 500 * MS};
    for (int i = 501; i < N; i++)
        samples[i] = (struct sample){.outcome = OUTCOME_NOT_STARTED};
    for (int i = 1000; i < N; i++)
        schedule[i] = (nsec_t)i * 1000 * NSEC_PER_SEC; /* a table of these would fill a disk */
    assert_int_equal(cut(N), 6);
    assert_int_equal(windows[4].completed, 100);
    assert_int_equal(windows[5].due, 100);
    assert_int_equal(windows[5].completed, 1);
    assert_int_equal(windows[5].latency_max, -1);
    for (int i = 0; i <= 500; i++)
        samples[i] = (struct sample){.outcome = OUTCOME_NOT_STARTED};
    free(windows);
    assert_int_equal(cut(N), 1);
    assert_int_equal(windows[0].due, 100);
}

/* Failures too say how far it came. */
static void the_last_failed(void **state)
{
    (void)state;
    make_run(MS);
    samples[N - 1].outcome = OUTCOME_CLOSED;
    samples[N - 1].end += 300 * MS;
    assert_int_equal(cut(N), 24);
    assert_int_equal(windows[23].completed, 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_is_alike),   TEST(due_and_completed),        TEST(a_stall),
        TEST(too_few),         TEST(failures_have_no_latency), TEST(a_run_that_was_stopped),
        TEST(the_last_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
