/* Faults of the drivers that make threads and processes: the kernel refuses to make one, and one
 * that was made is killed. Its request fails with that cause, the others complete, and nothing is
 * left behind: no process, no thread, no descriptor.
 *
 * Refusals are scripted (-Wl,--wrap): root, who often runs tests, has no RLIMIT_NPROC. */
#include "drivers/driver.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/run/server_process.h"
#include "bench/grade/account.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

enum { C = 4, REQUESTS_MAX = 16, PATIENCE_MS = 20000 };

/* Mostly long enough to find C requests in flight and to kill somebody. */
static const nsec_t DELAY = 200 * NSEC_PER_MSEC;

/* ---- a kernel that refuses ---- */

/* Calls are counted from 1; `from` up to, not including, `to` fail. */
static struct refusal {
    unsigned calls, from, to;
} forks, creates;

static bool refused(struct refusal *refusal)
{
    unsigned call = ++refusal->calls;
    return call >= refusal->from && call < refusal->to;
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    if (!refused(&forks))
        return __real_fork();
    errno = EAGAIN;
    return -1;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument)
{
    return refused(&creates) ? EAGAIN : __real_pthread_create(thread, attributes, start, argument);
}

static void refuse(unsigned from, unsigned to)
{
    forks = creates = (struct refusal){0, from, to};
}

/* ---- a stage: a server, a driver, and samples that processes can write ---- */

static struct shared {
    struct batch batch;
    struct sample samples[REQUESTS_MAX];
} * shared;

/* The initial state of a test: how it is done. */
struct way {
    const struct driver *driver;
    bool keep_alive;
};

static struct stage {
    const struct driver *driver;
    struct server_process server;
    struct load load;
    void *state;
    unsigned descriptors, threads, processes; /* before setup, the server's among them */
} stage;

static void stage_open(const struct way *way)
{
    struct bench_case settings = {.keep_alive = way->keep_alive, .delay = DELAY, .backlog = 64};
    struct error error;
    stage = (struct stage){.driver = way->driver};
    if (server_start(&stage.server, &settings, &error) < 0)
        fail_msg("%s", error.text);
    stage.load = (struct load){.workload = workload_find("randint"),
                               .server = stage.server.addresses.items[0],
                               .concurrency = C,
                               .keep_alive = way->keep_alive,
                               .seed = 7};
    refuse(0, 0);
    stage.descriptors = self_descriptors();
    stage.threads = self_threads();
    stage.processes = self_processes();
}

static bool stage_setup(struct error *error)
{
    exchange_open_load(&stage.load);
    stage.state = stage.driver->setup(stage.driver, &stage.load, error);
    if (!stage.state)
        exchange_close_load(&stage.load);
    return stage.state != NULL;
}

static int stage_run(size_t requests, nsec_t delay, struct error *error)
{
    memset(shared, 0, sizeof(*shared));
    shared->batch = (struct batch){
        .load = &stage.load, .requests = requests, .delay = delay, .samples = shared->samples};
    return driver_run_batch(stage.driver, stage.state, &shared->batch, error);
}

static void check_given_back(void)
{
    assert_true(self_threads_settle(stage.threads));
    assert_int_equal(self_processes(), stage.processes);
    assert_int_equal(self_descriptors(), stage.descriptors);
}

static void stage_teardown(void)
{
    stage.driver->teardown(stage.state);
    exchange_close_load(&stage.load);
    check_given_back();
}

/* How many ended so; those that ended at all have their times in order. */
static size_t count(size_t requests, enum outcome outcome, int errnum)
{
    size_t n = 0;
    for (size_t i = 0; i < requests; i++) {
        const struct sample *sample = &shared->samples[i];
        n += sample->outcome == outcome && sample->errnum == errnum;
        assert_true(sample->slot < C);
        assert_true(sample->outcome == OUTCOME_NOT_STARTED ||
                    (sample->start > 0 && sample->end >= sample->start));
    }
    return n;
}

