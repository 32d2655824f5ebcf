/* The drivers over coroutines where what they stand on gives way: no stacks, no room in epoll, and
 * a server that ends a connection while nobody uses it. What they promise like all others is in
 * test_conformance.c.
 *
 * Linked with --wrap=mprotect, --wrap=epoll_ctl and --wrap=epoll_wait. */
#include "drivers/driver.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/grade/self.h"
#include "workloads/workloads.h"

enum { C = 8, REQUESTS = 20 };

static const struct driver *const both[] = {&driver_coroutine, &driver_coroutine_asm};

/* ---- what gives way ---- */

static int calls_left = -1; /* of the one that fails, before it does; -1: it does not */
static int registered_left = -1;
static unsigned waits;

int __real_mprotect(void *at, size_t size, int protection);
int __wrap_mprotect(void *at, size_t size, int protection);
int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __real_epoll_wait(int epoll, struct epoll_event *events, int size, int timeout);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int size, int timeout);

static bool gives_way(int *left, int errnum)
{
    if (*left > 0)
        --*left;
    else if (*left == 0) {
        errno = errnum;
        return true;
    }
    return false;
}

int __wrap_mprotect(void *at, size_t size, int protection)
{
    return gives_way(&calls_left, ENOMEM) ? -1 : __real_mprotect(at, size, protection);
}

int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && gives_way(&registered_left, ENOSPC))
        return -1;
    return __real_epoll_ctl(epoll, operation, fd, event);
}

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int size, int timeout)
{
    waits++;
    return __real_epoll_wait(epoll, events, size, timeout);
}

/* ---- a server ---- */

static int listener;
static struct load load;
static struct sample samples[REQUESTS];

static void load_make(unsigned concurrency, bool keep_alive)
{
    static struct partial_response partials[C];
    struct net_address any;
    struct error error;
    assert_int_equal(net_address_make("127.0.0.1", 0, &any, &error), 0);
    load = (struct load){.workload = workloads[0],
                         .concurrency = concurrency,
                         .keep_alive = keep_alive,
                         .partials = partials};
    listener = net_listen(&any, 1024, false, &error); /* of connections that nothing accepts */
    assert_true(listener >= 0);
    assert_int_equal(net_local_address(listener, &load.server, &error), 0);
}

static void run(const struct driver *driver, void *state, size_t requests)
{
    struct error error = {.text = "no reason given"};
    struct batch batch = {.load = &load, .requests = requests, .samples = samples};
    memset(samples, 0, sizeof(samples));
    if (driver->run(state, &batch, &error) < 0)
        fail_msg("%s", error.text);
}

/* ---- the tests ---- */

static void no_room_for_stacks(const struct driver *driver)
{
    load_make(C, true);
    unsigned descriptors = self_descriptors();
    for (int stacks = 0; stacks < C; stacks++) {
        struct error error = {0};
        calls_left = stacks;
        assert_null(driver->setup(driver, &load, &error));
        assert_int_equal(error.errnum, ENOMEM);
        assert_non_null(strstr(error.text, "vm.max_map_count"));
        assert_int_equal(self_descriptors(), descriptors);
    }
    calls_left = -1;
    struct error error = {0};
    load.stack_bytes = (size_t)1 << 47; /* the load's, not its own size */
    assert_null(driver->setup(driver, &load, &error));
    assert_non_null(strstr(error.text, "8 stacks of 140737488355328 bytes"));
    assert_int_equal(self_descriptors(), descriptors);
    close(listener);
}

/* A request that cannot be waited for ends, with the reason; the slot goes on with the next. The
 * listener's backlog takes what is sent, and nothing responds. */
static void no_room_in_epoll(const struct driver *driver)
{
    load_make(C, false);
    struct error error;
    void *state = driver->setup(driver, &load, &error);
    assert_non_null(state);
    registered_left = 0;
    run(driver, state, REQUESTS);
    registered_left = -1;
    for (int i = 0; i < REQUESTS; i++) {
        assert_int_equal(samples[i].outcome, OUTCOME_NO_SOCKET);
        assert_int_equal(samples[i].errnum, ENOSPC);
    }
    driver->teardown(state);

    load.keep_alive = true; /* then setup registers them */
    unsigned descriptors = self_descriptors();
    for (registered_left = 0; registered_left < C; registered_left++) {
        int wanted = registered_left;
        assert_null(driver->setup(driver, &load, &error));
        assert_int_equal(error.errnum, ENOSPC);
        assert_int_equal(self_descriptors(), descriptors);
        registered_left = wanted;
    }
    registered_left = -1;
    close(listener);
}

static void response(int connection)
{
    char request[64];
    (void)!read(connection, request, sizeof(request));
    (void)!write(connection, "0\n", 2);
}

/* Two connections respond to a request each. Then the second is closed, and while its slot is idle
 * the first slot waits for its response. */
static void *server_main(void *argument)
{
    (void)argument;
    int first = accept(listener, NULL, NULL), second = accept(listener, NULL, NULL);
    response(first);
    response(second);
    close(second);
    usleep(50000);
    response(first);
    close(first);
    return NULL;
}

static void a_connection_that_ends_while_its_slot_rests(const struct driver *driver)
{
    load_make(2, true);
    struct error error;
    void *state = driver->setup(driver, &load, &error);
    assert_non_null(state);
    pthread_t server;
    assert_int_equal(pthread_create(&server, NULL, server_main, NULL), 0);
    run(driver, state, 2);
    enum outcome outcomes[3] = {samples[0].outcome, samples[1].outcome};
    waits = 0;
    run(driver, state, 1);
    outcomes[2] = samples[0].outcome;
    unsigned waited = waits;
    pthread_join(server, NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(outcomes[i], OUTCOME_OK);
    assert_in_range(waited, 1, 4); /* it was told once, not for 50 ms on end */
    run(driver, state, 2);         /* and both find out when they use theirs */
    for (int i = 0; i < 2; i++)
        assert_int_not_equal(samples[i].outcome, OUTCOME_OK);
    driver->teardown(state);
    close(listener);
}

#define WITH_BOTH(test)                                                                            \
    static void test##_with_both(void **state)                                                     \
    {                                                                                              \
        (void)state;                                                                               \
        assert_int_equal(driver_usable(both[0], C, NULL), 0); /* everywhere */                     \
        for (size_t d = 0; d < sizeof(both) / sizeof(both[0]); d++)                                \
            if (driver_usable(both[d], C, NULL) == 0)                                              \
                test(both[d]);                                                                     \
    }
WITH_BOTH(no_room_for_stacks)
WITH_BOTH(no_room_in_epoll)
WITH_BOTH(a_connection_that_ends_while_its_slot_rests)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_room_for_stacks_with_both),
        cmocka_unit_test(no_room_in_epoll_with_both),
        cmocka_unit_test(a_connection_that_ends_while_its_slot_rests_with_both),
    };
    return cmocka_run_group_tests_name("drivers over coroutines", tests, NULL, NULL);
}
