/* What every driver has to do (bench/grade/conformance.h), checked for every driver in the table,
 * with every workload and in every way; and what no other program can be told of: jobs, pipelining,
 * parts. A new driver is tested by being listed. */
#include "bench/grade/conformance.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/grade/expect.h"
#include "drivers/parts.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { C_MANY = 8 };

static const nsec_t DELAY = 5 * NSEC_PER_MSEC;

/* ---- jobs: requests that the program carries out itself ---- */

enum { JOBS = 24, JOB_SLICES = 5 };

/* Every third request is sent to the server, the others are jobs: in slices, failing, wrong. */
static bool mixed_is_job(const struct job *job)
{
    return job->index % 3 != 0;
}

static enum job_result mixed_work(struct job *job)
{
    if (job->index == 1) {
        job->errnum = EIO;
        return JOB_FAILED;
    }
    if (job->index == 2)
        return JOB_WRONG;
    return ++job->progress < JOB_SLICES ? JOB_MORE : JOB_DONE;
}

static const struct workload mixed = {
    .name = "mixed",
    .request = protocol_line_request,
    .response = protocol_line_response,
    .work = mixed_work,
    .is_job = mixed_is_job,
    .yields = true,
};

/* Whatever carries them, jobs and exchanges share the slots, and each ends as its kind. */
static void jobs_beside_exchanges(const struct way *way)
{
    if (way->driver->traits & DRIVER_PROGRAM)
        return; /* another program knows nothing of our jobs */
    stage_open(way, 4);
    stage.load.workload = &mixed;
    stage_start_server(DELAY);
    stage_setup();
    stage_run(JOBS, DELAY, 0);
    assert_int_equal(stage.samples[1].outcome, OUTCOME_JOB);
    assert_int_equal(stage.samples[1].errnum, EIO);
    assert_int_equal(stage.samples[2].outcome, OUTCOME_WRONG);
    assert_int_equal(stage_count(JOBS, OUTCOME_OK, 0), JOBS - 2);
    stage_check_ended(JOBS);
    assert_int_equal(stage_server_figure("completed"), JOBS / 3);
    stage_teardown();
    stage_stop_server();
}

/* ---- pipelining: slots that carry a group of requests at a time ---- */

enum { DEPTH = 4 };

/* A slot's requests come in groups of up to DEPTH, which begin together. */
static void check_groups(size_t requests)
{
    for (size_t i = 0; i < requests; i++) {
        const struct sample *a = &stage.samples[i];
        size_t beside = 0;
        for (size_t j = 0; j < requests; j++) {
            const struct sample *b = &stage.samples[j];
            if (a->slot != b->slot || a->end <= b->start || b->end <= a->start)
                continue;
            assert_int_equal(a->start, b->start);
            beside++;
        }
        assert_in_range(beside, 1, DEPTH);
    }
}

static void groups_are_completed(const struct way *way, size_t n, unsigned c)
{
    stage.load.concurrency = c;
    stage_setup();
    stage_run(n, DELAY, 0);
    stage_check_completed(n, DELAY);
    check_groups(n);
    size_t slots = way->driver->traits & DRIVER_SERIAL ? 1 : c;
    assert_true(stage.makespan >= (nsec_t)((n + slots - 1) / slots) * DELAY);
    stage_run(n, 0, 0); /* and again, as fast as it can be */
    stage_check_completed(n, 0);
    check_groups(n);
    stage_teardown();
}

static void every_group_is_completed(const struct way *way)
{
    static const struct {
        size_t requests;
        unsigned concurrency;
    } groups[] = {{1, 1}, {10, 1}, {3, 8}, {32, 8}, {41, 8}, {250, 50}};
    size_t requested = 0;
    stage_open(way, 0);
    stage_start_server(DELAY);
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        if (way->driver->traits & DRIVER_SERIAL && groups[i].requests > 50)
            continue;
        groups_are_completed(way, groups[i].requests, groups[i].concurrency);
        requested += 2 * groups[i].requests;
    }
    assert_int_equal(stage_server_figure("completed"), requested);
    assert_int_equal(stage_server_figure("bad_requests"), 0);
    stage_stop_server();
}

