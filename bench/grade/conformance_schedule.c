/* Conformance: requests that start at given times. */
#include "conformance.h"

#include <pthread.h>
#include <signal.h>

#include "account.h"
#include "expect.h"

enum { C_MANY = 8 };

static const nsec_t DELAY = 5 * NSEC_PER_MSEC;

/* How late request `i` began. */
static nsec_t lag(size_t i)
{
    return stage.samples[i].start - stage.began - stage_shared->schedule[i];
}

/* None began before it was due. */
static void check_scheduled(size_t requests)
{
    for (size_t i = 0; i < requests; i++)
        expect(lag(i) >= 0, "request %zu began %lld us before it was due", i,
               (long long)(-lag(i) / NSEC_PER_USEC));
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
        stage_check_completion_of(i, 0);
        in_time += lag(i) < gap / 2;
    }
    expect(stage.makespan >= (N - 1) * gap, "the run ended before its last request was due");
    return in_time > N / 2 && was_asleep();
}

static void requests_start_when_they_are_due(const struct way *way)
{
    nsec_t gap = 40 * NSEC_PER_MSEC;
    stage_open(way, 4);
    if (!(way->driver->traits & DRIVER_OFFLINE))
        stage_start_server(DELAY);
    stage_setup();
    stage_run(4, 0, 0); /* a warm-up has no schedule */
    while (!most_start_in_time(gap)) {
        gap *= 2; /* a fork may take long with a sanitizer, and all on a loaded machine */
        expect(gap <= NSEC_PER_SEC,
               "with free slots most requests began late, or the wait for them took CPU time");
    }
    stage_run(4, 0, 0);
    expect(stage_count(4, OUTCOME_OK, 0) == 4,
           "after a batch with a schedule, 4 requests without one were not completed");
    stage_teardown();
    stage_stop_server();
}

/* With one slot, a server that is slower than they arrive. */
static void requests_wait_for_a_slot_in_order(const struct way *way)
{
    enum { N = 8 };
    const nsec_t delay = 20 * NSEC_PER_MSEC;
    stage_open(way, 1);
    stage_start_server(DELAY);
    stage_setup();
    stage_run_scheduled(N, delay, delay / 4);
    check_scheduled(N);
    for (size_t i = 0; i < N; i++) {
        stage_check_completion_of(i, delay);
        if (i > 0)
            expect(stage.samples[i].start >= stage.samples[i - 1].end,
                   "with one slot, request %zu began before the one before it had ended", i);
    }
    stage_teardown();
    stage_stop_server();
}

/* Slots that become free while others are, and C in flight at most. */
static void slots_are_filled_and_no_more(const struct way *way, nsec_t gap)
{
    enum { N = 40 };
    stage_open(way, C_MANY);
    stage_start_server(DELAY);
    stage_setup();
    stage_run_scheduled(N, DELAY, gap);
    check_scheduled(N);
    stage_check_completed(N, DELAY);
    stage_check_slots(N);
    unsigned most = stage_in_flight_expected(N, C_MANY);
    int64_t reached = stage_server_figure("in_flight_max");
    expect(reached >= 1 && reached <= most,
           "up to %lld requests were in flight at the server where at most %u were to be",
           (long long)reached, most);
    expect(stage.makespan >= N / most * DELAY,
           "%d requests, %u at a time, took less time than %u server delays", N, most, N / most);
    stage_teardown();
    stage_stop_server();
}

static void all_are_due_at_once(const struct way *way)
{
    slots_are_filled_and_no_more(way, 0);
}

static void about_as_many_are_due_as_there_are_slots(const struct way *way)
{
    slots_are_filled_and_no_more(way, DELAY / C_MANY);
}

/* After the first four, while connections are idle if they are kept. */
static void *kill_when_idle(void *argument)
{
    (void)argument;
    account_await(&stage.server, "completed", 4, stage_patience());
    kill(stage.server.child.pid, SIGKILL);
    return NULL;
}

static void a_server_that_is_killed_while_slots_are_free(const struct way *way)
{
    enum { N = 8 };
    pthread_t thread;
    stage_open(way, 4);
    stage_start_server(DELAY);
    stage_setup();
    for (size_t i = 0; i < N; i++)
        stage_shared->schedule[i] = i < 4 ? 0 : 600 * NSEC_PER_MSEC;
    expect(pthread_create(&thread, NULL, kill_when_idle, NULL) == 0, "no thread for the test");
    stage_run_schedule(N, 0);
    pthread_join(thread, NULL);
    check_scheduled(N);
    stage_check_ended(N);
    expect(stage_count(N, OUTCOME_OK, 0) >= 4,
           "the server responded to 4 requests before it was killed, not all are correct");
    stage_teardown();
    stage_stop_server();
}

const struct conformance_test conformance_scheduled[] = {
    {"requests start when they are due", requests_start_when_they_are_due, true, 2,
     "with a schedule a request must not begin before its intended start, and begins soon after it "
     "where a slot is free; sleep until then"},
    {"requests wait for a slot, in order", requests_wait_for_a_slot_in_order, false, 1,
     "a request that is due begins as soon as a slot is free, the earliest first"},
    {"all are due at once", all_are_due_at_once, false, 1,
     "C in flight at most, with a schedule too"},
    {"as many are due as there are slots", about_as_many_are_due_as_there_are_slots, false, 1,
     "C in flight at most, with a schedule too"},
    {"a server that is killed while slots are free", a_server_that_is_killed_while_slots_are_free,
     false, 1, "a kept connection may end while its slot has no request"},
    {0},
};
