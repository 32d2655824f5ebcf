/* What conformance does not test of the epoll drivers: what an edge-triggered loop may lose (more
 * than one read's worth, a response in pieces, the end of the stream that came with a response, a
 * request that cannot go at once), what a level-triggered one may spin on (a connection that hung
 * up and has no request), and epoll's own failures. Each is played in both modes; a lost edge shows
 * as the alarm that ends the program. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/drive.h"
#include "bench/grade/peer.h"

enum { HANGS_S = 60 };

/* ---- system calls that fail, or are counted, as a test says ---- */

static unsigned waits, controls, controls_fail_every;
static atomic_uint receives; /* the peer's thread receives too */
static int waits_fail_with, sends_block;

int __real_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
    waits++;
    if (waits_fail_with) {
        errno = waits_fail_with;
        if (errno == EINTR)
            waits_fail_with = 0; /* the next will do */
        return -1;
    }
    return __real_epoll_wait(epoll, events, max, timeout);
}

int __real_epoll_pwait2(int epoll, struct epoll_event *events, int max,
                        const struct timespec *timeout, const sigset_t *signals);
int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int max,
                        const struct timespec *timeout, const sigset_t *signals);
int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int max,
                        const struct timespec *timeout, const sigset_t *signals)
{
    if (waits_fail_with) {
        errno = waits_fail_with;
        return -1;
    }
    return __real_epoll_pwait2(epoll, events, max, timeout, signals);
}

int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    controls++;
    if (controls_fail_every && controls % controls_fail_every == 0) {
        errno = ENOSPC;
        return -1;
    }
    return __real_epoll_ctl(epoll, operation, fd, event);
}

ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
    if (sends_block > 0) {
        sends_block--;
        errno = EAGAIN;
        return -1;
    }
    return __real_send(fd, data, size, flags);
}

ssize_t __real_recv(int fd, void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags)
{
    receives++;
    return __real_recv(fd, data, size, flags);
}

/* ---- both modes ---- */

static void begin(void **state, const char *workload, unsigned concurrency, bool keep_alive)
{
    waits = controls = controls_fail_every = 0;
    receives = 0;
    waits_fail_with = sends_block = 0;
    drive_open(*state, workload, concurrency, keep_alive);
}

/* A peer that plays `acts`, and a driver whose connections, where kept, wait in its backlog. */
static void begin_with_peer(void **state, const char *workload, unsigned concurrency,
                            bool keep_alive, const struct act *acts)
{
    begin(state, workload, concurrency, keep_alive);
    peer_listen(&drive.load.server, 16);
    drive_setup();
    peer_start(acts);
}

static void end_with_peer(void)
{
    peer_join();
    drive.descriptors--; /* its listener */
    drive_teardown();
}

#define TENFOLD(text) text text text text text text text text text text
#define LONG_HEADER   "X-Padding: " TENFOLD(TENFOLD("0123456789")) "\r\n"
#define LONG_RESPONSE "HTTP/1.1 200 OK\r\n" LONG_HEADER "Content-Length: 2\r\n\r\n0\n"

/* Two reads and more are there at once, and only the first is reported as a change. */
static void an_response_longer_than_a_read(void **state)
{
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        static const struct act once[] = {
            ACCEPT, HEAR, SAY(LONG_RESPONSE), ACCEPT, HEAR, SAY(LONG_RESPONSE), {EXIT, NULL, 0}};
        static const struct act kept[] = {
            ACCEPT, HEAR, SAY(LONG_RESPONSE), HEAR, SAY(LONG_RESPONSE), {EXIT, NULL, 0}};
        assert_true(sizeof(LONG_RESPONSE) > 2 * 512);
        begin_with_peer(state, "http", 1, keep_alive, keep_alive ? kept : once);
        drive_run(2, 0);
        end_with_peer();
        assert_int_equal(drive_count(OUTCOME_OK, 0), 2);
    }
}

static void an_response_in_pieces(void **state)
{
    begin_with_peer(state, "randint", 1, true,
                    ACTS(ACCEPT, HEAR, REST, SAY("0"), REST, SAY("\n"), HEAR, REST, SAY("0\n")));
    drive_run(2, 0);
    end_with_peer();
    assert_int_equal(drive_count(OUTCOME_OK, 0), 2);
}

/* The peer says no more and does not reset: nothing will be reported about this connection again,
 * and the next request has to end all the same. */
static void an_end_that_came_with_an_response(void **state)
{
    begin_with_peer(state, "randint", 1, true, ACTS(ACCEPT, HEAR, REST, END("0\n"), HEAR, REST));
    drive_run(2, 0);
    end_with_peer();
    assert_int_equal(drive_count(OUTCOME_OK, 0), 1);
    assert_int_equal(drive_count(OUTCOME_CLOSED, 0), 1);
}

/* The same, between two batches. */
static void an_end_that_nobody_waited_for(void **state)
{
    begin_with_peer(state, "randint", 1, true, ACTS(ACCEPT, HEAR, END("0\n"), HEAR, REST));
    drive_run(1, 0);
    assert_int_equal(drive_count(OUTCOME_OK, 0), 1);
    const struct timespec rest = {.tv_nsec = 10 * NSEC_PER_MSEC};
    nanosleep(&rest, NULL);
    drive_run(1, 0);
    assert_int_equal(drive_count(OUTCOME_CLOSED, 0), 1);
    end_with_peer();
}

