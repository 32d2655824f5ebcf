/* Intended starts: what a schedule is, and how drivers and loops wait for it. */
#include "engine/due_timer.h"
#include "engine/intake.h"
#include "engine/schedule.h"

#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 100000 };

static void constant_gaps_are_equal(void **state)
{
    (void)state;
    nsec_t starts[5];
    schedule_constant(starts, 5, 4);
    for (int i = 0; i < 5; i++)
        assert_int_equal(starts[i], i * NSEC_PER_SEC / 4);
}

/* No error adds up: the millionth arrival of 3 a second is a third of a million seconds late. */
static void constant_does_not_drift(void **state)
{
    (void)state;
    nsec_t *starts = calloc(1000001, sizeof(*starts));
    schedule_constant(starts, 1000001, 3);
    assert_in_range(starts[1000000] - INT64_C(333333333333333), 0, 64);
    free(starts);
}

/* The mean of an exponential distribution is 1/rate, and so is its standard deviation; 37% of its
 * values are above the mean. */
static void poisson_gaps_are_exponential(void **state)
{
    (void)state;
    static nsec_t starts[MANY];
    double sum = 0, squares = 0;
    int above = 0;
    schedule_poisson(starts, MANY, 1000, 7);
    for (int i = 0; i < MANY; i++) {
        double gap = clock_seconds(starts[i] - (i ? starts[i - 1] : 0)) * 1000;
        assert_true(gap >= 0);
        sum += gap;
        squares += gap * gap;
        above += gap > 1;
    }
    double mean = sum / MANY;
    assert_true(fabs(mean - 1) < 0.015);
    assert_true(fabs(sqrt(squares / MANY - mean * mean) - 1) < 0.03);
    assert_true(fabs((double)above / MANY - exp(-1)) < 0.01);
}

static void the_same_seed_gives_the_same(void **state)
{
    (void)state;
    nsec_t a[100], b[100], c[50];
    schedule_poisson(a, 100, 50, 1);
    schedule_poisson(b, 100, 50, 2);
    schedule_poisson(c, 50, 50, 1);
    assert_memory_equal(a, c, sizeof(c)); /* however long it is */
    assert_memory_not_equal(a, b, sizeof(a));
}

/* ---- how it is waited for ---- */

static struct batch batch_of(struct load *load, const nsec_t *schedule, size_t n)
{
    *load = (struct load){.concurrency = 2};
    return (struct batch){.load = load, .requests = n, .schedule = schedule, .begun = clock_now()};
}

static void without_a_schedule_all_is_due(void **state)
{
    (void)state;
    struct load load;
    struct batch batch = batch_of(&load, NULL, 1);
    struct intake intake;
    struct exchange slot;
    nsec_t before = clock_now();
    batch_await(&batch, 0);
    assert_true(clock_now() - before < 100 * NSEC_PER_MSEC);
    intake_begin(&intake, &batch);
    assert_int_equal(intake_next(&intake, &slot), 0);
    assert_int_equal(intake_next(&intake, &slot), BATCH_OVER);
    assert_false(intake_is_waiting(&intake));
    assert_true(intake_wait(&intake) == INT64_MAX);
}

static void blocking_drivers_sleep_until_it_is_due(void **state)
{
    (void)state;
    struct load load;
    const nsec_t schedule[] = {0, 20 * NSEC_PER_MSEC};
    struct batch batch = batch_of(&load, schedule, 2);
    batch_await(&batch, 1);
    assert_true(clock_now() >= batch.begun + 20 * NSEC_PER_MSEC);
}

/* Two slots and three requests, of which the first is due now, the others later. */
static void a_loop_holds_the_next_until_it_is_due(void **state)
{
    (void)state;
    struct load load;
    const nsec_t schedule[] = {0, 20 * NSEC_PER_MSEC, 20 * NSEC_PER_MSEC};
    struct batch batch = batch_of(&load, schedule, 3);
    struct intake intake;
    struct exchange a, b;
    intake_begin(&intake, &batch);
    assert_int_equal(intake_next(&intake, &a), 0);
    assert_int_equal(intake_next(&intake, &b), INTAKE_LATER);
    assert_int_equal(intake_next(&intake, &a), INTAKE_LATER);
    assert_true(intake_is_waiting(&intake));
    assert_null(intake_free(&intake));
    assert_in_range(intake_wait(&intake), 1, 20 * NSEC_PER_MSEC);
    batch_await(&batch, 1);
    assert_int_equal(intake_wait(&intake), 0);
    assert_ptr_equal(intake_free(&intake), &a);
    assert_int_equal(intake_next(&intake, &a), 1);
    assert_ptr_equal(intake_free(&intake), &b);
    assert_int_equal(intake_next(&intake, &b), 2);
    assert_null(intake_free(&intake));
    assert_false(intake_is_waiting(&intake));
    assert_int_equal(intake_next(&intake, &a), BATCH_OVER);
}

