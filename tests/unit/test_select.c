/* The select driver and descriptors that do not fit a set: a program that holds many open gets
 * sockets with numbers from FD_SETSIZE up. They are refused in words, in setup where that can be
 * told, else request by request; and no request with such a socket is ever carried, which is how
 * a bit beyond the set would show. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/drive.h"

static int held[FD_SETSIZE];
static unsigned held_count;

/* Hold every descriptor that fits a set, except `spare` of them. */
static void hold_all_but(unsigned spare)
{
    struct error error;
    if (net_want_descriptors(FD_SETSIZE + 64, &error) < 0)
        fail_msg("%s", error.text);
    int fd;
    while ((fd = dup(STDERR_FILENO)) < FD_SETSIZE) {
        assert_true(fd >= 0);
        held[held_count++] = fd;
    }
    close(fd);
    assert_true(held_count > spare);
    while (spare--)
        close(held[--held_count]);
}

static void release(void)
{
    while (held_count)
        close(held[--held_count]);
}

static void setup_refuses_what_does_not_fit(void **state)
{
    (void)state;
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        drive_open("select", "randint", 8, keep_alive);
        drive_start_server();
        hold_all_but(7);
        struct error error = {0};
        bool ready = drive_try_setup(&error);
        drive_teardown();
        release();
        assert_false(ready);
        assert_non_null(strstr(error.text, "below 1024"));
        assert_non_null(strstr(error.text, "7 of them are free, 8 are needed"));
        assert_int_equal(drive_server_figure("accepted"), 1); /* the one for /stats */
        drive_stop_server();
    }
}

static void the_last_descriptor_that_fits_is_used(void **state)
{
    (void)state;
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        drive_open("select", "randint", 8, keep_alive);
        drive_start_server();
        hold_all_but(8); /* the highest numbers, 1023 among them */
        drive_setup();
        drive_run(20, 5 * NSEC_PER_MSEC);
        drive_teardown();
        release();
        assert_int_equal(drive_count(OUTCOME_OK, 0), 20);
        drive_stop_server();
    }
}

/* Others opened descriptors after setup. */
static void a_request_whose_socket_does_not_fit_fails(void **state)
{
    (void)state;
    for (unsigned spare = 0; spare <= 3; spare += 3) {
        drive_open("select", "randint", 8, false);
        drive_start_server();
        drive_setup();
        hold_all_but(spare);
        drive_run(20, 5 * NSEC_PER_MSEC);
        release();
        size_t completed = drive_count(OUTCOME_OK, 0);
        assert_int_equal(completed + drive_count(OUTCOME_NO_SOCKET, EMFILE), 20);
        assert_in_range(completed, spare, spare ? 19 : 0);
        drive_run(20, 0); /* no slot was lost */
        assert_int_equal(drive_count(OUTCOME_OK, 0), 20);
        drive_teardown();
        drive_stop_server();
    }
}

/* A kept connection that breaks is made anew, with whatever number there is by then. */
static void a_kept_connection_that_is_made_anew_may_not_fit(void **state)
{
    (void)state;
    drive_open("select", "randint", 4, true);
    drive_start_server();
    drive_setup();
    hold_all_but(0);
    drive_run(8, 0); /* the old connections are no matter */
    assert_int_equal(drive_count(OUTCOME_OK, 0), 8);
    drive_stop_server();
    drive.descriptors -= SERVER_PROCESS_DESCRIPTORS;
    int filler[SERVER_PROCESS_DESCRIPTORS];
    for (int i = 0; i < SERVER_PROCESS_DESCRIPTORS; i++)
        filler[i] = dup(STDERR_FILENO); /* the numbers of the server's */
    drive_run(4, 0);                    /* closed: the server is gone */
    int closed[4];
    for (int i = 0; i < 4; i++)
        closed[i] = dup(STDERR_FILENO); /* and the connections' numbers */
    drive_run(4, 0);
    for (int i = 0; i < 4; i++)
        close(closed[i]);
    for (int i = 0; i < SERVER_PROCESS_DESCRIPTORS; i++)
        close(filler[i]);
    release();
    assert_int_equal(drive_count(OUTCOME_NO_SOCKET, EMFILE), 4);
    drive_teardown();
}

static void more_than_a_set_holds_is_refused_before_setup(void **state)
{
    (void)state;
    const struct driver *select = driver_find("select");
    struct error why;
    assert_in_range(select->concurrency_max, 1, FD_SETSIZE - 1);
    assert_int_equal(driver_usable(select, select->concurrency_max, &why), 0);
    assert_int_equal(driver_usable(select, select->concurrency_max + 1, &why), -1);
    assert_non_null(strstr(why.text, "select can have"));
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
        cmocka_unit_test(setup_refuses_what_does_not_fit),
        cmocka_unit_test(the_last_descriptor_that_fits_is_used),
        cmocka_unit_test(a_request_whose_socket_does_not_fit_fails),
        cmocka_unit_test(a_kept_connection_that_is_made_anew_may_not_fit),
        cmocka_unit_test(more_than_a_set_holds_is_refused_before_setup),
    };
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