/* One of two kept connections hangs up while it has no request and the other one waits. */
static void a_connection_that_hangs_up_without_a_request(void **state)
{
    begin_with_peer(
        state, "randint", 2, true,
        ACTS(ACCEPT, HEAR, SAY("0\n"), ACCEPT, HEAR, REST, REST, REST, SAY("0\n"), HEAR));
    drive_run(2, 0);
    assert_int_equal(drive_count(OUTCOME_OK, 0), 2);
    assert_in_range(waits, 1, 10); /* and no more: left as it was it would be reported for ever */
    drive_run(1, 0);               /* the slot that hung up takes the next */
    assert_int_equal(drive_count(OUTCOME_CLOSED, 0) + drive_count(OUTCOME_SEND, EPIPE) +
                         drive_count(OUTCOME_RECEIVE, ECONNRESET),
                     1);
    drive.driver->teardown(drive.state); /* before the peer leaves, who waits for the other one */
    drive.state = NULL;
    end_with_peer();
}

/* As on a connection that takes its time: what is waited for changes from writing to reading. */
static void an_request_that_cannot_go_at_once(void **state)
{
    begin(state, "randint", 4, false);
    drive_start_server();
    drive_setup();
    sends_block = 4;
    drive_run(20, 5 * NSEC_PER_MSEC);
    assert_int_equal(sends_block, 0);
    assert_int_equal(drive_count(OUTCOME_OK, 0), 20);
    drive_teardown();
    drive_stop_server();
}

/* A connection is registered once, a kept one when it is opened, and read when there is a
 * response. */
static void no_needless_calls(void **state)
{
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        begin(state, "randint", 4, keep_alive);
        drive_start_server();
        drive_setup();
        assert_int_equal(controls, keep_alive ? 4 : 0);
        drive_run(40, 0);
        assert_int_equal(controls, keep_alive ? 4 : 40);
        assert_int_equal(receives, 40);
        drive_teardown();
        drive_stop_server();
    }
}

static void a_connection_that_cannot_be_registered(void **state)
{
    begin(state, "randint", 4, false);
    drive_start_server();
    drive_setup();
    controls_fail_every = 3;
    drive_run(20, 0);
    size_t failed = drive_count(OUTCOME_NO_SOCKET, ENOSPC);
    assert_true(failed > 0);
    assert_int_equal(drive_count(OUTCOME_OK, 0) + failed, 20);
    controls_fail_every = 1;
    drive_run(20, 0);
    assert_int_equal(drive_count(OUTCOME_NO_SOCKET, ENOSPC), 20);
    controls_fail_every = 0;
    drive_run(20, 0); /* no slot was lost */
    assert_int_equal(drive_count(OUTCOME_OK, 0), 20);
    drive_teardown();
    drive_stop_server();
}

static void a_kept_connection_that_cannot_be_registered(void **state)
{
    begin(state, "randint", 4, true);
    drive_start_server();
    controls_fail_every = 3;
    struct error error = {0};
    assert_false(drive_try_setup(&error));
    drive_teardown();
    assert_int_equal(error.errnum, ENOSPC);
    assert_non_null(strstr(error.text, "connection 2"));
    drive_stop_server();
}

static void a_loop_that_cannot_wait(void **state)
{
    begin(state, "randint", 4, false);
    drive_start_server();
    drive_setup();
    waits_fail_with = EINTR; /* that is none */
    drive_run(20, 0);
    assert_int_equal(drive_count(OUTCOME_OK, 0), 20);
    waits_fail_with = EINVAL;
    struct error error = {0};
    assert_false(drive_try_run(20, 0, &error));
    assert_int_equal(error.errnum, EINVAL);
    drive_teardown();
    drive_stop_server();
}

static void *no_op(void *unused)
{
    return unused;
}

static void a_kernel_that_cannot_wait_for_a_schedule(void **state)
{
    struct error error;
    waits_fail_with = 0;
    drive_open(*state, "randint", 1, false);
    assert_int_equal(driver_schedules(drive.driver, &error), 0);
    waits_fail_with = ENOSYS;
    assert_int_equal(driver_schedules(drive.driver, &error), -1);
    assert_non_null(strstr(error.text, "Linux 5.11 or later is needed for open arrivals"));
}

int main(void)
{
    pthread_t first; /* with which a sanitizer makes a thread of its own */
    pthread_create(&first, NULL, no_op, NULL);
    pthread_join(first, NULL);
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    alarm(HANGS_S);
    static char level[] = "epoll", edge[] = "epoll-et";
#define IN_BOTH_MODES(test)                                                                        \
    {#test ", level-triggered", test, NULL, NULL, level},                                          \
    {                                                                                              \
#test ", edge-triggered", test, NULL, NULL, edge                                           \
    }
    const struct CMUnitTest tests[] = {
        IN_BOTH_MODES(an_response_longer_than_a_read),
        IN_BOTH_MODES(an_response_in_pieces),
        IN_BOTH_MODES(an_end_that_came_with_an_response),
        IN_BOTH_MODES(an_end_that_nobody_waited_for),
        IN_BOTH_MODES(a_connection_that_hangs_up_without_a_request),
        IN_BOTH_MODES(an_request_that_cannot_go_at_once),
        IN_BOTH_MODES(no_needless_calls),
        IN_BOTH_MODES(a_connection_that_cannot_be_registered),
        IN_BOTH_MODES(a_kept_connection_that_cannot_be_registered),
        IN_BOTH_MODES(a_loop_that_cannot_wait),
        IN_BOTH_MODES(a_kernel_that_cannot_wait_for_a_schedule),
    };
    return cmocka_run_group_tests_name("epoll", tests, NULL, NULL);
}