/* Slots that waited when the last request was taken by another are let go. */
static void free_slots_learn_of_the_end(void **state)
{
    (void)state;
    struct load load;
    const nsec_t schedule[] = {NSEC_PER_MSEC};
    struct batch batch = batch_of(&load, schedule, 1);
    struct intake intake;
    struct exchange a, b;
    intake_begin(&intake, &batch);
    assert_int_equal(intake_next(&intake, &a), INTAKE_LATER);
    assert_int_equal(intake_next(&intake, &b), INTAKE_LATER);
    batch_await(&batch, 0);
    assert_ptr_equal(intake_free(&intake), &b);
    assert_int_equal(intake_next(&intake, &b), 0);
    assert_int_equal(intake_wait(&intake), 0);
    assert_ptr_equal(intake_free(&intake), &a);
    assert_int_equal(intake_next(&intake, &a), BATCH_OVER);
    assert_null(intake_free(&intake));
}

/* For a slot that has to be tidied up first. */
static void a_loop_learns_that_there_is_time(void **state)
{
    (void)state;
    struct load load;
    const nsec_t schedule[] = {0, 20 * NSEC_PER_MSEC};
    struct batch batch = batch_of(&load, schedule, 2);
    struct intake intake;
    struct exchange a;
    intake_begin(&intake, &batch);
    assert_false(intake_is_early(&intake));
    assert_int_equal(intake_next(&intake, &a), 0);
    assert_true(intake_is_early(&intake)); /* and nothing is taken */
    assert_true(intake_is_early(&intake));
    assert_true(intake_due(&intake) == batch.begun + schedule[1]);
    batch_await(&batch, 1);
    assert_false(intake_is_early(&intake));
    assert_int_equal(intake_next(&intake, &a), 1);
    assert_false(intake_is_early(&intake)); /* there is no other */
    batch = batch_of(&load, NULL, 1);
    intake_begin(&intake, &batch);
    assert_false(intake_is_early(&intake));
    assert_int_equal(intake_next(&intake, &a), 0);
}

static void epoll_wakes_when_it_is_due(void **state)
{
    (void)state;
    struct load load;
    const nsec_t schedule[] = {20 * NSEC_PER_MSEC};
    struct batch batch = batch_of(&load, schedule, 1);
    struct intake intake;
    struct exchange a;
    struct epoll_event event;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    intake_begin(&intake, &batch);
    assert_int_equal(intake_next(&intake, &a), INTAKE_LATER);
    assert_int_equal(intake_epoll_wait(&intake, epoll, &event, 1), 0);
    assert_ptr_equal(intake_free(&intake), &a);
    close(epoll);
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, timeout_ms) == 1;
}

static void a_timer_is_readable_until_it_is_set_again(void **state)
{
    (void)state;
    struct error error;
    int timer = due_timer_open(&error);
    assert_true(timer >= 0);
    assert_false(is_readable(timer, 0));
    nsec_t due = clock_now() + 20 * NSEC_PER_MSEC;
    due_timer_set(timer, due);
    assert_true(is_readable(timer, -1));
    assert_true(clock_now() >= due);
    assert_true(is_readable(timer, 0));
    due_timer_set(timer, CLOCK_MAX);
    assert_false(is_readable(timer, 0));
    due_timer_set(timer, due); /* long past */
    assert_true(is_readable(timer, -1));
    close(timer);
}

/* A loop starts and stops to watch it; between, it is set to when the held request is due. */
static void a_loop_watches_its_timer_while_slots_are_free(void **state)
{
    (void)state;
    struct error error;
    const nsec_t schedule[] = {0, 20 * NSEC_PER_MSEC};
    struct batch batch = {.requests = 2, .begun = clock_now()};
    struct exchange slot = {.fd = -1};
    struct loop_timer timer = {0};
    struct intake intake;
    assert_int_equal(loop_timer_prepare(&timer, &batch, &error), 0); /* there is no schedule */
    assert_false(timer.open);
    batch.schedule = schedule;
    assert_int_equal(loop_timer_prepare(&timer, &batch, &error), 1);
    assert_int_equal(loop_timer_prepare(&timer, &batch, &error), 0); /* it is open already */
    intake_begin(&intake, &batch);
    assert_int_equal(intake_next(&intake, &slot), 0);
    assert_int_equal(intake_next(&intake, &slot), INTAKE_LATER);
    assert_true(loop_timer_start(&timer, &intake));
    assert_false(loop_timer_start(&timer, &intake)); /* it is watched already */
    assert_false(loop_timer_stop(&timer, &intake));  /* nobody took the slot: it fired too early */
    assert_true(is_readable(timer.fd, -1));
    assert_true(clock_now() >= batch.begun + schedule[1]);
    assert_ptr_equal(intake_free(&intake), &slot);
    assert_int_equal(intake_next(&intake, &slot), 1);
    assert_true(loop_timer_stop(&timer, &intake));
    loop_timer_close(&timer);
    assert_false(timer.open || timer.watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_gaps_are_equal),
        cmocka_unit_test(constant_does_not_drift),
        cmocka_unit_test(poisson_gaps_are_exponential),
        cmocka_unit_test(the_same_seed_gives_the_same),
        cmocka_unit_test(without_a_schedule_all_is_due),
        cmocka_unit_test(blocking_drivers_sleep_until_it_is_due),
        cmocka_unit_test(a_loop_holds_the_next_until_it_is_due),
        cmocka_unit_test(free_slots_learn_of_the_end),
        cmocka_unit_test(a_loop_learns_that_there_is_time),
        cmocka_unit_test(epoll_wakes_when_it_is_due),
        cmocka_unit_test(a_timer_is_readable_until_it_is_set_again),
        cmocka_unit_test(a_loop_watches_its_timer_while_slots_are_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
