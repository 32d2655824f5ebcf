#include "conformance.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "expect.h"
#include "peer.h"
#include "self.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { C_MANY = 8 };

static const nsec_t DELAY = 5 * NSEC_PER_MSEC;
static const nsec_t HANGS = 60 * NSEC_PER_SEC;

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
    stage_check_completed(n, DELAY);
    stage_check_slots(n);
    size_t rounds = (n + c - 1) / c;
    if (!(way->driver->traits & DRIVER_OFFLINE))
        expect(stage.makespan >= (nsec_t)rounds * DELAY,
               "%zu requests, %u at a time, took less time than %zu server delays", n, c, rounds);
    stage_teardown();
}

void conformance_every_request_is_completed(const struct way *way)
{
    bool offline = way->driver->traits & DRIVER_OFFLINE;
    size_t requested = 0;
    stage_open(way, 0);
    if (!offline)
        stage_start_server(DELAY);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i += thinned(way)) {
        if (way->driver->traits & DRIVER_SERIAL && sizes[i].requests > 10)
            continue;
        response_all(way, sizes[i].requests, sizes[i].concurrency);
        requested += sizes[i].requests;
    }
    if (!offline) {
        int64_t completed = stage_server_figure("completed");
        expect(completed == (int64_t)requested,
               "the server completed %lld requests, the driver reports %zu responses",
               (long long)completed, requested);
        expect(stage_server_figure("bad_requests") == 0,
               "the server read requests that are none of its protocol");
    }
    stage_stop_server();
}

/* That so many are reached is to be seen where the server holds them: a_server_that_is_killed(). */
void conformance_no_more_are_in_flight_than_requested(const struct way *way)
{
    size_t n = way->driver->traits & DRIVER_SERIAL ? 3 : 40;
    stage_open(way, C_MANY);
    stage_start_server(DELAY);
    stage_setup();
    stage_run(n, DELAY, 0);
    stage_check_completed(n, DELAY);
    int64_t most = stage_server_figure("in_flight_max");
    expect(most >= 1 && most <= stage_in_flight_expected(n, C_MANY),
           "up to %lld requests were in flight at the server where at most %u were to be",
           (long long)most, stage_in_flight_expected(n, C_MANY));
    stage_teardown();
    stage_stop_server();
}

/* Batches of other sizes and delays on one state, like warm-up and run. */
void conformance_one_state_carries_many_batches(const struct way *way)
{
    static const size_t batches[] = {9, 1, 20, 0, 3};
    stage_open(way, 4);
    if (!(way->driver->traits & DRIVER_OFFLINE))
        stage_start_server(DELAY);
    stage_setup();
    for (size_t b = 0; b < ARRAY_LEN(batches); b++) {
        nsec_t delay = b % 2 ? 0 : DELAY;
        stage_run(batches[b], delay, 0);
        stage_check_completed(batches[b], delay);
        for (size_t i = batches[b]; i < STAGE_REQUESTS_MAX; i++)
            expect(stage.samples[i].outcome == OUTCOME_NOT_STARTED,
                   "a batch of %zu requests has a sample of request %zu", batches[b], i);
    }
    stage_teardown();
    stage_stop_server();
}

void conformance_a_state_that_never_runs_is_given_back(const struct way *way)
{
    stage_open(way, 4);
    if (!(way->driver->traits & DRIVER_OFFLINE))
        stage_start_server(DELAY);
    stage_setup();
    stage_teardown();
    stage_stop_server();
}

/* What was started is finished, the rest is not started, and no slot is left out in between. */
static void a_time_box_stops_new_requests(const struct way *way)
{
    const nsec_t delay = 20 * NSEC_PER_MSEC;
    size_t started = 0;
    stage_open(way, 2);
    stage_start_server(DELAY);
    stage_setup();
    /* On a loaded machine the first may come too late for the first box. */
    for (nsec_t box = 5 * delay; started == 0; box *= 2) {
        expect(box < HANGS, "no request was started within %lld s",
               (long long)(box / NSEC_PER_SEC));
        stage_run(STAGE_REQUESTS_MAX, delay, box);
        while (started < STAGE_REQUESTS_MAX &&
               stage.samples[started].outcome != OUTCOME_NOT_STARTED)
            stage_check_completion_of(started++, delay);
        /* Of each slot one a delay at most. */
        expect((nsec_t)started <= 2 * (box / delay),
               "%zu requests were started: more than 2 slots can take in the time box", started);
        expect(stage_count(STAGE_REQUESTS_MAX, OUTCOME_NOT_STARTED, 0) ==
                   STAGE_REQUESTS_MAX - started,
               "request %zu was left out, and later ones were not", started);
    }

    stage_run(STAGE_REQUESTS_MAX, 0, -NSEC_PER_SEC); /* long past */
    expect(stage_count(STAGE_REQUESTS_MAX, OUTCOME_NOT_STARTED, 0) == STAGE_REQUESTS_MAX,
           "a request was started after the deadline");
    stage_run(3, 0, 0); /* and the state can still be used */
    expect(stage_count(3, OUTCOME_OK, 0) == 3,
           "after a batch whose time was over, 3 requests were not completed");
    stage_teardown();
    stage_stop_server();
}

