/* What every driver has to do, checked for every driver in the table: against a real randintd all
 * requests complete, with at most C in flight; against a server that is not there, dies, or sends
 * garbage every request still ends, with the cause in its sample; and afterwards all descriptors
 * and threads are given back. A new driver is tested by being listed.
 *
 * Times are asserted by lower bounds alone, by one bound that only tells "ends" from "hangs", and
 * by one for requests that start by a schedule, which a loaded machine may miss some times. */
#include "drivers/parts.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/times.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/run/server_process.h"
#include "tests/unit/account.h"
#include "tests/unit/peer.h"
#include "tests/unit/self.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { REQUESTS_MAX = 256, C_MANY = 8 };

static const nsec_t DELAY = 5 * NSEC_PER_MSEC;
static const nsec_t HANGS =
    60 * NSEC_PER_SEC; /* an upper bound that no loaded machine comes near */

/* One way to use a driver: each test is done in every way. */
struct way {
    const struct driver *driver;
    const struct workload *workload;
    bool keep_alive;
    unsigned pipeline;
};

/* ---- a stage: a server, a driver set up, and samples ---- */

static struct stage {
    struct server_process server;
    struct load load;
    const struct driver *driver;
    void *driver_state;
    unsigned descriptors, threads, processes; /* before the driver was set up */
    struct sample *samples;                   /* REQUESTS_MAX */
    nsec_t began, makespan, awake;
} stage;

/* What processes of a driver read and write. */
static struct shared {
    struct batch batch;
    struct sample samples[REQUESTS_MAX];
    nsec_t schedule[REQUESTS_MAX];
} * shared;

static void stage_open(const struct way *way, unsigned concurrency)
{
    stage = (struct stage){
        .server = SERVER_PROCESS_NONE, .driver = way->driver, .samples = shared->samples};
    stage.load = (struct load){.workload = way->workload,
                               .concurrency = concurrency,
                               .keep_alive = way->keep_alive,
                               .pipeline = way->pipeline,
                               .seed = 42};
}

static void stage_start_server(void)
{
    struct error error;
    struct bench_case settings = {
        .keep_alive = stage.load.keep_alive, .delay = DELAY, .backlog = 1024};
    if (server_start(&stage.server, &settings, &error) < 0)
        fail_msg("%s", error.text);
    stage.load.server = stage.server.addresses.items[0];
}

/* What is held now is what must be held in the end. */
static void stage_note_held(void)
{
    stage.descriptors = self_descriptors();
    stage.threads = self_threads();
    stage.processes = self_processes();
}

static bool stage_try_setup(struct error *error)
{
    exchange_open_load(&stage.load);
    stage.driver_state = stage.driver->setup(stage.driver, &stage.load, error);
    if (!stage.driver_state)
        exchange_close_load(&stage.load);
    return stage.driver_state != NULL;
}

static void stage_setup(void)
{
    struct error error = {.text = "no reason given"};
    stage_note_held();
    if (!stage_try_setup(&error))
        fail_msg("%s", error.text);
}

/* How long this thread has waited for a CPU, where the kernel counts that. */
static nsec_t cpu_awaited(void)
{
    long long awaited = 0;
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    if (file && fscanf(file, "%*d %lld", &awaited) != 1)
        awaited = 0;
    if (file)
        fclose(file);
    return awaited;
}

/* How long something was running, or would have with a free CPU: this process and its children that
 * have ended. On a loaded machine a thread that never sleeps has little CPU time either. */
static nsec_t time_awake(void)
{
    struct tms spent;
    times(&spent);
    return (spent.tms_utime + spent.tms_stime + spent.tms_cutime + spent.tms_cstime) *
               (NSEC_PER_SEC / sysconf(_SC_CLK_TCK)) +
           cpu_awaited();
}

static void stage_run_batch(struct batch *batch, nsec_t box)
{
    const struct driver *driver = stage.driver;
    memset(stage.samples, 0, REQUESTS_MAX * sizeof(*stage.samples));
    nsec_t awake_before = time_awake();
    struct error error = {.text = "no reason given"};
    if (driver->prepare && driver->prepare(stage.driver_state, batch, &error) < 0)
        fail_msg("%s", error.text);
    stage.began = batch->begun = clock_now();
    batch->deadline = box ? stage.began + box : 0;
    int result = driver->run(stage.driver_state, batch, &error);
    stage.makespan = clock_now() - stage.began;
    stage.awake = time_awake() - awake_before;
    if (result == 0 && driver->collect)
        result = driver->collect(stage.driver_state, batch, &error);
    if (result < 0)
        fail_msg("%s", error.text);
    assert_true(stage.makespan < HANGS);
}

