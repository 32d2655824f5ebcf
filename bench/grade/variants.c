#include "variants.h"

#include <string.h>

#include "engine/schedule.h"
#include "expect.h"
#include "lib/rng.h"
#include "scripted_server.h"
#include "workloads/workloads.h"

/* How long the server holds back what waits for the driver: longer than a loaded machine takes. */
static const nsec_t TIMEOUT = 4 * NSEC_PER_SEC;

static struct script script;
static struct rng rng;

/* Uniform in [low, high]. */
static unsigned draw(unsigned low, unsigned high)
{
    return low + (unsigned)rng_upto(&rng, high - low);
}

/* A load of `concurrency`, whose responses are all whole so far. */
static void open_script(const struct way *way, bool http, bool keep_alive, unsigned concurrency)
{
    struct way drawn = *way;
    drawn.workload = workload_find(http ? "http" : "randint");
    drawn.keep_alive = keep_alive;
    script = (struct script){.keep_alive = keep_alive, .seed = way->seed, .timeout = TIMEOUT};
    stage_open(&drawn, concurrency);
}

/* Let about one response in four be this one, at least one. */
static void draw_replies(size_t requests, enum reply reply)
{
    for (size_t i = 0; i < requests; i++)
        if (draw(0, 3) == 0)
            script.replies[i] = reply;
    script.replies[draw(0, (unsigned)requests - 1)] = reply;
}

static void start(size_t requests)
{
    script.requests = requests;
    scripted_server_start(&script, &stage.load.server);
    stage_setup();
}

/* What the driver gives back is its own process's; the server here may still have connections. */
static void end(void)
{
    stage_end();
    scripted_server_stop();
}

/* What arrived is what was handed out: each once. */
static void check_received(size_t requests)
{
    uint64_t bounds = 0;
    for (size_t i = 0; i < requests; i++)
        bounds += (uint64_t)load_bound(&stage.load, i);
    expect(script_log.received == requests,
           "the server received %zu requests, the driver was given %zu", script_log.received,
           requests);
    expect(script_log.bounds == bounds,
           "the server received other requests than the driver was given");
    expect(script_log.in_flight_max <= stage.load.concurrency,
           "%u requests were in flight at the server, C is %u", script_log.in_flight_max,
           stage.load.concurrency);
    expect(script_log.after_the_end == 0,
           "%zu requests were sent on a connection that the server had ended",
           script_log.after_the_end);
}

static size_t count_outcomes(size_t requests, enum outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < requests; i++)
        count += stage.samples[i].outcome == outcome;
    return count;
}

/* As many are reported so as the server gave cause for. */
static void check_outcomes(size_t requests, enum outcome outcome, size_t given, const char *what)
{
    size_t reported = count_outcomes(requests, outcome);
    expect(reported == given, "%zu of %zu requests %s, %zu are reported as '%s'", given, requests,
           what, reported, outcome_name(outcome));
}

static void call_garbled_closed(size_t requests)
{
    for (size_t i = 0; i < requests; i++)
        if (stage.samples[i].outcome == OUTCOME_GARBLED)
            stage.samples[i].outcome = OUTCOME_CLOSED;
}

/* A batch to its end, against a server that has one kind of response beside whole ones. */
static void run_with_replies(const struct way *way, bool http, enum reply reply,
                             enum outcome outcome, const char *what)
{
    unsigned concurrency = draw(3, 9);
    size_t requests = concurrency * 3 + draw(1, 9);
    open_script(way, http, draw(0, 1), concurrency);
    draw_replies(requests, reply);
    start(requests);
    stage_run(requests, 0, 0);
    end();
    check_received(requests);
    stage_check_ended(requests);
    if (reply == REPLY_CUT) /* what is cut off may be called incomplete, or not a response */
        call_garbled_closed(requests);
    check_outcomes(requests, outcome, script_log.given[reply], what);
    check_outcomes(requests, OUTCOME_OK, requests - script_log.given[reply],
                   "had a correct response");
}

static void responses_in_pieces(const struct way *way)
{
    for (int http = 0; http <= 1; http++) {
        unsigned concurrency = draw(3, 9);
        size_t requests = concurrency + draw(1, 5);
        open_script(way, http, draw(0, 1), concurrency);
        for (size_t i = 0; i < requests; i++)
            script.replies[i] = REPLY_IN_PIECES;
        start(requests);
        stage_run(requests, 0, 0);
        end();
        check_received(requests);
        check_outcomes(requests, OUTCOME_OK, requests, "had a correct response, in pieces");
    }
}