/* What `waitbench list` and the harness take for granted. */
static void every_driver_is_presentable(void **state)
{
    (void)state;
    assert_non_null(drivers[0]);
    for (const struct driver *const *driver = drivers; *driver; driver++) {
        const struct driver *d = *driver;
        assert_true(d->name && d->name[0] && !strpbrk(d->name, " ,\n"));
        assert_true(d->summary && d->summary[0] && !strchr(d->summary, '\n'));
        assert_true(d->setup && d->run && d->teardown);
        assert_true(d->model < MODEL_COUNT);
        assert_true(driver_source_path(d) && driver_source_text(d));
        assert_ptr_equal(driver_find(d->name), d); /* so names are unique */
    }
    assert_null(driver_find("nosuch"));
    assert_null(driver_find(""));
}

/* ---- the list: every test, every driver, every way ---- */

/* ---- the list: every test, every driver, every way ---- */

static const struct conformance_test with_jobs = {"jobs beside exchanges", jobs_beside_exchanges,
                                                  false, 0, NULL};

/* With pipelining, of every driver whose requests are our exchanges. */
static const struct conformance_test pipelined[] = {
    {"every group completes", every_group_is_completed, false, 0, NULL},
    {"a server that is killed", conformance_a_server_that_is_killed, false, 0, NULL},
    {0},
};

/* Of a load in parts. */
static const struct conformance_test divided[] = {
    {"every request completes", conformance_every_request_is_completed, false, 0, NULL},
    {"no more are in flight than requested", conformance_no_more_are_in_flight_than_requested,
     false, 0, NULL},
    {"one state carries many batches", conformance_one_state_carries_many_batches, false, 0, NULL},
    {"a state that never runs is given back", conformance_a_state_that_never_runs_is_given_back,
     false, 0, NULL},
    {"a server that was stopped", conformance_a_server_that_was_stopped, false, 0, NULL},
    {"a server that is killed", conformance_a_server_that_is_killed, false, 0, NULL},
    {0},
};

enum {
    SEED = 42,
    DRIVERS_MAX = 32,
    WAYS_MAX = DRIVERS_MAX * 16,
    TESTS_PER_WAY = 12,
    TESTS_MAX = WAYS_MAX * TESTS_PER_WAY
};

/* A test in a way. */
struct attempt {
    const struct conformance_test *test;
    const struct way *way;
};

static void attempt(void **state)
{
    const struct attempt *attempt = *state;
    struct error error;
    if (conformance_run(attempt->test, attempt->way, &error) < 0)
        fail_msg("%s", error.text);
}

static struct attempt attempts[TESTS_MAX];
static struct CMUnitTest tests[TESTS_MAX + DRIVERS_MAX + 1];
static struct way ways[WAYS_MAX];
static char names[TESTS_MAX][96];
static size_t test_count, way_count, driver_count;

/* `way` counts each workload without and with kept connections. How responses are framed is no
 * matter of the driver: under a sanitizer it is used with lines over new connections and with HTTP
 * over kept ones, elsewhere in all four ways. All that a sanitizer sees of a program is our side of
 * the conversation, the same for all of them: each is then used in one way, another one each. */
static bool is_to_do(const struct driver *driver, unsigned way)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static unsigned programs;
    if (driver->traits & DRIVER_PROGRAM)
        return way == programs++ / 4 % 4;
    return way == 0 || way == 3;
#else
    (void)driver;
    (void)way;
    return true;
#endif
}

static void add_test(const struct conformance_test *test, const struct way *way, const char *name)
{
    attempts[test_count] = (struct attempt){test, way};
    tests[test_count] = (struct CMUnitTest){name, attempt, NULL, NULL, &attempts[test_count]};
    test_count++;
}

/* `how`: the way, in a test's name. */
static void add_tests(const struct conformance_test *table, const struct way *way, const char *how)
{
    bool offline = way->driver->traits & DRIVER_OFFLINE;
    for (const struct conformance_test *test = table; test->name; test++) {
        if (offline && !test->offline)
            continue;
        char *name = names[test_count];
        snprintf(name, sizeof(names[0]), "%s, %s%s: %s", way->driver->name, way->workload->name,
                 how, test->name);
        add_test(test, way, name);
    }
}