static void stage_run(size_t requests, nsec_t delay, nsec_t box)
{
    assert_true(requests <= REQUESTS_MAX);
    shared->batch = (struct batch){
        .load = &stage.load, .requests = requests, .delay = delay, .samples = stage.samples};
    stage_run_batch(&shared->batch, box);
}

/* By shared->schedule. */
static void stage_run_schedule(size_t requests, nsec_t delay)
{
    assert_true(requests <= REQUESTS_MAX);
    shared->batch = (struct batch){.load = &stage.load,
                                   .requests = requests,
                                   .delay = delay,
                                   .samples = stage.samples,
                                   .schedule = shared->schedule};
    stage_run_batch(&shared->batch, 0);
}

/* Requests that are due at equal distances. */
static void stage_run_scheduled(size_t requests, nsec_t delay, nsec_t gap)
{
    for (size_t i = 0; i < requests; i++)
        shared->schedule[i] = (nsec_t)i * gap;
    stage_run_schedule(requests, delay);
}

static void stage_check_given_back(void)
{
    assert_true(self_threads_settle(stage.threads));
    assert_int_equal(self_descriptors(), stage.descriptors);
    assert_int_equal(self_processes(), stage.processes);
}

static void stage_end(void)
{
    stage.driver->teardown(stage.driver_state);
    exchange_close_load(&stage.load);
}

static void stage_teardown(void)
{
    stage_end();
    stage_check_given_back();
}

/* ---- looking at the samples ---- */

static unsigned in_flight_expected(const struct driver *driver, size_t requests, unsigned c)
{
    if (driver->traits & DRIVER_SERIAL)
        return 1;
    return requests < c ? (unsigned)requests : c;
}

static size_t count_outcome(size_t requests, enum outcome outcome, int errnum)
{
    size_t count = 0;
    for (size_t i = 0; i < requests; i++)
        count += stage.samples[i].outcome == outcome && stage.samples[i].errnum == errnum;
    return count;
}

/* It ended, and its points in time are in order as far as they go. */
static void check_ended(const struct sample *sample)
{
    if (sample->outcome == OUTCOME_NOT_STARTED || sample->outcome == OUTCOME_UNFINISHED)
        fail_msg("a request is left '%s'", outcome_name(sample->outcome));
    assert_true(sample->start >= stage.began);
    nsec_t last = sample->start;
    const nsec_t points[] = {sample->connected, sample->sent, sample->first_byte, sample->end};
    for (size_t i = 0; i < ARRAY_LEN(points); i++)
        if (points[i]) {
            assert_true(points[i] >= last);
            last = points[i];
        }
    assert_true(sample->end > 0 && sample->end <= stage.began + stage.makespan);
    assert_true(sample->slot < stage.load.concurrency);
}

static void check_completed(const struct sample *sample, nsec_t delay)
{
    check_ended(sample);
    if (sample->outcome != OUTCOME_OK)
        fail_msg("%s: %s", outcome_explain(sample->outcome), strerror(sample->errnum));
    assert_int_equal(sample->errnum, 0);
    assert_true(sample->connected && sample->sent && sample->first_byte);
    if (stage.driver->traits & DRIVER_OFFLINE)
        return;
    assert_true(sample->end - sample->start >= delay);
    assert_int_equal(sample->flags & SAMPLE_REUSED, stage.load.keep_alive ? SAMPLE_REUSED : 0);
}

/* A slot carries one request at a time. */
static void check_slots(size_t requests)
{
    for (size_t i = 0; i < requests; i++)
        for (size_t j = 0; j < i; j++) {
            const struct sample *a = &stage.samples[i], *b = &stage.samples[j];
            if (a->slot == b->slot)
                assert_true(a->end <= b->start || b->end <= a->start);
        }
}

static int64_t server_figure(const char *name)
{
    return account_figure(&stage.server, name);
}