static void all_in_flight_and_no_more(const struct way *way)
{
    unsigned concurrency = draw(6, 24);
    size_t requests = concurrency * 3 + draw(1, 7);
    open_script(way, false, draw(0, 1), concurrency);
    script.hold = stage_in_flight_expected(requests, concurrency);
    script.held = 60 * NSEC_PER_MSEC; /* for any that should not come */
    start(requests);
    stage_run(requests, 0, 0);
    end();
    expect(!script_log.hold_missed,
           "at most %u requests were in flight at the server, with %u requests to go and C = %u",
           script_log.in_flight_max, (unsigned)requests, concurrency);
    check_received(requests);
    check_outcomes(requests, OUTCOME_OK, requests, "had a correct response");
}

static void one_slow_response(const struct way *way)
{
    unsigned concurrency = draw(4, 12);
    size_t requests = 100;
    open_script(way, false, draw(0, 1), concurrency);
    if (stage.driver->traits & DRIVER_SERIAL)
        return; /* it has one in flight: the others wait, as it says */
    script.replies[draw(0, 60)] = REPLY_LATE;
    start(requests);
    stage_run(requests, 0, 0);
    end();
    expect(script_log.completed_before_late == requests - 1,
           "while one response was late, %zu of %zu other requests were completed",
           script_log.completed_before_late, requests - 1);
    check_received(requests);
    check_outcomes(requests, OUTCOME_OK, requests, "had a correct response");
}

static void a_peer_that_closes(const struct way *way)
{
    run_with_replies(way, false, REPLY_NONE, OUTCOME_CLOSED,
                     "had their connection closed without a response");
    run_with_replies(way, true, REPLY_CUT, OUTCOME_CLOSED,
                     "had their connection closed in the middle of a response");
}

static void a_peer_that_resets(const struct way *way)
{
    run_with_replies(way, false, REPLY_RESET, OUTCOME_RECEIVE, "had their connection reset");
}

static void errors_are_counted(const struct way *way)
{
    run_with_replies(way, false, REPLY_ERROR, OUTCOME_REFUSED, "were refused by an error line");
    run_with_replies(way, true, REPLY_ERROR, OUTCOME_REFUSED, "were refused with status 503");
}

static void wrong_responses(const struct way *way)
{
    run_with_replies(way, draw(0, 1), REPLY_WRONG, OUTCOME_WRONG,
                     "had a number above their bound for a response");
    run_with_replies(way, draw(0, 1), REPLY_GARBAGE, OUTCOME_GARBLED,
                     "had a response that follows no protocol");
}

static void small_load(const struct way *way, size_t requests, unsigned concurrency)
{
    open_script(way, draw(0, 1), false, concurrency);
    start(requests);
    stage_run(requests, 0, 0);
    end();
    check_received(requests);
    stage_check_completed(requests, 0);
}

static void small_loads(const struct way *way)
{
    small_load(way, 1, 1);
    small_load(way, 1, draw(2, 40));
    small_load(way, draw(2, 9), 1);
    small_load(way, draw(2, 9), draw(10, 40));
}

static void kept_connections(const struct way *way)
{
    unsigned concurrency = draw(2, 8);
    size_t requests = concurrency * 5 + draw(1, 9);
    open_script(way, draw(0, 1), true, concurrency);
    start(requests);
    stage_run(requests, 0, 0);
    end();
    check_received(requests);
    stage_check_completed(requests, 0);
    expect(script_log.accepted <= concurrency,
           "%zu requests with kept connections took %zu connections, C is %u", requests,
           script_log.accepted, concurrency);
}

static void connections_that_end(const struct way *way)
{
    unsigned concurrency = draw(2, 8);
    size_t requests = concurrency * 4 + draw(1, 9);
    open_script(way, true, true, concurrency);
    draw_replies(requests, REPLY_LAST);
    start(requests);
    stage_run(requests, 0, 0);
    end();
    check_received(requests);
    check_outcomes(requests, OUTCOME_OK, requests, "had a correct response");
}

static void check_growth(const char *what, int64_t before, int64_t after, int64_t most)
{
    expect(after - before <= most, "after 1250 more requests it holds %lld more %s",
           (long long)(after - before), what);
}

