/* The socket options of a workload, checked for every driver whose sockets are descriptors of this
 * process: with split-nodelay each has TCP_NODELAY while it is in use, with split none has; and a
 * driver that cannot give it says so. A thread looks at them while requests are under way. */
#include "drivers/driver.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/server_process.h"
#include "workloads/workloads.h"

enum { C = 2, REQUESTS = 4, DESCRIPTORS = 256, DRIVERS_MAX = 32 };

static const nsec_t DELAY = 20 * NSEC_PER_MSEC;
static const nsec_t HANGS = 60 * NSEC_PER_SEC;

struct way {
    const struct driver *driver;
    bool keep_alive;
};

/* ---- looking at sockets ---- */

/* Those of a whole run: how many were seen with it, how many without. */
static struct watcher {
    const struct load *load;
    atomic_bool over;
    size_t with, without;
} watcher;

/* Is this descriptor a socket connected to the server? */
static bool is_slot(int fd)
{
    struct net_address peer = {.length = sizeof(peer.storage)};
    return getpeername(fd, (struct sockaddr *)&peer.storage, &peer.length) == 0 &&
           peer.storage.ss_family == watcher.load->server.storage.ss_family &&
           net_address_port(&peer) == net_address_port(&watcher.load->server);
}

static void look(void)
{
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        int option = 0;
        socklen_t size = sizeof(option);
        if (!is_slot(fd) || getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &option, &size) < 0)
            continue;
        if (option)
            watcher.with++;
        else
            watcher.without++;
    }
}

static void *watch(void *unused)
{
    const struct timespec pause = {.tv_nsec = NSEC_PER_MSEC};
    while (!atomic_load(&watcher.over)) {
        look();
        nanosleep(&pause, NULL);
    }
    return unused;
}

/* ---- a run, looked at ---- */

static void run_once(const struct driver *driver, void *driver_state, const struct load *load)
{
    struct error error = {.text = "no reason given"};
    struct sample samples[REQUESTS] = {0};
    struct batch batch = {.load = load, .requests = REQUESTS, .delay = DELAY, .samples = samples};
    if ((driver->prepare && driver->prepare(driver_state, &batch, &error) < 0) ||
        driver->run(driver_state, &batch, &error) < 0 ||
        (driver->collect && driver->collect(driver_state, &batch, &error) < 0))
        fail_msg("%s", error.text);
    for (size_t i = 0; i < REQUESTS; i++)
        assert_int_equal(samples[i].outcome, OUTCOME_OK);
}

/* Run until sockets have been seen: on a loaded machine the watcher may come too late. */
static void run_watched(const struct driver *driver, void *driver_state, const struct load *load)
{
    nsec_t end = clock_now() + HANGS;
    watcher.load = load;
    watcher.with = watcher.without = 0;
    while (watcher.with + watcher.without == 0 && clock_now() < end) {
        pthread_t thread;
        atomic_store(&watcher.over, false);
        assert_int_equal(pthread_create(&thread, NULL, watch, NULL), 0);
        run_once(driver, driver_state, load);
        atomic_store(&watcher.over, true);
        pthread_join(thread, NULL);
    }
}

static void check(const struct way *way, bool nodelay)
{
    struct error error = {0};
    struct server_process server = SERVER_PROCESS_NONE;
    struct load load = {.workload = workload_find(nodelay ? "split-nodelay" : "split"),
                        .concurrency = C,
                        .keep_alive = way->keep_alive,
                        .seed = 42};
    struct bench_case settings = {.keep_alive = way->keep_alive, .delay = DELAY, .backlog = 64};
    if (server_start(&server, &settings, &error) < 0)
        fail_msg("%s", error.text);
    load.server = server.addresses.items[0];
    exchange_open_load(&load);
    void *driver_state = way->driver->setup(way->driver, &load, &error);
    if (driver_state) {
        run_watched(way->driver, driver_state, &load);
        way->driver->teardown(driver_state);
        assert_true(nodelay ? watcher.with : watcher.without);
        assert_int_equal(nodelay ? watcher.without : watcher.with, 0);
    } else if (!nodelay || !strstr(error.text, "the options of workload")) {
        fail_msg("%s", error.text);
    }
    exchange_close_load(&load);
    server_stop(&server);
}

static void it_is_given_where_it_is_requested_for(void **state)
{
    check(*state, true);
}

static void it_is_not_where_it_is_not(void **state)
{
    check(*state, false);
}

/* ---- every driver, both ways ---- */

static struct way ways[2 * DRIVERS_MAX];
static struct CMUnitTest tests[4 * DRIVERS_MAX];
static char names[4 * DRIVERS_MAX][96];
static size_t way_count, test_count;

static void add(struct way *way, const char *what, CMUnitTestFunction function)
{
    char *name = names[test_count];
    snprintf(name, sizeof(names[0]), "%s%s: %s", way->driver->name,
             way->keep_alive ? ", kept alive" : "", what);
    tests[test_count++] = (struct CMUnitTest){name, function, NULL, NULL, way};
}

/* Sockets of other processes, and those that are no descriptors, are not to be seen from here. */
static bool can_be_looked_at(const struct driver *driver)
{
    return !(driver->traits &
             (DRIVER_OFFLINE | DRIVER_PROCESSES | DRIVER_PROGRAM | DRIVER_DIRECT)) &&
           driver_usable(driver, C, NULL) == 0;
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    for (const struct driver *const *d = drivers; *d && d < drivers + DRIVERS_MAX; d++)
        for (int keep_alive = 0; keep_alive <= 1 && can_be_looked_at(*d); keep_alive++) {
            struct way *way = &ways[way_count++];
            *way = (struct way){*d, keep_alive};
            add(way, "set where it is required", it_is_given_where_it_is_requested_for);
            add(way, "not where it is not", it_is_not_where_it_is_not);
        }
    return cmocka_run_group_tests_name("nodelay", tests, NULL, NULL);
}