/* ---- the tests ---- */

static const struct size {
    size_t requests;
    unsigned concurrency;
} sizes[] = {{1, 1}, {5, 1}, {1, 8}, {4, 16}, {10, 4}, {64, 8}, {200, 100}};

/* A program takes its time to start: of many settings it gets every third, the first and the last
 * among them. */
static size_t thinned(const struct way *way)
{
    return way->driver->traits & DRIVER_PROGRAM ? 3 : 1;
}

static void response_all(const struct way *way, size_t n, unsigned c)
{
    stage.load.concurrency = c;
    stage_setup();
    stage_run(n, DELAY, 0);
    for (size_t i = 0; i < n; i++)
        check_completed(&stage.samples[i], DELAY);
    check_slots(n);
    size_t rounds = (n + c - 1) / c;
    if (!(way->driver->traits & DRIVER_OFFLINE))
        assert_true(stage.makespan >= (nsec_t)rounds * DELAY);
    stage_teardown();
}

static void every_request_is_completed(void **state)
{
    const struct way *way = *state;
    bool offline = way->driver->traits & DRIVER_OFFLINE;
    size_t requested = 0;
    stage_open(way, 0);
    if (!offline)
        stage_start_server();
    for (size_t i = 0; i < ARRAY_LEN(sizes); i += thinned(way)) {
        if (way->driver->traits & DRIVER_SERIAL && sizes[i].requests > 10)
            continue;
        response_all(way, sizes[i].requests, sizes[i].concurrency);
        requested += sizes[i].requests;
    }
    if (!offline) {
        assert_int_equal(server_figure("completed"), requested);
        assert_int_equal(server_figure("bad_requests"), 0);
    }
    server_stop(&stage.server);
}

/* That so many are reached is to be seen where the server holds them: a_server_that_is_killed(). */
static void no_more_are_in_flight_than_requested(void **state)
{
    const struct way *way = *state;
    size_t n = way->driver->traits & DRIVER_SERIAL ? 3 : 40;
    stage_open(way, C_MANY);
    stage_start_server();
    stage_setup();
    stage_run(n, DELAY, 0);
    for (size_t i = 0; i < n; i++)
        check_completed(&stage.samples[i], DELAY);
    assert_in_range(server_figure("in_flight_max"), 1, in_flight_expected(way->driver, n, C_MANY));
    stage_teardown();
    server_stop(&stage.server);
}

/* Batches of other sizes and delays on one state, like warm-up and run. */
static void one_state_carries_many_batches(void **state)
{
    const struct way *way = *state;
    static const size_t batches[] = {9, 1, 20, 0, 3};
    stage_open(way, 4);
    if (!(way->driver->traits & DRIVER_OFFLINE))
        stage_start_server();
    stage_setup();
    for (size_t b = 0; b < ARRAY_LEN(batches); b++) {
        nsec_t delay = b % 2 ? 0 : DELAY;
        stage_run(batches[b], delay, 0);
        for (size_t i = 0; i < batches[b]; i++)
            check_completed(&stage.samples[i], delay);
        for (size_t i = batches[b]; i < REQUESTS_MAX; i++)
            assert_int_equal(stage.samples[i].outcome, OUTCOME_NOT_STARTED);
    }
    stage_teardown();
    server_stop(&stage.server);
}

static void a_state_that_never_runs_is_given_back(void **state)
{
    const struct way *way = *state;
    stage_open(way, 4);
    if (!(way->driver->traits & DRIVER_OFFLINE))
        stage_start_server();
    stage_setup();
    stage_teardown();
    server_stop(&stage.server);
}

