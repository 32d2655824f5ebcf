/* The multiloop driver on a machine of four cores, whatever this one has: how slots are split when
 * there are fewer than cores, or a number that four does not divide; and that a thread that cannot
 * be made, or a loop that cannot go on, gives everything back. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <cmocka.h>

#include "tests/unit/drive.h"
#include "bench/grade/self.h"

enum { CORES = 4 };

/* ---- system calls with results set by a test ---- */

static int affinity_fails_with;
static unsigned threads_until_eagain; /* that one fails; 0: none does */
static atomic_int waits_until_einval; /* that one fails; 0: none does */

int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *cores);
int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *cores)
{
    (void)pid;
    (void)size;
    CPU_ZERO(cores);
    for (int i = 0; i < CORES; i++)
        CPU_SET(2 * i + 1, cores);
    errno = affinity_fails_with;
    return errno ? -1 : 0;
}

typedef void *thread_main_function(void *);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          thread_main_function *main, void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          thread_main_function *main, void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          thread_main_function *main, void *argument)
{
    if (threads_until_eagain && --threads_until_eagain == 0)
        return EAGAIN;
    return __real_pthread_create(thread, attributes, main, argument);
}

int __real_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
    if (atomic_load(&waits_until_einval) > 0 && atomic_fetch_sub(&waits_until_einval, 1) == 1) {
        errno = EINVAL;
        return -1;
    }
    return __real_epoll_wait(epoll, events, max, timeout);
}

/* ---- the tests ---- */

static void check_active(unsigned loops)
{
    char active[64], expected[64];
    drive.driver->active(drive.state, active, sizeof(active));
    snprintf(expected, sizeof(expected), loops == 1 ? "%u loop" : "%u loops", loops);
    assert_string_equal(active, expected);
    assert_true(self_threads_settle(drive.threads + loops));
}

/* Which slots carry what is up to who is first, but within some batches all of them do. */
static void check_every_slot_is_used(unsigned slots)
{
    bool used[DRIVE_REQUESTS_MAX] = {false};
    unsigned count = 0;
    for (int batch = 0; batch < 200 && count < slots; batch++) {
        drive_run(2 * slots, 2 * NSEC_PER_MSEC);
        assert_int_equal(drive_count(OUTCOME_OK, 0), 2 * slots);
        for (unsigned i = 0; i < 2 * slots; i++) {
            assert_true(drive.samples[i].slot < slots);
            count += !used[drive.samples[i].slot];
            used[drive.samples[i].slot] = true;
        }
    }
    assert_int_equal(count, slots);
}

static void slots_are_split_among_the_cores(void **state)
{
    (void)state;
    static const unsigned slots[] = {1, 2, 3, 4, 5, 10, 64};
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
        for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
            drive_open("multiloop", "randint", slots[i], keep_alive);
            drive_start_server();
            drive_setup();
            check_active(slots[i] < CORES ? slots[i] : CORES);
            check_every_slot_is_used(slots[i]);
            assert_true(drive_server_figure("in_flight_max") <= slots[i]);
            if (keep_alive) /* and two with requests, one of them now */
                assert_in_range(drive_server_figure("accepted"), slots[i] + 1, slots[i] + 2);
            drive_teardown();
            drive_stop_server();
        }
}

static void cores_that_cannot_be_told(void **state)
{
    (void)state;
    drive_open("multiloop", "randint", 2, false);
    drive_start_server();
    affinity_fails_with = EINVAL; /* there are more than the set has room for */
    drive_setup();
    affinity_fails_with = 0;
    check_every_slot_is_used(2);
    drive_teardown();
    drive_stop_server();
}

static void a_thread_that_cannot_be_made(void **state)
{
    (void)state;
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        drive_open("multiloop", "randint", 10, keep_alive);
        drive_start_server();
        for (unsigned nth = 1; nth <= CORES; nth++) {
            char loop[16];
            snprintf(loop, sizeof(loop), "loop %u", nth);
            struct error error = {0};
            threads_until_eagain = nth;
            assert_false(drive_try_setup(&error));
            drive_teardown(); /* nothing was left behind */
            assert_int_equal(error.errnum, EAGAIN);
            assert_non_null(strstr(error.text, loop));
        }
        drive_setup(); /* with all of them it can */
        drive_teardown();
        drive_stop_server();
    }
}

/* One loop ends early; the others carry what is left, and the run says which. */
static void a_loop_that_cannot_go_on(void **state)
{
    (void)state;
    drive_open("multiloop", "randint", 10, false);
    drive_start_server();
    drive_setup();
    atomic_store(&waits_until_einval, 3);
    struct error error = {0};
    assert_false(drive_try_run(60, NSEC_PER_MSEC, &error));
    assert_int_equal(error.errnum, EINVAL);
    assert_non_null(strstr(error.text, "of 4: epoll_wait: "));
    assert_int_equal(drive_count(OUTCOME_NOT_STARTED, 0), DRIVE_REQUESTS_MAX - 60);
    drive_teardown();
    drive_stop_server();
}

static void *no_op(void *unused)
{
    return unused;
}

int main(void)
{
    pthread_t first; /* with which a sanitizer makes a thread of its own */
    pthread_create(&first, NULL, no_op, NULL);
    pthread_join(first, NULL);
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_split_among_the_cores),
        cmocka_unit_test(cores_that_cannot_be_told),
        cmocka_unit_test(a_thread_that_cannot_be_made),
        cmocka_unit_test(a_loop_that_cannot_go_on),
    };
    return cmocka_run_group_tests_name("multiloop", tests, NULL, NULL);
}