static void a_server_that_is_not_there(const struct way *way)
{
    stage_open(way, C_MANY);
    int holder = peer_bind_only(&stage.load.server);
    stage_note_held();
    struct error error = {0};
    if (stage_try_setup(&error)) {
        stage_run(20, DELAY, 0);
        stage_check_ended(20);
        size_t refused = stage_count(20, OUTCOME_CONNECT, ECONNREFUSED);
        expect(refused == 20,
               "nobody listens, and %zu of 20 requests are reported as connections refused",
               refused);
        stage_teardown();
    } else { /* connections are opened in setup, and there is nobody to open them to */
        stage_check_given_back();
        expect(way->keep_alive && error.errnum == ECONNREFUSED &&
                   strstr(error.text, "Connection refused"),
               "nobody listens, and setup fails with: %s", error.text);
    }
    close(holder);
}

/* Connections that were kept find out by themselves, then nobody can connect. */
void conformance_a_server_that_was_stopped(const struct way *way)
{
    stage_open(way, 4);
    stage_start_server(DELAY);
    stage_setup();
    stage_run(4, 0, 0);
    expect(stage_count(4, OUTCOME_OK, 0) == 4, "4 requests at a time were not completed");
    stage.descriptors -= SERVER_PROCESS_DESCRIPTORS;
    stage.processes--;
    stage_stop_server();
    stage_run(20, DELAY, 0);
    for (size_t i = 0; i < 20; i++) {
        stage_check_end_of(i);
        expect(stage.samples[i].outcome != OUTCOME_OK,
               "request %zu is reported as correct, and the server had stopped", i);
    }
    size_t refused = stage_count(20, OUTCOME_CONNECT, ECONNREFUSED);
    expect(refused >= (way->keep_alive ? 20 - 4 : 20),
           "the server had stopped, and only %zu of 20 requests are reported as refused", refused);
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
        account_await(&stage.server, "in_flight", killer->in_flight, stage_patience());
    kill(stage.server.child.pid, SIGKILL);
    return NULL;
}

/* The server looks at one request of a connection at a time, and has been sent a whole group. */
void conformance_a_server_that_is_killed(const struct way *way)
{
    enum { N = 80 };
    stage_open(way, C_MANY);
    stage_start_server(DELAY);
    stage_setup();
    struct killer killer = {.in_flight = stage_in_flight_expected(N, C_MANY)};
    pthread_t thread;
    expect(pthread_create(&thread, NULL, kill_in_flight, &killer) == 0, "no thread for the test");
    stage_run(N, PROTOCOL_DELAY_MAX, 0); /* far longer than the run may take */
    pthread_join(thread, NULL);
    expect(killer.reached, "%u requests were never in flight at the server at once",
           killer.in_flight);
    size_t cut_off = 0;
    for (size_t i = 0; i < N; i++) {
        const struct sample *sample = &stage.samples[i];
        stage_check_end_of(i);
        expect(sample->outcome != OUTCOME_OK,
               "request %zu is reported as correct, and the server was killed before it responded",
               i);
        cut_off += sample->sent != 0;
    }
    expect(cut_off >= killer.in_flight * way->pipeline,
           "%zu requests were sent before the server was killed, the server had %u", cut_off,
           killer.in_flight * way->pipeline);
    expect(stage_count(N, OUTCOME_CONNECT, ECONNREFUSED) > 0,
           "the server was killed, and no later request is reported as a refused connection");
    stage_teardown();
    stage_stop_server();
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
static void a_server_that_sends_garbage(const struct way *way)
{
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
        expect_fail("%s", error.text);
    stage.descriptors--; /* the peer's listener */
    stage_check_given_back();
    stage_check_ended(6);
    expect(peer.accepted == 6,
           "6 requests, each of which the server closed after, took %u connections", peer.accepted);
    static const struct {
        enum outcome outcome;
        size_t count;
    } expected[] = {
        {OUTCOME_GARBLED, 2}, {OUTCOME_WRONG, 1}, {OUTCOME_REFUSED, 1}, {OUTCOME_CLOSED, 2}};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        size_t count = stage_count(6, expected[i].outcome, 0);
        expect(count == expected[i].count, "%zu of 6 requests are reported '%s', and %zu were",
               count, outcome_name(expected[i].outcome), expected[i].count);
    }
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
    stage_check_ended(n);
    size_t without = stage_count(n, OUTCOME_NO_SOCKET, EMFILE);
    expect(stage_count(n, OUTCOME_OK, 0) + without == n,
           "with 3 descriptors, %zu of %zu requests found none, and others failed", without, n);
    return without;
}