/* What was started is finished, the rest is not started, and no slot is left out in between. */
static void a_time_box_stops_new_requests(void **state)
{
    const struct way *way = *state;
    const nsec_t delay = 20 * NSEC_PER_MSEC;
    size_t started = 0;
    stage_open(way, 2);
    stage_start_server();
    stage_setup();
    /* On a loaded machine the first may come too late for the first box. */
    for (nsec_t box = 5 * delay; started == 0; box *= 2) {
        assert_true(box < HANGS);
        stage_run(REQUESTS_MAX, delay, box);
        while (started < REQUESTS_MAX && stage.samples[started].outcome != OUTCOME_NOT_STARTED)
            check_completed(&stage.samples[started++], delay);
        assert_in_range(started, 0, 2 * (box / delay)); /* of each slot one a delay at most */
        assert_int_equal(count_outcome(REQUESTS_MAX, OUTCOME_NOT_STARTED, 0),
                         REQUESTS_MAX - started);
    }

    stage_run(REQUESTS_MAX, 0, -NSEC_PER_SEC); /* long past */
    assert_int_equal(count_outcome(REQUESTS_MAX, OUTCOME_NOT_STARTED, 0), REQUESTS_MAX);
    stage_run(3, 0, 0); /* and the state can still be used */
    assert_int_equal(count_outcome(3, OUTCOME_OK, 0), 3);
    stage_teardown();
    server_stop(&stage.server);
}

static void a_server_that_is_not_there(void **state)
{
    const struct way *way = *state;
    stage_open(way, C_MANY);
    int holder = peer_bind_only(&stage.load.server);
    stage_note_held();
    struct error error = {0};
    if (stage_try_setup(&error)) {
        stage_run(20, DELAY, 0);
        for (size_t i = 0; i < 20; i++)
            check_ended(&stage.samples[i]);
        assert_int_equal(count_outcome(20, OUTCOME_CONNECT, ECONNREFUSED), 20);
        stage_teardown();
    } else { /* connections are opened in setup, and there is nobody to open them to */
        stage_check_given_back();
        assert_true(way->keep_alive);
        assert_int_equal(error.errnum, ECONNREFUSED);
        assert_non_null(strstr(error.text, "Connection refused"));
    }
    close(holder);
}

/* Connections that were kept find out by themselves, then nobody can connect. */
static void a_server_that_was_stopped(void **state)
{
    const struct way *way = *state;
    stage_open(way, 4);
    stage_start_server();
    stage_setup();
    stage_run(4, 0, 0);
    assert_int_equal(count_outcome(4, OUTCOME_OK, 0), 4);
    stage.descriptors -= SERVER_PROCESS_DESCRIPTORS;
    stage.processes--;
    server_stop(&stage.server);
    stage_run(20, DELAY, 0);
    for (size_t i = 0; i < 20; i++) {
        check_ended(&stage.samples[i]);
        assert_int_not_equal(stage.samples[i].outcome, OUTCOME_OK);
    }
    size_t refused = count_outcome(20, OUTCOME_CONNECT, ECONNREFUSED);
    assert_true(refused >= (way->keep_alive ? 20 - 4 : 20));
    stage_teardown();
}

struct killer {
    unsigned in_flight;
    bool reached;
};

/* Once as many as can be are in flight, held there by their delay, kill the server. */
static void *kill_in_flight(void *argument)
{
    struct killer *killer = argument;
    killer->reached =
        account_await(&stage.server, "in_flight", killer->in_flight, ACCOUNT_PATIENCE);
    kill(stage.server.child.pid, SIGKILL);
    return NULL;
}

/* The server looks at one request of a connection at a time, and has been sent a whole group. */
static void a_server_that_is_killed(void **state)
{
    enum { N = 80 };
    const struct way *way = *state;
    stage_open(way, C_MANY);
    stage_start_server();
    stage_setup();
    struct killer killer = {.in_flight = in_flight_expected(way->driver, N, C_MANY)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, kill_in_flight, &killer), 0);
    stage_run(N, PROTOCOL_DELAY_MAX, 0); /* far longer than the run may take */
    pthread_join(thread, NULL);
    assert_true(killer.reached);
    size_t cut_off = 0;
    for (size_t i = 0; i < N; i++) {
        const struct sample *sample = &stage.samples[i];
        check_ended(sample);
        assert_int_not_equal(sample->outcome, OUTCOME_OK);
        cut_off += sample->sent != 0;
    }
    assert_true(cut_off >= killer.in_flight * way->pipeline);
    assert_true(count_outcome(N, OUTCOME_CONNECT, ECONNREFUSED) > 0);
    stage_teardown();
    server_stop(&stage.server);
}

#define BAD(...) ACCEPT, HEAR, __VA_ARGS__, CLOSE
#define HEAD     "HTTP/1.1 200 OK\r\nContent-Length: "