static void run_all_well(size_t requests)
{
    struct error error = {.text = "no reason given"};
    if (stage_run(requests, 0, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(count(requests, OUTCOME_OK, 0), requests);
}

/* ---- somebody who kills ---- */

/* The children, the server apart. */
static unsigned workers(pid_t pids[C + 1])
{
    unsigned n = 0, all = self_children(pids, C + 1);
    for (unsigned i = 0; i < all && i < C + 1; i++)
        if (pids[i] != stage.server.child.pid)
            pids[n++] = pids[i];
    return n;
}

struct killer {
    unsigned victims;
    nsec_t delay;
    bool found;
};

/* Kill so many, once C requests are in flight, and while they must still be. */
static void *kill_in_flight(void *argument)
{
    struct killer *killer = argument;
    nsec_t begin = clock_now(), half = killer->delay / 2;
    pid_t pids[C + 1];
    killer->found =
        account_await(&stage.server, "in_flight", C, half) && clock_now() < begin + half + half / 2;
    unsigned n = killer->found ? workers(pids) : 0;
    for (unsigned i = 0; i < n && i < killer->victims; i++)
        kill(pids[i], SIGKILL);
    return NULL;
}

/* On a loaded machine they may not all have come in time; so again, with a longer delay. */
static int run_and_kill(size_t requests, unsigned victims, struct error *error)
{
    struct killer killer = {.victims = victims};
    int result = -1;
    for (nsec_t delay = DELAY; !killer.found; delay *= 4) {
        pthread_t thread;
        assert_true(delay <= PROTOCOL_DELAY_MAX);
        killer.delay = delay;
        assert_int_equal(__real_pthread_create(&thread, NULL, kill_in_flight, &killer), 0);
        result = stage_run(requests, delay, error);
        pthread_join(thread, NULL);
    }
    return result;
}

/* ---- the tests ---- */

/* Six requests on four slots: the four in flight, and two that the others take. */
static void a_child_is_killed_while_it_carries_a_request(void **state)
{
    struct error error = {.text = "no reason given"};
    stage_open(*state);
    assert_true(stage_setup(&error));
    assert_int_equal(run_and_kill(6, 1, &error), 0);
    assert_int_equal(count(6, OUTCOME_LOST, 0), 1);
    assert_int_equal(count(6, OUTCOME_OK, 0), 5);
    run_all_well(10);
    stage_teardown();
    server_stop(&stage.server);
}

/* Four slots with three pipelined requests each: whoever dies loses all of its own, nobody
 * else's. */
static void a_child_is_killed_with_its_group(void **state)
{
    struct error error = {.text = "no reason given"};
    stage_open(*state);
    stage.load.pipeline = 3;
    assert_true(stage_setup(&error));
    assert_int_equal(run_and_kill(12, 1, &error), 0);
    assert_int_equal(count(12, OUTCOME_LOST, 0), 3);
    assert_int_equal(count(12, OUTCOME_OK, 0), 9);
    run_all_well(10);
    stage_teardown();
    server_stop(&stage.server);
}

static void all_children_of_fork_per_request_are_killed(void **state)
{
    struct error error = {.text = "no reason given"};
    stage_open(*state);
    assert_true(stage_setup(&error));
    assert_int_equal(run_and_kill(6, C, &error), 0);
    assert_int_equal(count(6, OUTCOME_LOST, 0), C);
    assert_int_equal(count(6, OUTCOME_OK, 0), 2);
    run_all_well(10);
    stage_teardown();
    server_stop(&stage.server);
}

static void all_workers_of_prefork_are_killed(void **state)
{
    struct error error = {0};
    stage_open(*state);
    assert_true(stage_setup(&error));
    assert_int_equal(run_and_kill(6, C, &error), -1);
    assert_string_equal(error.text,
                        "none of 4 workers is left: the last one was killed by signal 9 "
                        "(Killed)");
    assert_int_equal(count(6, OUTCOME_LOST, 0), C);
    assert_int_equal(count(6, OUTCOME_NOT_STARTED, 0), 2);
    assert_int_equal(stage_run(6, 0, &error), -1);
    assert_int_equal(count(6, OUTCOME_NOT_STARTED, 0), 6);
    stage_teardown();
    server_stop(&stage.server);
}

/* Between two batches nothing is lost with them. */
static void idle_workers_are_killed(void **state)
{
    struct error error = {0};
    pid_t pids[C + 1];
    stage_open(*state);
    assert_true(stage_setup(&error));
    assert_int_equal(workers(pids), C);
    for (unsigned i = 0; i < C - 1; i++)
        kill(pids[i], SIGKILL);
    run_all_well(8);
    run_all_well(8);
    kill(pids[C - 1], SIGKILL);
    assert_int_equal(stage_run(8, 0, &error), -1);
    assert_non_null(strstr(error.text, "killed by signal 9"));
    stage_teardown();

    assert_true(stage_setup(&error)); /* and without a batch in which they would be missed */
    assert_int_equal(workers(pids), C);
    kill(pids[0], SIGKILL);
    kill(pids[C - 1], SIGKILL);
    stage_teardown();
    server_stop(&stage.server);
}

/* What is made for each request: some cannot be, then none can be, then all can. */
static void none_can_be_made_for_a_request(void **state)
{
    struct error error = {.text = "no reason given"};
    stage_open(*state);
    assert_true(stage_setup(&error));
    refuse(3, 6);
    assert_int_equal(stage_run(10, 0, &error), 0);
    assert_int_equal(count(10, OUTCOME_NO_WORKER, EAGAIN), 3);
    assert_int_equal(count(10, OUTCOME_OK, 0), 7);
    for (size_t i = 2; i < 5; i++)
        assert_int_equal(shared->samples[i].outcome, OUTCOME_NO_WORKER);
    refuse(1, 100);
    assert_int_equal(stage_run(10, 0, &error), 0);
    assert_int_equal(count(10, OUTCOME_NO_WORKER, EAGAIN), 10);
    refuse(0, 0);
    run_all_well(10);
    stage_teardown();
    server_stop(&stage.server);
}

/* What is made beforehand: the first, the second ... the last cannot be. */
static void one_cannot_be_made_in_setup(void **state)
{
    stage_open(*state);
    for (unsigned i = 1; i <= C; i++) {
        struct error error = {0};
        refuse(i, i + 1);
        assert_false(stage_setup(&error));
        assert_int_equal(error.errnum, EAGAIN);
        assert_non_null(strstr(error.text, " of 4: Resource temporarily unavailable"));
        check_given_back();
    }
    server_stop(&stage.server);
}

/* The limit on descriptors is inherited, and a child starts with its parent's. */
static void children_have_no_descriptor_left(void **state)
{
    struct error error = {.text = "no reason given"};
    stage_open(*state);
    assert_true(stage_setup(&error));
    unsigned long limit = self_limit_descriptors(0);
    assert_int_equal(stage_run(10, 0, &error), 0);
    self_restore_descriptors(limit);
    assert_int_equal(count(10, OUTCOME_NO_SOCKET, EMFILE), 10);
    run_all_well(10);
    stage_teardown();
    server_stop(&stage.server);
}

/* In a process of its own: C requests in flight, and then it is killed. The children hold a pipe's
 * end, and its other end is told when the last of them is gone. */
static void children_end_with_their_parent(void **state)
{
    int ends[2];
    stage_open(*state);
    assert_int_equal(pipe(ends), 0);
    pid_t parent = __real_fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        close(ends[0]);
        if (stage_setup(NULL))
            stage_run(C, PROTOCOL_DELAY_MAX, NULL);
        _exit(1);
    }
    close(ends[1]);
    assert_true(account_await(&stage.server, "in_flight", C, ACCOUNT_PATIENCE));
    struct pollfd gone = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&gone, 1, 0), 0);
    kill(parent, SIGKILL);
    assert_int_equal(poll(&gone, 1, PATIENCE_MS), 1);
    assert_int_equal(gone.revents, POLLHUP);
    close(ends[0]);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    check_given_back();
    server_stop(&stage.server);
}