static void nothing_is_left_over(const struct way *way)
{
    enum { BATCHES = 5, REQUESTS = 250, DESCRIPTORS = 12, THREADS = 12, MEMORY_MIB = 48 };
    unsigned concurrency = draw(4, 8);
    open_script(way, false, draw(0, 1), concurrency);
    start(REQUESTS);
    stage_run(REQUESTS, 0, 0);
    struct held before = descendants_held();
    for (int i = 0; i < BATCHES; i++) {
        scripted_server_expect_more(REQUESTS);
        stage_run(REQUESTS, 0, 0);
        check_outcomes(REQUESTS, OUTCOME_OK, REQUESTS, "had a correct response");
    }
    struct held after = descendants_held();
    end();
    check_growth("descriptors", (int64_t)before.descriptors, (int64_t)after.descriptors,
                 DESCRIPTORS);
    check_growth("threads", (int64_t)before.threads, (int64_t)after.threads, THREADS);
    check_growth("MiB of memory", before.memory_bytes >> 20, after.memory_bytes >> 20, MEMORY_MIB);
}

/* While the server holds all responses back, there is nothing to do. */
static void waiting_takes_no_time(const struct way *way)
{
    unsigned concurrency = draw(4, 12);
    open_script(way, false, draw(0, 1), concurrency);
    script.hold = stage_in_flight_expected(concurrency, concurrency);
    script.held = 300 * NSEC_PER_MSEC;
    start(concurrency);
    stage_run(concurrency, 0, 0);
    end();
    expect(script_log.awake < script.held / 2,
           "while all responses were held back for %lld ms, it used %lld ms of CPU time",
           (long long)(script.held / NSEC_PER_MSEC), (long long)(script_log.awake / NSEC_PER_MSEC));
}

/* Requests cannot arrive before they begin: nor can the n-th to arrive before the n-th is due. */
static void no_request_before_its_time(const struct way *way)
{
    enum { REQUESTS = 16, PER_SECOND = 40 };
    open_script(way, false, draw(0, 1), draw(3, 6));
    schedule_poisson(stage_shared->schedule, REQUESTS, PER_SECOND, way->seed);
    start(REQUESTS);
    stage_run_schedule(REQUESTS, 0);
    end();
    check_received(REQUESTS);
    for (size_t i = 0; i < REQUESTS; i++) {
        nsec_t early = stage.began + stage_shared->schedule[i] - script_log.arrivals[i];
        expect(early <= 0, "%zu requests had arrived %lld us before so many were due", i + 1,
               (long long)(early / NSEC_PER_USEC));
    }
    check_outcomes(REQUESTS, OUTCOME_OK, REQUESTS, "had a correct response");
}

void variants_seed(uint64_t seed)
{
    rng_init(&rng, seed);
}

const struct conformance_test variant_tests[] = {
    {"responses in pieces", responses_in_pieces, false, 4,
     "a response may come in any number of pieces: read until it is complete"},
    {"C in flight, and no more", all_in_flight_and_no_more, false, 4,
     "keep C requests in flight as long as there are any to hand out, and never more"},
    {"one slow response in a hundred", one_slow_response, false, 4,
     "a slot whose request is over takes the next at once; wait for whichever is ready, not for "
     "one or for all"},
    {"a peer that closes", a_peer_that_closes, false, 4,
     "a connection that ends before the response is complete is a failed request"},
    {"a peer that resets", a_peer_that_resets, false, 4,
     "an error of recv() is a failed request, with its errno"},
    {"errors are counted", errors_are_counted, false, 4,
     "an error that the server reports is a failed request, not a success, and not to be retried"},
    {"wrong responses", wrong_responses, false, 4,
     "check each response against its request's bound"},
    {"small loads", small_loads, false, 4,
     "one request, one slot, and fewer requests than slots are loads like any other"},
    {"kept connections", kept_connections, false, 4,
     "with keep-alive each slot uses the connection that setup opened, again and again"},
    {"connections that end", connections_that_end, false, 4,
     "after 'Connection: close' the connection is over: open a new one for the next request"},
    {"nothing is left over", nothing_is_left_over, false, 4,
     "each request gives back what it took: descriptors, threads, memory"},
    {"waiting takes no CPU time", waiting_takes_no_time, false, 4,
     "sleep until something is ready (poll, epoll, a blocking call); a loop that looks again and "
     "again takes a whole CPU"},
    {"no request before its time", no_request_before_its_time, false, 4,
     "with a schedule wait for a request's intended start before it is begun"},
    {0},
};