static const struct act bad_lines[] = {
    BAD(SAY("hello\n")), BAD(SAY("0\n0\n")), BAD(SAY("1000000001\n")), BAD(SAY("error: busy\n")),
    BAD(REST),           BAD(SAY("1")),      {EXIT, NULL, 0}};
static const struct act bad_http[] = {BAD(SAY("hello\n")),
                                      BAD(SAY(HEAD "2\r\n\r\nno")),
                                      BAD(SAY(HEAD "10\r\n\r\n1000000001")),
                                      BAD(SAY("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")),
                                      BAD(REST),
                                      BAD(SAY(HEAD)),
                                      {EXIT, NULL, 0}};

/* Several slots, one peer: whichever request a response meets, it ends as its kind, and the slot
 * goes on with the next. */
static void a_server_that_sends_garbage(void **state)
{
    const struct way *way = *state;
    stage_open(way, 3);
    peer_listen(&stage.load.server, 16);
    stage_note_held();
    peer_start(strcmp(way->workload->name, "http") ? bad_lines : bad_http);
    struct error error = {0};
    bool ready = stage_try_setup(&error);
    if (ready) {
        stage_run(6, DELAY, 0);
        stage_end();
    }
    peer_join();
    if (!ready)
        fail_msg("%s", error.text);
    stage.descriptors--; /* the peer's listener */
    stage_check_given_back();
    for (size_t i = 0; i < 6; i++)
        check_ended(&stage.samples[i]);
    assert_int_equal(peer.accepted, 6);
    assert_int_equal(count_outcome(6, OUTCOME_GARBLED, 0), 2);
    assert_int_equal(count_outcome(6, OUTCOME_WRONG, 0), 1);
    assert_int_equal(count_outcome(6, OUTCOME_REFUSED, 0), 1);
    assert_int_equal(count_outcome(6, OUTCOME_CLOSED, 0), 2);
}

/* A run with three descriptors to spare; returns how many requests found none. */
static size_t run_short_of_descriptors(size_t n, nsec_t delay)
{
    bool program = stage.driver->traits & DRIVER_PROGRAM; /* it took the limit over when it began */
    if (program)
        self_limit_others(stage.server.child.pid, 3);
    unsigned long limit = self_limit_descriptors(3);
    stage_run(n, delay, 0);
    self_restore_descriptors(limit);
    if (program)
        self_limit_others(stage.server.child.pid, SELF_NO_LIMIT);
    for (size_t i = 0; i < n; i++)
        check_ended(&stage.samples[i]);
    size_t without = count_outcome(n, OUTCOME_NO_SOCKET, EMFILE);
    assert_int_equal(count_outcome(n, OUTCOME_OK, 0) + without, n);
    return without;
}

static void no_descriptors_for_a_run(void **state)
{
    const struct way *way = *state;
    /* One is enough, or they are no descriptors, or a process's own (test_processes.c). */
    bool suffices = way->driver->traits & (DRIVER_SERIAL | DRIVER_DIRECT | DRIVER_PROCESSES);
    if (way->keep_alive)
        return; /* its connections are made in setup: the next test */
    stage_open(way, C_MANY);
    stage_start_server();
    stage_setup();
    nsec_t delay = DELAY;
    size_t without = run_short_of_descriptors(10, delay);
    /* On a loaded machine the first may be over before the fourth begins. */
    while (without == 0 && !suffices && (delay *= 4) < HANGS)
        without = run_short_of_descriptors(10, delay);
    assert_int_equal(without == 0, suffices);
    stage_run(10, DELAY, 0); /* no slot was lost */
    assert_int_equal(count_outcome(10, OUTCOME_OK, 0), 10);
    stage_teardown();
    server_stop(&stage.server);
}

/* Setup fails half-way, after some of its connections, threads and loops were made. */
static void no_descriptors_for_setup(void **state)
{
    const struct way *way = *state;
    unsigned failed = 0;
    stage_open(way, C_MANY);
    stage_start_server();
    /* With so many to spare. C_MANY connections and any loop of ours fit into fewer than the last,
     * a program's interpreter needs some before it has any connection. */
    static const unsigned spares[] = {0,  1,  2,  3,  4,  5,  6,  7,  8, 9,
                                      10, 11, 12, 13, 14, 15, 24, 32, 48};
    size_t tried = 0;
    for (size_t i = 0; i < ARRAY_LEN(spares); i += thinned(way), tried++) {
        struct error error = {0};
        stage_note_held();
        unsigned long limit = self_limit_descriptors(spares[i]);
        bool ready = stage_try_setup(&error);
        self_restore_descriptors(limit);
        if (ready)
            stage_end();
        stage_check_given_back();
        assert_int_equal(ready, error.text[0] == '\0');
        failed += !ready;
    }
    assert_true(failed > 0 || !way->keep_alive);
    assert_true(failed < tried);
    server_stop(&stage.server);
}

