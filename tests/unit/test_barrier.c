/* A process passes its barrier at the agreed instant, never before, and one without a barrier at
 * once. */
#include "engine/barrier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What both sides map. */
static struct shared {
    struct barrier barrier;
    nsec_t prepared, returned, passed;
} * shared;

static int map(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? -1 : 0;
}

static int unmap(void **state)
{
    (void)state;
    return munmap(shared, sizeof(*shared));
}

static void without_a_barrier_nothing_waits(void **state)
{
    (void)state;
    nsec_t before = clock_now();
    assert_false(barrier_is_there(&shared->barrier));
    barrier_wait(&shared->barrier, NSEC_PER_MSEC);
    nsec_t passed = barrier_pass(&shared->barrier);
    assert_in_range(passed, before, clock_now());
    assert_int_equal(shared->barrier.lag, 0);
}

/* Fork a process that goes through the barrier. */
static pid_t start_process(nsec_t ahead)
{
    pid_t pid = fork();
    if (pid == 0) {
        barrier_wait(&shared->barrier, ahead);
        shared->prepared = clock_now();
        shared->returned = barrier_pass(&shared->barrier);
        shared->passed = clock_now();
        _exit(0);
    }
    return pid;
}

static void a_process_passes_at_the_instant(void **state)
{
    (void)state;
    const nsec_t ahead = 20 * NSEC_PER_MSEC;
    barrier_close(&shared->barrier);
    assert_false(barrier_is_reached(&shared->barrier, NSEC_PER_MSEC));
    pid_t pid = start_process(ahead);
    while (!barrier_is_reached(&shared->barrier, 100 * NSEC_PER_MSEC))
        assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
    assert_int_equal(shared->prepared, 0); /* it waits */
    nsec_t instant = clock_now() + 50 * NSEC_PER_MSEC;
    barrier_open(&shared->barrier, instant);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(shared->prepared >= instant - ahead);
    assert_int_equal(shared->returned, instant);
    assert_true(shared->passed >= instant);
    assert_in_range(shared->barrier.lag, 0, shared->passed - instant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_barrier_nothing_waits, map, unmap),
        cmocka_unit_test_setup_teardown(a_process_passes_at_the_instant, map, unmap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
