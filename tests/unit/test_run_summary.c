/* Runs of which no samples are kept: what every driver that can be summed up executes is counted,
 * in one process and in several, failures by their kind; and which cases that applies to. */
#include "engine/run_summary.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "bench/run/server_process.h"
#include "drivers/parts.h"
#include "workloads/workloads.h"

enum { SLOTS = 8, PARTS = 3, REQUESTS = 100 };

static const nsec_t DELAY = NSEC_PER_MSEC;

/* What a run's processes share. */
static struct shared {
    struct batch batch;
    struct sample slots[SLOTS];
    struct run_summary summaries[PARTS];
} * shared;

static struct load load;

/* Execute them, and add up what the parts did. */
static struct run_summary *run(const struct driver *driver, const struct net_address *server,
                               bool keep_alive)
{
    struct error error = {.text = ""};
    struct run_summary *sum = calloc(1, sizeof(*sum));
    load = (struct load){.workload = workload_find("randint"),
                         .server = *server,
                         .concurrency = SLOTS,
                         .keep_alive = keep_alive,
                         .seed = 7};
    memset(shared, 0, sizeof(*shared));
    shared->batch = (struct batch){.load = &load,
                                   .requests = REQUESTS,
                                   .delay = DELAY,
                                   .begun = clock_now(),
                                   .slots = shared->slots,
                                   .summary = shared->summaries};
    exchange_open_load(&load);
    void *state = driver->setup(driver, &load, &error);
    if (!state || driver_run_batch(driver, state, &shared->batch, &error) < 0)
        fail_msg("%s: %s", driver->name, error.text);
    driver->teardown(state);
    exchange_close_load(&load);
    for (int i = 0; i < PARTS; i++)
        run_summary_add(sum, &shared->summaries[i]);
    return sum;
}

/* Each as itself, and in parts. */
static void each_driver(const struct net_address *server, bool keep_alive,
                        void (*check)(const struct run_summary *sum))
{
    struct bench_case c = {.requests = CASE_SAMPLES_MAX + 1, .workload = workload_find("randint")};
    for (const struct driver *const *d = drivers; *d; d++) {
        const struct parts_config config = {*d, PARTS};
        const struct driver divided = parts_driver(&config);
        c.driver = *d;
        if (!case_is_summed_up(&c) || driver_usable(*d, SLOTS, NULL) < 0)
            continue;
        struct run_summary *whole = run(*d, server, keep_alive);
        struct run_summary *parts = run(&divided, server, keep_alive);
        check(whole);
        check(parts);
        free(whole);
        free(parts);
    }
}

static void are_completed(const struct run_summary *sum)
{
    assert_int_equal(sum->completed, REQUESTS);
    assert_int_equal(sum->failed, 0);
    assert_int_equal(sum->latency.total, REQUESTS);
    assert_int_equal(sum->service.total, REQUESTS);
    assert_int_equal(sum->completion.total, REQUESTS);
    assert_true(histogram_percentile(&sum->latency, 0.01) >= DELAY - DELAY / 100);
    assert_true(sum->first >= DELAY && sum->completion.max >= sum->first);
}

static void every_request_is_counted(void **state)
{
    (void)state;
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        struct server_process server = SERVER_PROCESS_NONE;
        struct bench_case settings = {.keep_alive = keep_alive, .backlog = 1024};
        struct error error;
        if (server_start(&server, &settings, &error) < 0)
            fail_msg("%s", error.text);
        each_driver(&server.addresses.items[0], keep_alive, are_completed);
        server_stop(&server);
    }
}

static void are_refused(const struct run_summary *sum)
{
    assert_int_equal(sum->completed, 0);
    assert_int_equal(sum->failed, REQUESTS);
    assert_int_equal(sum->failure_kinds, 1);
    assert_int_equal(sum->failures[0].outcome, OUTCOME_CONNECT);
    assert_int_equal(sum->failures[0].errnum, ECONNREFUSED);
    assert_int_equal(sum->failures[0].count, REQUESTS);
    assert_int_equal(sum->latency.total, 0);
}

static void failures_are_counted_by_their_kind(void **state)
{
    (void)state;
    struct net_address nobody;
    assert_int_equal(net_address_make("127.0.0.1", 1, &nobody, NULL), 0);
    each_driver(&nobody, false, are_refused);
}

static void which_cases_are_summed_up(void **state)
{
    (void)state;
    struct bench_case c = {.driver = driver_find("epoll"),
                           .workload = workload_find("randint"),
                           .requests = CASE_SAMPLES_MAX};
    assert_false(case_is_summed_up(&c));
    c.requests++;
    assert_true(case_is_summed_up(&c));
    c.arrivals = ARRIVALS_POISSON;
    assert_false(case_is_summed_up(&c));
    c.arrivals = ARRIVALS_BURST;
    c.pipeline = 2;
    assert_false(case_is_summed_up(&c));
    c.pipeline = 1;
    c.workload = workload_find("fib");
    assert_false(case_is_summed_up(&c));
    c.workload = workload_find("http");
    static const char *const several[] = {"threadpool", "prefork", "multiloop", "null",
                                          "python-asyncio"};
    for (size_t i = 0; i < sizeof(several) / sizeof(several[0]); i++) {
        c.driver = driver_find(several[i]);
        assert_false(case_is_summed_up(&c));
    }
}

int main(void)
{
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_is_counted),
        cmocka_unit_test(failures_are_counted_by_their_kind),
        cmocka_unit_test(which_cases_are_summed_up),
    };
    return cmocka_run_group_tests_name("run summary", tests, NULL, NULL);
}