/* A stack larger than the address space: no thread can be made, be it in setup or for a request. */
static void no_memory_for_threads(void **state)
{
    const struct way *way = *state;
    if (!(way->driver->traits & DRIVER_THREADS))
        return;
    stage_open(way, C_MANY);
    stage_start_server();
    stage.load.stack_bytes = (size_t)1 << 47;
    struct error error = {0};
    stage_note_held();
    if (stage_try_setup(&error)) {
        stage_run(10, DELAY, 0);
        assert_int_equal(count_outcome(10, OUTCOME_NO_WORKER, EAGAIN), 10);
        stage_end();
    } else {
        assert_int_not_equal(strlen(error.text), 0);
    }
    stage_check_given_back();
    server_stop(&stage.server);
}

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
static void jobs_beside_exchanges(void **state)
{
    const struct way *way = *state;
    if (way->driver->traits & DRIVER_PROGRAM)
        return; /* another program knows nothing of our jobs */
    stage_open(way, 4);
    stage.load.workload = &mixed;
    stage_start_server();
    stage_setup();
    stage_run(JOBS, DELAY, 0);
    assert_int_equal(stage.samples[1].outcome, OUTCOME_JOB);
    assert_int_equal(stage.samples[1].errnum, EIO);
    assert_int_equal(stage.samples[2].outcome, OUTCOME_WRONG);
    assert_int_equal(count_outcome(JOBS, OUTCOME_OK, 0), JOBS - 2);
    for (size_t i = 0; i < JOBS; i++)
        check_ended(&stage.samples[i]);
    assert_int_equal(server_figure("completed"), JOBS / 3);
    stage_teardown();
    server_stop(&stage.server);
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
    for (size_t i = 0; i < n; i++)
        check_completed(&stage.samples[i], DELAY);
    check_groups(n);
    size_t slots = way->driver->traits & DRIVER_SERIAL ? 1 : c;
    assert_true(stage.makespan >= (nsec_t)((n + slots - 1) / slots) * DELAY);
    stage_run(n, 0, 0); /* and again, as fast as it can be */
    for (size_t i = 0; i < n; i++)
        check_completed(&stage.samples[i], 0);
    check_groups(n);
    stage_teardown();
}

static void every_group_is_completed(void **state)
{
    const struct way *way = *state;
    static const struct size groups[] = {{1, 1}, {10, 1}, {3, 8}, {32, 8}, {41, 8}, {250, 50}};
    size_t requested = 0;
    stage_open(way, 0);
    stage_start_server();
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        if (way->driver->traits & DRIVER_SERIAL && groups[i].requests > 50)
            continue;
        groups_are_completed(way, groups[i].requests, groups[i].concurrency);
        requested += 2 * groups[i].requests;
    }
    assert_int_equal(server_figure("completed"), requested);
    assert_int_equal(server_figure("bad_requests"), 0);
    server_stop(&stage.server);
}

/* ---- schedules: requests that start at given times ---- */

/* How late request `i` began. */
static nsec_t lag(size_t i)
{
    return stage.samples[i].start - stage.began - shared->schedule[i];
}

/* None began before it was due. */
static void check_scheduled(size_t requests)
{
    for (size_t i = 0; i < requests; i++)
        assert_true(lag(i) >= 0);
}

/* What waits sleeps. (Of programs only the end of the conversation that is ours is counted.) */
static bool was_asleep(void)
{
    return stage.awake <= stage.makespan / 2;
}