static struct way thread = {&driver_thread_per_request, false},
                  thread_kept = {&driver_thread_per_request, true},
                  pool = {&driver_threadpool, false}, pool_kept = {&driver_threadpool, true},
                  forking = {&driver_fork_per_request, false},
                  forking_kept = {&driver_fork_per_request, true},
                  prefork = {&driver_prefork, false}, prefork_kept = {&driver_prefork, true};

#define TEST(function, way)                                                                        \
    {                                                                                              \
#function ", " #way, function, NULL, NULL, &(way)                                          \
    }

static void *no_op(void *unused)
{
    return unused;
}

int main(void)
{
    pthread_t first; /* with which a sanitizer makes a thread of its own */
    __real_pthread_create(&first, NULL, no_op, NULL);
    pthread_join(first, NULL);
    const struct CMUnitTest tests[] = {
        TEST(a_child_is_killed_while_it_carries_a_request, forking),
        TEST(a_child_is_killed_while_it_carries_a_request, forking_kept),
        TEST(a_child_is_killed_while_it_carries_a_request, prefork),
        TEST(a_child_is_killed_while_it_carries_a_request, prefork_kept),
        TEST(a_child_is_killed_with_its_group, forking_kept),
        TEST(a_child_is_killed_with_its_group, prefork_kept),
        TEST(all_children_of_fork_per_request_are_killed, forking),
        TEST(all_children_of_fork_per_request_are_killed, forking_kept),
        TEST(all_workers_of_prefork_are_killed, prefork),
        TEST(all_workers_of_prefork_are_killed, prefork_kept),
        TEST(idle_workers_are_killed, prefork),
        TEST(idle_workers_are_killed, prefork_kept),
        TEST(none_can_be_made_for_a_request, thread),
        TEST(none_can_be_made_for_a_request, thread_kept),
        TEST(none_can_be_made_for_a_request, forking),
        TEST(none_can_be_made_for_a_request, forking_kept),
        TEST(one_cannot_be_made_in_setup, pool),
        TEST(one_cannot_be_made_in_setup, pool_kept),
        TEST(one_cannot_be_made_in_setup, prefork),
        TEST(one_cannot_be_made_in_setup, prefork_kept),
        TEST(children_have_no_descriptor_left, forking),
        TEST(children_end_with_their_parent, forking),
        TEST(children_end_with_their_parent, prefork),
    };
    signal(SIGPIPE, SIG_IGN);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