static const struct way *make_way(const struct driver *driver, const struct workload *workload,
                                  bool keep_alive, unsigned pipeline)
{
    ways[way_count] = (struct way){driver, workload, keep_alive, pipeline, SEED, 0};
    return &ways[way_count++];
}

static void add_way(const struct driver *driver, const struct workload *workload, bool keep_alive)
{
    add_tests(conformance_tests, make_way(driver, workload, keep_alive, 1),
              keep_alive ? ", kept alive" : "");
}

static void add_pipelined(const struct driver *driver, const struct workload *workload)
{
    add_tests(pipelined, make_way(driver, workload, true, DEPTH), ", pipelined");
}

/* A program in one of the ways, because it takes its time to start. */
static void add_scheduled(const struct driver *driver)
{
    const struct workload *workload = workload_find("randint");
    bool both = !(driver->traits & DRIVER_PROGRAM);
    for (int keep_alive = !both; keep_alive <= 1; keep_alive++)
        add_tests(conformance_scheduled, make_way(driver, workload, keep_alive, 1),
                  keep_alive ? ", kept alive, scheduled" : ", scheduled");
}

static void add_jobs(const struct driver *driver)
{
    static char titles[DRIVERS_MAX][96];
    struct way *way = &ways[way_count++];
    *way = (struct way){driver, &mixed, false, 1, SEED, 0};
    char *title = titles[driver_count++];
    snprintf(title, sizeof(titles[0]), "%s: jobs beside exchanges", driver->name);
    add_test(&with_jobs, way, title);
}

/* A driver of each kind, in three processes; the first in both ways. */
static void add_divided(void)
{
    static const char *const kinds[] = {"epoll", "threadpool", "prefork", "coroutine", "io_uring"};
    static struct parts_config configs[ARRAY_LEN(kinds)];
    static struct driver made[ARRAY_LEN(kinds)];
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        configs[i] = (struct parts_config){driver_find(kinds[i]), 3};
        made[i] = parts_driver(&configs[i]);
        for (int keep_alive = i > 0; keep_alive <= 1; keep_alive++)
            if (driver_usable(&made[i], C_MANY, NULL) == 0)
                add_tests(divided, make_way(&made[i], workload_find("randint"), keep_alive, 1),
                          keep_alive ? ", kept alive, in parts" : ", in parts");
    }
}

static void *no_op(void *unused)
{
    return unused;
}

/* What a library makes once for a process and keeps, as libuv does a pipe, is no leak: have it made
 * before anything is counted. */
static void settle_library(const struct driver *driver)
{
    const struct load load = {.workload = workloads[0], .concurrency = 1};
    bool is_linked = driver->library && !(driver->traits & DRIVER_PROGRAM);
    void *state = is_linked ? driver->setup(driver, &load, NULL) : NULL;
    if (state)
        driver->teardown(state);
}

int main(void)
{
    pthread_t first; /* with which a sanitizer makes a thread of its own */
    pthread_create(&first, NULL, no_op, NULL);
    pthread_join(first, NULL);
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    stage_init();
    tests[test_count] = (struct CMUnitTest)cmocka_unit_test(every_driver_is_presentable);
    test_count++;
    for (const struct driver *const *d = drivers; *d && d < drivers + DRIVERS_MAX; d++) {
        settle_library(*d);
        for (const struct workload *const *w = workloads; *w; w++)
            for (int keep_alive = 0; keep_alive <= 1; keep_alive++)
                if (driver_usable(*d, 1, NULL) == 0 && (*w)->framing &&
                    is_to_do(*d, (unsigned)(w - workloads) * 2 + (unsigned)keep_alive) &&
                    (!((*d)->traits & DRIVER_OFFLINE) || (w == workloads && !keep_alive)))
                    add_way(*d, *w, keep_alive);
    }
    for (const struct driver *const *d = drivers; *d; d++)
        if (driver_usable(*d, C_MANY, NULL) == 0)
            add_scheduled(*d);
    for (const struct driver *const *d = drivers; *d; d++)
        if (driver_usable(*d, 4, NULL) == 0 && !((*d)->traits & DRIVER_OFFLINE)) {
            add_jobs(*d);
            for (size_t w = 0; w < 2 && !((*d)->traits & DRIVER_PROGRAM); w++)
                add_pipelined(*d, workload_find(w ? "http" : "randint"));
        }
    add_divided();
    return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