/* Run with free slots for all. Returns whether most began in time, and the rest of it was sleep. */
static bool most_start_in_time(nsec_t gap)
{
    enum { N = 8 };
    unsigned in_time = 0;
    stage_run_scheduled(N, 0, gap);
    check_scheduled(N);
    for (size_t i = 0; i < N; i++) {
        check_completed(&stage.samples[i], 0);
        in_time += lag(i) < gap / 2;
    }
    assert_true(stage.makespan >= (N - 1) * gap);
    return in_time > N / 2 && was_asleep();
}

static void requests_start_when_they_are_due(void **state)
{
    const struct way *way = *state;
    nsec_t gap = 40 * NSEC_PER_MSEC;
    stage_open(way, 4);
    if (!(way->driver->traits & DRIVER_OFFLINE))
        stage_start_server();
    stage_setup();
    stage_run(4, 0, 0); /* a warm-up has no schedule */
    while (!most_start_in_time(gap)) {
        gap *= 2; /* a fork may take long with a sanitizer, and all on a loaded machine */
        assert_true(gap <= NSEC_PER_SEC);
    }
    stage_run(4, 0, 0);
    assert_int_equal(count_outcome(4, OUTCOME_OK, 0), 4);
    stage_teardown();
    server_stop(&stage.server);
}

/* With one slot, a server that is slower than they arrive. */
static void requests_wait_for_a_slot_in_order(void **state)
{
    enum { N = 8 };
    const struct way *way = *state;
    const nsec_t delay = 20 * NSEC_PER_MSEC;
    stage_open(way, 1);
    stage_start_server();
    stage_setup();
    stage_run_scheduled(N, delay, delay / 4);
    check_scheduled(N);
    for (size_t i = 0; i < N; i++) {
        check_completed(&stage.samples[i], delay);
        if (i > 0)
            assert_true(stage.samples[i].start >= stage.samples[i - 1].end);
    }
    stage_teardown();
    server_stop(&stage.server);
}

/* Slots that become free while others are, and C in flight at most. */
static void slots_are_filled_and_no_more(const struct way *way, nsec_t gap)
{
    enum { N = 40 };
    stage_open(way, C_MANY);
    stage_start_server();
    stage_setup();
    stage_run_scheduled(N, DELAY, gap);
    check_scheduled(N);
    for (size_t i = 0; i < N; i++)
        check_completed(&stage.samples[i], DELAY);
    check_slots(N);
    unsigned most = in_flight_expected(way->driver, N, C_MANY);
    assert_in_range(server_figure("in_flight_max"), 1, most);
    assert_true(stage.makespan >= N / most * DELAY);
    stage_teardown();
    server_stop(&stage.server);
}

static void all_are_due_at_once(void **state)
{
    slots_are_filled_and_no_more(*state, 0);
}

static void about_as_many_are_due_as_there_are_slots(void **state)
{
    slots_are_filled_and_no_more(*state, DELAY / C_MANY);
}

/* After the first four, while connections are idle if they are kept. */
static void *kill_when_idle(void *argument)
{
    (void)argument;
    account_await(&stage.server, "completed", 4, ACCOUNT_PATIENCE);
    kill(stage.server.child.pid, SIGKILL);
    return NULL;
}