static void no_descriptors_for_a_run(const struct way *way)
{
    /* One is enough, or they are no descriptors, or a process's own (test_processes.c). */
    bool suffices = way->driver->traits & (DRIVER_SERIAL | DRIVER_DIRECT | DRIVER_PROCESSES);
    if (way->keep_alive)
        return; /* its connections are made in setup: the next test */
    stage_open(way, C_MANY);
    stage_start_server(DELAY);
    stage_setup();
    nsec_t delay = DELAY;
    size_t without = run_short_of_descriptors(10, delay);
    /* On a loaded machine the first may be over before the fourth begins. */
    while (without == 0 && !suffices && (delay *= 4) < HANGS)
        without = run_short_of_descriptors(10, delay);
    expect((without == 0) == suffices,
           "with 3 descriptors for %d in flight, %zu requests found none", C_MANY, without);
    stage_run(10, DELAY, 0); /* no slot was lost */
    expect(stage_count(10, OUTCOME_OK, 0) == 10,
           "once there are descriptors again, 10 requests are not completed");
    stage_teardown();
    stage_stop_server();
}

/* Setup fails half-way, after some of its connections, threads and loops were made. */
static void no_descriptors_for_setup(const struct way *way)
{
    unsigned failed = 0;
    stage_open(way, C_MANY);
    stage_start_server(DELAY);
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
        expect(ready == (error.text[0] == '\0'), "setup failed without a reason");
        failed += !ready;
    }
    expect(failed > 0 || !way->keep_alive,
           "setup with kept connections succeeds without descriptors for them");
    expect(failed < tried, "setup fails with %u descriptors to spare",
           spares[ARRAY_LEN(spares) - 1]);
    stage_stop_server();
}

/* A stack larger than the address space: no thread can be made, be it in setup or for a request. */
static void no_memory_for_threads(const struct way *way)
{
    if (!(way->driver->traits & DRIVER_THREADS))
        return;
    stage_open(way, C_MANY);
    stage_start_server(DELAY);
    stage.load.stack_bytes = (size_t)1 << 47;
    struct error error = {0};
    stage_note_held();
    if (stage_try_setup(&error)) {
        stage_run(10, DELAY, 0);
        expect(stage_count(10, OUTCOME_NO_WORKER, EAGAIN) == 10,
               "no thread can be created, and not all requests say so");
        stage_end();
    } else {
        expect(error.text[0], "setup failed without a reason");
    }
    stage_check_given_back();
    stage_stop_server();
}

const struct conformance_test conformance_tests[] = {
    {"every request completes", conformance_every_request_is_completed, true, 2,
     "take requests with batch_next() until it returns BATCH_OVER, carry each to its end, report "
     "each once, and invent none"},
    {"no more are in flight than requested", conformance_no_more_are_in_flight_than_requested,
     false, 2, "have C slots, and begin a request only in a slot whose last one is over"},
    {"one state carries many batches", conformance_one_state_carries_many_batches, true, 2,
     "when run() returns nothing is in flight, and the next batch may be larger or smaller"},
    {"a state that never runs is given back", conformance_a_state_that_never_runs_is_given_back,
     true, 2, "teardown has to free what setup made, without any batch in between"},
    {"a time box stops new requests", a_time_box_stops_new_requests, false, 2,
     "take no request after the deadline, and finish those in flight"},
    {"a server that is not there", a_server_that_is_not_there, false, 2,
     "a refused connection is a failed request with its errno, not a success"},
    {"a server that was stopped", conformance_a_server_that_was_stopped, false, 2,
     "a failed request ends and is counted; go on with the next, retry nothing"},
    {"a server that is killed", conformance_a_server_that_is_killed, false, 2,
     "have C in flight, and end each request whose connection ends"},
    {"a server that sends garbage", a_server_that_sends_garbage, false, 2,
     "check each response, count what is wrong by its kind, close the connection then"},
    {"no descriptors for a run", no_descriptors_for_a_run, false, 2,
     "a socket that cannot be created is a failed request, and its slot goes on"},
    {"no descriptors for setup", no_descriptors_for_setup, false, 2,
     "setup that fails half-way gives back what it has, and says why"},
    {"no memory for threads", no_memory_for_threads, false, 0,
     "a thread that cannot be created is a failed request, or setup fails and says why"},
    {0},
};

struct attempt {
    const struct conformance_test *test;
    const struct way *way;
};

static void attempt(const void *argument)
{
    const struct attempt *attempt = argument;
    attempt->test->run(attempt->way);
}

int conformance_run(const struct conformance_test *test, const struct way *way, struct error *error)
{
    const struct attempt argument = {test, way};
    return expect_run(attempt, &argument, error);
}
