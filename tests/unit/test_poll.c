/* The poll driver with more slots than the process may have descriptors: poll() refuses such a
 * list, however many of its entries are empty, and the requests must end all the same. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/drive.h"
#include "bench/grade/self.h"

static void more_slots_than_descriptors(void **state)
{
    (void)state;
    drive_open("poll", "randint", 200, false);
    drive_start_server();
    drive_setup();
    unsigned long limit = self_limit_descriptors(3);
    drive_run(100, 5 * NSEC_PER_MSEC);
    self_restore_descriptors(limit);
    size_t without = drive_count(OUTCOME_NO_SOCKET, EMFILE);
    assert_in_range(without, 1, 97);
    assert_int_equal(drive_count(OUTCOME_OK, 0) + without, 100);
    drive_run(100, 0); /* no slot was lost */
    assert_int_equal(drive_count(OUTCOME_OK, 0), 100);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(more_slots_than_descriptors)};
    return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