static void a_server_that_is_killed_while_slots_are_free(void **state)
{
    enum { N = 8 };
    const struct way *way = *state;
    pthread_t thread;
    stage_open(way, 4);
    stage_start_server();
    stage_setup();
    for (size_t i = 0; i < N; i++)
        shared->schedule[i] = i < 4 ? 0 : 600 * NSEC_PER_MSEC;
    assert_int_equal(pthread_create(&thread, NULL, kill_when_idle, NULL), 0);
    stage_run_schedule(N, 0);
    pthread_join(thread, NULL);
    check_scheduled(N);
    for (size_t i = 0; i < N; i++)
        check_ended(&stage.samples[i]);
    assert_true(count_outcome(N, OUTCOME_OK, 0) >= 4);
    stage_teardown();
    server_stop(&stage.server);
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

static const struct test {
    const char *name;
    CMUnitTestFunction function;
    bool offline; /* also for drivers that need no server */
} conformance[] = {
    {"every request completes", every_request_is_completed, true},
    {"no more are in flight than requested", no_more_are_in_flight_than_requested, false},
    {"one state carries many batches", one_state_carries_many_batches, true},
    {"a state that never runs is given back", a_state_that_never_runs_is_given_back, true},
    {"a time box stops new requests", a_time_box_stops_new_requests, false},
    {"a server that is not there", a_server_that_is_not_there, false},
    {"a server that was stopped", a_server_that_was_stopped, false},
    {"a server that is killed", a_server_that_is_killed, false},
    {"a server that sends garbage", a_server_that_sends_garbage, false},
    {"no descriptors for a run", no_descriptors_for_a_run, false},
    {"no descriptors for setup", no_descriptors_for_setup, false},
    {"no memory for threads", no_memory_for_threads, false},
};

/* With pipelining, of every driver whose requests are our exchanges. */
static const struct test pipelined[] = {
    {"every group completes", every_group_is_completed, false},
    {"a server that is killed", a_server_that_is_killed, false},
};

static const struct test scheduled[] = {
    {"requests start when they are due", requests_start_when_they_are_due, true},
    {"requests wait for a slot, in order", requests_wait_for_a_slot_in_order, false},
    {"all are due at once", all_are_due_at_once, false},
    {"as many are due as there are slots", about_as_many_are_due_as_there_are_slots, false},
    {"a server that is killed while slots are free", a_server_that_is_killed_while_slots_are_free,
     false},
};

/* Of a load in parts. */
static const struct test divided[] = {
    {"every request completes", every_request_is_completed, false},
    {"no more are in flight than requested", no_more_are_in_flight_than_requested, false},
    {"one state carries many batches", one_state_carries_many_batches, false},
    {"a state that never runs is given back", a_state_that_never_runs_is_given_back, false},
    {"a server that was stopped", a_server_that_was_stopped, false},
    {"a server that is killed", a_server_that_is_killed, false},
};

enum {
    DRIVERS_MAX = 32,
    WAYS_MAX = DRIVERS_MAX * 16,
    TESTS_MAX = WAYS_MAX * ARRAY_LEN(conformance)
};

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

/* `how`: the way, in a test's name. */
static void add_tests(const struct test *table, size_t count, const struct way *way,
                      const char *how)
{
    bool offline = way->driver->traits & DRIVER_OFFLINE;
    for (size_t t = 0; t < count; t++) {
        if (offline && !table[t].offline)
            continue;
        char *name = names[test_count];
        snprintf(name, sizeof(names[0]), "%s, %s%s: %s", way->driver->name, way->workload->name,
                 how, table[t].name);
        tests[test_count++] =
            (struct CMUnitTest){name, table[t].function, NULL, NULL, (void *)(uintptr_t)way};
    }
}

static const struct way *make_way(const struct driver *driver, const struct workload *workload,
                                  bool keep_alive, unsigned pipeline)
{
    ways[way_count] = (struct way){driver, workload, keep_alive, pipeline};
    return &ways[way_count++];
}

static void add_way(const struct driver *driver, const struct workload *workload, bool keep_alive)
{
    add_tests(conformance, ARRAY_LEN(conformance), make_way(driver, workload, keep_alive, 1),
              keep_alive ? ", kept alive" : "");
}

static void add_pipelined(const struct driver *driver, const struct workload *workload)
{
    add_tests(pipelined, ARRAY_LEN(pipelined), make_way(driver, workload, true, DEPTH),
              ", pipelined");
}

/* A program in one of the ways, because it takes its time to start. */
static void add_scheduled(const struct driver *driver)
{
    const struct workload *workload = workload_find("randint");
    bool both = !(driver->traits & DRIVER_PROGRAM);
    for (int keep_alive = !both; keep_alive <= 1; keep_alive++)
        add_tests(scheduled, ARRAY_LEN(scheduled), make_way(driver, workload, keep_alive, 1),
                  keep_alive ? ", kept alive, scheduled" : ", scheduled");
}

static void add_jobs(const struct driver *driver)
{
    static char titles[DRIVERS_MAX][96];
    struct way *way = &ways[way_count++];
    *way = (struct way){driver, &mixed, false, 1};
    char *title = titles[driver_count++];
    snprintf(title, sizeof(titles[0]), "%s: jobs beside exchanges", driver->name);
    tests[test_count++] = (struct CMUnitTest){title, jobs_beside_exchanges, NULL, NULL, way};
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
                add_tests(divided, ARRAY_LEN(divided),
                          make_way(&made[i], workload_find("randint"), keep_alive, 1),
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
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
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
