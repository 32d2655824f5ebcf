/* One request's life against a scripted peer: a thread that accepts, reads, responds in pieces,
 * hangs up or resets, as its list of acts says. Every scene is played in all three forms (blocking,
 * stepping, completion), and judged on the main thread when the peer has left: how each request
 * ended, how far its timestamps go and in which order, whether the connection was kept, and that no
 * descriptor was. Times are asserted by lower bounds alone. */
#include "engine/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/execute.h"
#include "bench/grade/peer.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { SLOT = 7 };

/* ---- a storm of signals, whose handler restarts nothing ---- */

static volatile sig_atomic_t interrupts;

static void on_alarm(int signal)
{
    (void)signal;
    interrupts++;
}

static void storm(bool on)
{
    struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
    sigaction(SIGALRM, &action, NULL);
    suseconds_t usec = on ? 500 : 0;
    struct itimerval timer = {.it_interval.tv_usec = usec, .it_value.tv_usec = usec};
    if (on)
        interrupts = 0;
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* ---- the three forms ---- */

static const struct form forms[] = {
    {"blocking", execute_blocking, EXCHANGE_BLOCKING},
    {"stepping", execute_stepping, EXCHANGE_NONBLOCKING},
    {"completion", execute_completion, EXCHANGE_BLOCKING},
};

/* ---- scenes ---- */

enum reach { STARTED, CONNECTED, SENT, COMPLETED }; /* the last timestamp before the end */

/* How a request must end: one of `outcomes` (a bit each), and where there is but one, with
 * exactly this errno and these timestamps. */
struct ending {
    unsigned outcomes;
    int errnum;
    enum reach reached;
    bool reused, kept;
};

#define IS(outcome) (1U << OUTCOME_##outcome)
/* clang-format off */
#define OK       {.outcomes = IS(OK), .reached = COMPLETED}
#define OK_KEPT  {.outcomes = IS(OK), .reached = COMPLETED, .kept = true}
#define OK_AGAIN {.outcomes = IS(OK), .reached = COMPLETED, .kept = true, .reused = true}
#define OK_LAST  {.outcomes = IS(OK), .reached = COMPLETED, .reused = true}
#define ENDS_ONE_OF(mask, reach, ...) {.outcomes = (mask), .reached = (reach), __VA_ARGS__}
#define ENDS(outcome, ...)            ENDS_ONE_OF(IS(outcome), __VA_ARGS__)
/* clang-format on */

enum { REQUESTS_MAX = 4 };

struct scene {
    const char *name, *workload;
    const struct act *acts;
    struct ending ends[REQUESTS_MAX]; /* one a request, to the first that is empty */
    unsigned accepted;                /* connections the peer must have seen */
    bool keep_alive, open_first;
    bool await_hangup; /* before a request on a kept connection, until the peer has let go */
    bool storm;
    nsec_t at_least; /* from its start to its end */
    unsigned wanted; /* status */
};

#define HEAD      "HTTP/1.1 200 OK\r\nContent-Length: "
#define ONE_ACT   ACCEPT, HEAR
#define LONG_LINE "11111111111111111111111111111111111111111111111111"

/* clang-format off */
static const struct scene scenes[] = {
    {"a whole response", "randint", ACTS(ONE_ACT, SAY("0\n"), CLOSE), {OK}, .accepted = 1},
    {"a response in pieces", "randint",
     ACTS(ONE_ACT, REST, SAY("0"), REST, SAY("0"), REST, SAY("\n"), CLOSE), {OK}, .accepted = 1,
     .at_least = 3 * REST_MS * NSEC_PER_MSEC},
    {"a response in pieces, and interrupts", "randint",
     ACTS(ONE_ACT, REST, SAY("0"), REST, REST, SAY("\n"), CLOSE), {OK}, .accepted = 1,
     .storm = true, .at_least = 3 * REST_MS * NSEC_PER_MSEC},
    {"a connection for each request", "randint",
     ACTS(ONE_ACT, SAY("0\n"), CLOSE, ONE_ACT, SAY("0\n"), CLOSE, ONE_ACT, SAY("0\n"), CLOSE),
     {OK, OK, OK}, .accepted = 3},
    {"a response that is not followed by a close", "randint",
     ACTS(ONE_ACT, SAY("0\n"), ONE_ACT, SAY("0\n")), {OK, OK}, .accepted = 2},
    {"a close without a response", "randint", ACTS(ONE_ACT, CLOSE), {ENDS(CLOSED, SENT)},
     .accepted = 1},
    {"a close in the middle of a response", "randint", ACTS(ONE_ACT, SAY("0"), CLOSE),
     {ENDS(CLOSED, COMPLETED)}, .accepted = 1},
    {"a reset without a response", "randint", ACTS(ONE_ACT, RESET),
     {ENDS(RECEIVE, SENT, .errnum = ECONNRESET)}, .accepted = 1},
    {"a reset in the middle of a response", "randint", ACTS(ONE_ACT, SAY("0"), REST, RESET),
     {ENDS(RECEIVE, COMPLETED, .errnum = ECONNRESET)}, .accepted = 1},
    {"a reset before anything is heard", "randint", ACTS(ACCEPT, RESET),
     {ENDS_ONE_OF(IS(CONNECT) | IS(SEND) | IS(RECEIVE), STARTED)}, .accepted = 1},
    {"a server that dies", "randint", ACTS(ONE_ACT, SAY("0\n"), ONE_ACT, DIE, RESET),
     {OK, ENDS(RECEIVE, SENT, .errnum = ECONNRESET),
      ENDS(CONNECT, STARTED, .errnum = ECONNREFUSED)}, .accepted = 2},
    {"rubbish", "randint", ACTS(ONE_ACT, SAY("hello\n"), CLOSE), {ENDS(GARBLED, COMPLETED)},
     .accepted = 1},
    {"NUL bytes", "randint", ACTS(ONE_ACT, SAY("\0\0\n"), CLOSE), {ENDS(GARBLED, COMPLETED)},
     .accepted = 1},
    {"a line without an end", "randint",
     ACTS(ONE_ACT, SAY(LONG_LINE), REST, SAY(LONG_LINE), REST, REST), {ENDS(GARBLED, COMPLETED)},
     .accepted = 1},
    {"more bytes than were requested", "randint", ACTS(ONE_ACT, SAY("0\n0\n"), CLOSE),
     {ENDS(GARBLED, COMPLETED)}, .accepted = 1},
    {"a number beyond the bound", "randint", ACTS(ONE_ACT, SAY("1000000001\n"), CLOSE),
     {ENDS(WRONG, COMPLETED)}, .accepted = 1},
    {"an error line", "randint", ACTS(ONE_ACT, SAY("error: busy\n"), CLOSE),
     {ENDS(REFUSED, COMPLETED)}, .accepted = 1},
    {"an error line longer than any response", "randint",
     ACTS(ONE_ACT, SAY("error: " LONG_LINE LONG_LINE "\n"), CLOSE), {ENDS(REFUSED, COMPLETED)},
     .accepted = 1},
    {"the next request after each failure", "randint",
     ACTS(ONE_ACT, RESET, ONE_ACT, SAY("x\n"), CLOSE, ONE_ACT, SAY("0\n"), CLOSE),
     {ENDS(RECEIVE, SENT, .errnum = ECONNRESET), ENDS(GARBLED, COMPLETED), OK}, .accepted = 3},
    {"a connection kept", "randint",
     ACTS(ONE_ACT, SAY("0\n"), HEAR, SAY("0\n"), HEAR, SAY("0"), REST, SAY("\n"), REST),
     {OK_KEPT, OK_AGAIN, OK_AGAIN}, .accepted = 1, .keep_alive = true},
    {"a connection opened ahead", "randint", ACTS(ONE_ACT, SAY("0\n"), HEAR, SAY("0\n"), REST),
     {OK_AGAIN, OK_AGAIN}, .accepted = 1, .keep_alive = true, .open_first = true},
    {"nothing opened ahead where nothing is kept", "randint", ACTS(ONE_ACT, SAY("0\n")), {OK},
     .accepted = 1, .open_first = true},
    {"a kept connection that was closed", "randint",
     ACTS(ONE_ACT, SAY("0\n"), CLOSE, ONE_ACT, SAY("0\n"), REST),
     {OK_KEPT, ENDS_ONE_OF(IS(CLOSED) | IS(RECEIVE) | IS(SEND), CONNECTED, .reused = true),
      OK_KEPT}, .accepted = 2, .keep_alive = true, .await_hangup = true},
    {"a kept connection that was reset", "randint",
     ACTS(ONE_ACT, SAY("0\n"), REST, RESET, ONE_ACT, SAY("0\n"), REST),
     {OK_KEPT, ENDS(SEND, CONNECTED, .errnum = ECONNRESET, .reused = true), OK_KEPT}, .accepted = 2,
     .keep_alive = true, .await_hangup = true},
    {"a kept connection that is reset instead of a response", "randint",
     ACTS(ONE_ACT, SAY("0\n"), HEAR, RESET, ONE_ACT, SAY("0\n"), REST),
     {OK_KEPT, ENDS(RECEIVE, SENT, .errnum = ECONNRESET, .reused = true), OK_KEPT}, .accepted = 2,
     .keep_alive = true},
    {"no connection is kept after an error", "randint",
     ACTS(ONE_ACT, SAY("error: no\n"), ONE_ACT, SAY("1000000001\n"), ONE_ACT, SAY("0\n"), REST),
     {ENDS(REFUSED, COMPLETED), ENDS(WRONG, COMPLETED), OK_KEPT}, .accepted = 3, .keep_alive = true},
    {"HTTP: a whole response", "http", ACTS(ONE_ACT, SAY(HEAD "2\r\n\r\n0\n"), CLOSE), {OK},
     .accepted = 1},
    {"HTTP: a response in pieces", "http",
     ACTS(ONE_ACT, SAY("HTTP/1."), REST, SAY("1 200 OK\r\nContent-Length: 2\r"), REST,
         SAY("\n\r\n0"), REST, SAY("\n"), CLOSE), {OK}, .accepted = 1,
     .at_least = 3 * REST_MS * NSEC_PER_MSEC},
    {"HTTP: a response in chunks", "http",
     ACTS(ONE_ACT, SAY("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n0\r\n"), REST,
         SAY("1\r\n\n\r\n0\r\n\r\n"), CLOSE), {OK}, .accepted = 1},
    {"HTTP: a connection kept", "http",
     ACTS(ONE_ACT, SAY(HEAD "2\r\n\r\n0\n"), HEAR, SAY(HEAD "1\r\n\r\n0"), REST),
     {OK_KEPT, OK_AGAIN}, .accepted = 1, .keep_alive = true},
    {"HTTP: a server that closes says so", "http",
     ACTS(ONE_ACT, SAY(HEAD "2\r\n\r\n0\n"), HEAR,
         SAY("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n0\n"), ONE_ACT,
         SAY(HEAD "2\r\n\r\n0\n"), REST), {OK_KEPT, OK_LAST, OK_KEPT}, .accepted = 2,
     .keep_alive = true},
    {"HTTP: responses that end with their connections", "http",
     ACTS(ONE_ACT, SAY("HTTP/1.1 200 OK\r\n\r\n0"), REST, SAY("\n"), CLOSE,
          ONE_ACT, REST, END("HTTP/1.0 200 OK\r\n\r\n0\n"), REST), {OK, OK}, .accepted = 2,
     .keep_alive = true, .at_least = REST_MS * NSEC_PER_MSEC},
    {"HTTP: an interim response", "http",
     ACTS(ONE_ACT, SAY("HTTP/1.1 100 Continue\r\n\r\n"), REST, SAY(HEAD "2\r\n\r\n0\n"), CLOSE),
     {OK}, .accepted = 1, .at_least = REST_MS * NSEC_PER_MSEC},
    {"HTTP: a close in the middle", "http", ACTS(ONE_ACT, SAY(HEAD "2\r\n\r\n0"), CLOSE),
     {ENDS(CLOSED, COMPLETED)}, .accepted = 1},
    {"HTTP: not HTTP", "http", ACTS(ONE_ACT, SAY("0\n"), CLOSE), {ENDS(GARBLED, COMPLETED)},
     .accepted = 1},
    {"HTTP: not a number", "http", ACTS(ONE_ACT, SAY(HEAD "3\r\n\r\nno\n"), CLOSE),
     {ENDS(GARBLED, COMPLETED)}, .accepted = 1},
    {"HTTP: more bytes than were requested", "http",
     ACTS(ONE_ACT, SAY(HEAD "2\r\n\r\n0\n" HEAD "2\r\n\r\n0\n"), REST), {ENDS(GARBLED, COMPLETED)},
     .accepted = 1, .keep_alive = true},
    {"HTTP: a number beyond the bound", "http",
     ACTS(ONE_ACT, SAY(HEAD "11\r\n\r\n1000000001\n"), CLOSE), {ENDS(WRONG, COMPLETED)},
     .accepted = 1},
    {"HTTP: an error", "http",
     ACTS(ONE_ACT, SAY("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n0\n"), ONE_ACT,
          SAY(HEAD "2\r\n\r\n0\n"), REST), {ENDS(REFUSED, COMPLETED), OK_KEPT}, .accepted = 2,
     .keep_alive = true},
    {"HTTP: an error with a page to it", "http",
     ACTS(ONE_ACT, SAY("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n" LONG_LINE LONG_LINE)),
     {ENDS(REFUSED, COMPLETED)}, .accepted = 1},
    {"URL: any 2xx, of any length", "url",
     ACTS(ONE_ACT, SAY(HEAD "100\r\n\r\n" LONG_LINE), REST, SAY(LONG_LINE), HEAR,
          SAY("HTTP/1.1 204 No Content\r\n\r\n"), HEAR, SAY("HTTP/1.1 201 Created\r\n\r\nno"), REST,
          SAY("w"), CLOSE), {OK_KEPT, OK_AGAIN, OK_LAST}, .accepted = 1, .keep_alive = true},
    {"URL: another status", "url",
     ACTS(ONE_ACT, SAY("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n0\n"), ONE_ACT,
          SAY(HEAD "0\r\n\r\n"), REST), {ENDS(STATUS, COMPLETED, .errnum = 404), OK_KEPT},
     .accepted = 2, .keep_alive = true},
    {"URL: the status that is wanted", "url",
     ACTS(ONE_ACT, SAY("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n0"), REST, SAY("\n"), HEAR,
          SAY(HEAD "2\r\n\r\n0\n"), REST),
     {OK_KEPT, ENDS(STATUS, COMPLETED, .errnum = 200, .reused = true)}, .accepted = 1,
     .keep_alive = true, .wanted = 404},
    {"URL: a close in the middle", "url", ACTS(ONE_ACT, SAY(HEAD "3\r\n\r\n0\n"), CLOSE),
     {ENDS(CLOSED, COMPLETED)}, .accepted = 1},
    {"URL: more bytes than were requested", "url", ACTS(ONE_ACT, SAY(HEAD "2\r\n\r\n0\n0"), REST),
     {ENDS(GARBLED, COMPLETED)}, .accepted = 1, .keep_alive = true},
    {"URL: not HTTP", "url", ACTS(ONE_ACT, SAY("0\n"), CLOSE), {ENDS(GARBLED, COMPLETED)},
     .accepted = 1},
};
/* clang-format on */

/* ---- playing and judging ---- */

#define URL_TEXT "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static struct load load_make(const char *workload, bool keep_alive)
{
    static struct partial_response partials[SLOT + 1];
    memset(partials, 0x55, sizeof(partials)); /* of any contents */
    return (struct load){.workload = workload_find(workload),
                         .concurrency = SLOT + 1,
                         .partials = partials,
                         .seed = 1,
                         .keep_alive = keep_alive,
                         .text = strcmp(workload, "url") ? NULL : URL_TEXT,
                         .text_bytes = sizeof(URL_TEXT) - 1};
}

/* What was seen of a scene, to be judged when the peer has left. */
struct seen {
    struct sample samples[REQUESTS_MAX];
    int fd_before[REQUESTS_MAX], fd_after[REQUESTS_MAX];
    bool stuck, open_failed;
    nsec_t start, end;
};

static void judge_sample(const struct sample *sample, const struct ending *ending)
{
    assert_int_equal(sample->slot, SLOT);
    assert_int_equal(sample->flags, ending->reused ? SAMPLE_REUSED : 0);
    if (!(1U << sample->outcome & ending->outcomes))
        fail_msg("it ended '%s' (%s)", outcome_name(sample->outcome), strerror(sample->errnum));
    bool exact = (ending->outcomes & (ending->outcomes - 1)) == 0;
    if (exact)
        assert_int_equal(sample->errnum, ending->errnum);
    else
        assert_true(sample->outcome == OUTCOME_CLOSED
                        ? sample->errnum == 0
                        : sample->errnum == ECONNRESET || sample->errnum == EPIPE);

    const nsec_t points[] = {sample->start, sample->connected, sample->sent, sample->first_byte};
    nsec_t last = 1;
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        if (i <= ending->reached)
            assert_true(points[i] >= last);
        else if (exact)
            assert_int_equal(points[i], 0);
        if (points[i])
            last = points[i];
    }
    assert_true(sample->end >= last);
    if (ending->reused)
        assert_int_equal(sample->connected, sample->start);
}

static void judge(const struct scene *scene, const struct seen *seen)
{
    assert_false(seen->open_failed);
    assert_false(seen->stuck);
    nsec_t last = seen->start;
    for (size_t i = 0; i < REQUESTS_MAX && scene->ends[i].outcomes; i++) {
        const struct sample *sample = &seen->samples[i];
        const struct ending *ending = &scene->ends[i];
        judge_sample(sample, ending);
        assert_true(sample->start >= last);
        last = sample->end;
        assert_int_equal(seen->fd_after[i] >= 0, ending->kept);
        assert_int_equal(seen->fd_before[i] >= 0, ending->reused);
        if (ending->kept && ending->reused)
            assert_int_equal(seen->fd_after[i], seen->fd_before[i]);
        if (scene->at_least)
            assert_true(sample->end - sample->start >= scene->at_least);
    }
    assert_true(seen->end >= last);
    assert_int_equal(peer.accepted, scene->accepted);
    if (scene->storm)
        assert_true(interrupts > 0);
}

struct play {
    const struct scene *scene;
    const struct form *form;
};

static void play_scene(void **state)
{
    const struct play *play = *state;
    const struct scene *scene = play->scene;
    unsigned descriptors = self_descriptors();
    struct load load = load_make(scene->workload, scene->keep_alive);
    load.wanted = scene->wanted;
    peer_listen(&load.server, 16);
    peer_start(scene->acts);

    struct seen seen = {.start = clock_now()};
    struct batch batch = {.load = &load,
                          .requests = REQUESTS_MAX,
                          .samples = seen.samples,
                          .delay = PROTOCOL_DELAY_DEFAULT};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, play->form->kind);
    if (scene->storm)
        storm(true);
    if (scene->open_first)
        seen.open_failed = exchange_open(&exchange, NULL) != 0;
    for (size_t i = 0; i < REQUESTS_MAX && scene->ends[i].outcomes && !seen.stuck; i++) {
        if (scene->await_hangup && exchange.fd >= 0)
            seen.stuck |= !execute_wait(exchange.fd, POLLIN);
        seen.fd_before[i] = exchange.fd;
        seen.stuck |= !play->form->execute(&exchange, &batch, i);
        seen.fd_after[i] = exchange.fd;
    }
    storm(false);
    seen.end = clock_now();
    exchange_close(&exchange);
    peer_join();
    judge(scene, &seen);
    assert_int_equal(self_descriptors(), descriptors);
}

/* ---- what needs more than a script ---- */

static void a_refused_port(void **state)
{
    const struct form *form = *state;
    unsigned descriptors = self_descriptors();
    struct load load = load_make("randint", true);
    int holder = peer_bind_only(&load.server);
    struct sample sample = {0};
    struct batch batch = {.load = &load, .requests = 1, .samples = &sample};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, form->kind);

    struct error error = {0};
    assert_int_equal(exchange_open(&exchange, &error), -1);
    assert_int_equal(error.errnum, ECONNREFUSED);
    assert_non_null(strstr(error.text, "connection 7 to 127.0.0.1:"));
    assert_non_null(strstr(error.text, "Connection refused"));
    assert_int_equal(exchange.fd, -1);

    assert_true(form->execute(&exchange, &batch, 0));
    judge_sample(&sample, &(struct ending)ENDS(CONNECT, STARTED, .errnum = ECONNREFUSED));
    assert_int_equal(exchange.fd, -1);
    close(holder);
    assert_int_equal(self_descriptors(), descriptors);
}

static void no_descriptors_left(void **state)
{
    const struct form *form = *state;
    struct load load = load_make("randint", true);
    peer_listen(&load.server, 4);
    struct sample samples[2] = {0};
    struct batch batch = {.load = &load, .requests = 2, .samples = samples};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, form->kind);

    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    struct error error = {0};
    int opened = exchange_open(&exchange, &error);
    bool first = form->execute(&exchange, &batch, 0);
    int fd = exchange.fd;
    setrlimit(RLIMIT_NOFILE, &before);
    peer_start(ACTS(ONE_ACT, SAY("0\n"), REST)); /* not before: it needs a descriptor too */
    bool second = form->execute(&exchange, &batch, 1);
    exchange_close(&exchange);
    peer_join();

    assert_int_equal(opened, -1);
    assert_int_equal(error.errnum, EMFILE);
    assert_non_null(
        strstr(error.text, "connection 7: cannot create a socket: Too many open files"));
    assert_true(first);
    assert_int_equal(fd, -1);
    judge_sample(&samples[0], &(struct ending)ENDS(NO_SOCKET, STARTED, .errnum = EMFILE));
    /* One lost request is no lost slot. */
    assert_true(second);
    judge_sample(&samples[1], &(struct ending)OK_KEPT);
}

/* A SYN that finds the accept queue full is dropped and retransmitted after a second: a connect()
 * that lasts, with signals all the while. `open_first` has it in exchange_open. */
static void connect_slowly(const struct form *form, bool open_first)
{
    unsigned descriptors = self_descriptors();
    struct load load = load_make("randint", open_first);
    peer_listen(&load.server, 0);
    struct error error = {0};
    int plug = net_connect(&(struct net_addresses){.count = 1, .items = {load.server}},
                           NSEC_PER_SEC, &error); /* fills the queue */
    assert_true(plug >= 0);
    struct act rest = {TO_REST, NULL, 900};
    peer_start(ACTS(rest, ACCEPT, CLOSE, ONE_ACT, REST, SAY("0\n"), REST));

    struct sample sample = {0};
    struct batch batch = {.load = &load, .requests = 1, .samples = &sample};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, form->kind);
    storm(true);
    nsec_t start = clock_now();
    int opened = open_first ? exchange_open(&exchange, &error) : 0;
    nsec_t open_time = clock_now() - start;
    bool carried = opened == 0 && form->execute(&exchange, &batch, 0);
    storm(false);
    exchange_close(&exchange);
    close(plug);
    peer_join();

    if (opened != 0)
        fail_msg("%s", error.text);
    assert_true(carried);
    assert_true(interrupts > 0);
    judge_sample(&sample, open_first ? &(struct ending)OK_AGAIN : &(struct ending)OK);
    nsec_t slow = open_first ? open_time : sample.connected - sample.start;
    assert_true(slow >= 500 * NSEC_PER_MSEC); /* or nothing was tested */
    assert_int_equal(self_descriptors(), descriptors);
}

static void a_blocking_connect_is_interrupted(void **state)
{
    (void)state;
    connect_slowly(&forms[0], false);
}

static void a_stepped_connect_is_interrupted(void **state)
{
    (void)state;
    connect_slowly(&forms[1], false);
}

static void opening_ahead_is_interrupted(void **state)
{
    (void)state;
    connect_slowly(&forms[1], true);
}

static void the_request_is_what_the_peer_hears(void **state)
{
    const struct form *form = *state;
    for (int variant = 0; variant < 8; variant++) {
        bool http = variant & 1, keep = variant & 2;
        nsec_t delay = variant & 4 ? 5 * NSEC_PER_MSEC : PROTOCOL_DELAY_DEFAULT;
        struct load load = load_make(http ? "http" : "randint", keep);
        load.seed = 77;
        peer_listen(&load.server, 4);
        peer_start(http ? ACTS(ONE_ACT, SAY(HEAD "2\r\n\r\n0\n"), REST)
                        : ACTS(ONE_ACT, SAY("0\n"), REST));
        struct sample samples[6] = {0};
        struct batch batch = {.load = &load, .requests = 6, .samples = samples, .delay = delay};
        struct exchange exchange;
        exchange_init(&exchange, &load, SLOT, form->kind);
        bool carried = form->execute(&exchange, &batch, 5);
        exchange_close(&exchange);
        peer_join();

        assert_true(carried);
        assert_int_equal(samples[5].outcome, OUTCOME_OK);
        assert_int_equal(samples[4].outcome, OUTCOME_NOT_STARTED);
        char expected[200];
        snprintf(expected, sizeof(expected),
                 http ? "GET /randint/%" PRId64 "%s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
                      : "%" PRId64 "%s\n",
                 load_bound(&load, 5),
                 delay == PROTOCOL_DELAY_DEFAULT ? ""
                 : http                          ? "?delay=5000000ns"
                                                 : " 5000000ns",
                 load.server.authority, keep ? "" : "Connection: close\r\n");
        assert_string_equal(peer.heard, expected);
    }
}

/* A slot that another batch has used must not show through. */
static void a_used_slot_starts_clean(void **state)
{
    const struct form *form = *state;
    struct load load = load_make("randint", false);
    int holder = peer_bind_only(&load.server);
    struct sample sample;
    memset(&sample, 0x55, sizeof(sample));
    struct batch batch = {.load = &load, .requests = 1, .samples = &sample};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, form->kind);
    assert_true(form->execute(&exchange, &batch, 0));
    judge_sample(&sample, &(struct ending)ENDS(CONNECT, STARTED, .errnum = ECONNREFUSED));
    close(holder);
}

/* What a ring reports, without one: each operation's failure has its outcome and closes. */
static void completions_that_failed(void **state)
{
    (void)state;
    unsigned descriptors = self_descriptors();
    struct load load = load_make("randint", true);
    load.server.storage.ss_family = AF_INET; /* nothing is ever connected */
    struct sample sample;
    struct batch batch = {.load = &load, .requests = 1, .samples = &sample};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, EXCHANGE_NONBLOCKING);

    assert_int_equal(exchange_begin(&exchange, &batch, 0), EXCHANGE_WRITE);
    assert_int_equal(sample.outcome, OUTCOME_UNFINISHED);
    assert_int_equal(sample.end, 0);
    assert_true(fcntl(exchange.fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(exchange.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(exchange_on_connect(&exchange, -ETIMEDOUT), EXCHANGE_OVER);
    judge_sample(&sample, &(struct ending)ENDS(CONNECT, STARTED, .errnum = ETIMEDOUT));
    assert_int_equal(exchange.fd, -1);

    assert_int_equal(exchange_begin(&exchange, &batch, 0), EXCHANGE_WRITE);
    assert_int_equal(exchange_on_connect(&exchange, 0), EXCHANGE_WRITE);
    char text[PROTOCOL_REQUEST_BYTES];
    size_t size;
    exchange_unsent(&exchange, text, &size);
    assert_int_equal(exchange_on_send(&exchange, 1), EXCHANGE_WRITE);
    assert_int_equal(sample.sent, 0); /* not before the last byte */
    assert_int_equal(exchange_on_send(&exchange, -EPIPE), EXCHANGE_OVER);
    judge_sample(&sample, &(struct ending)ENDS(SEND, CONNECTED, .errnum = EPIPE));
    assert_int_equal(exchange.fd, -1);

    assert_int_equal(exchange_begin(&exchange, &batch, 0), EXCHANGE_WRITE);
    assert_int_equal(exchange_on_connect(&exchange, 0), EXCHANGE_WRITE);
    assert_int_equal(exchange_unsent(&exchange, text, &size)[size - 1], '\n');
    assert_int_equal(exchange_on_send(&exchange, (ssize_t)size), EXCHANGE_READ);
    assert_int_equal(exchange_on_receive(&exchange, "0", 1), EXCHANGE_READ);
    nsec_t first_byte = sample.first_byte;
    assert_int_equal(exchange_on_receive(&exchange, "0", 1), EXCHANGE_READ);
    assert_int_equal(sample.first_byte, first_byte); /* the first stays the first */
    assert_int_equal(exchange_on_receive(&exchange, NULL, -ETIMEDOUT), EXCHANGE_OVER);
    judge_sample(&sample, &(struct ending)ENDS(RECEIVE, COMPLETED, .errnum = ETIMEDOUT));
    assert_int_equal(exchange.fd, -1);
    exchange_close(&exchange); /* closing what is closed is nothing */
    assert_int_equal(self_descriptors(), descriptors);
}

/* A response cannot come before the request: such bytes neither count nor touch the request. */
static void bytes_before_the_request_was_sent(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ssize_t result;
        struct ending ending;
    } early[] = {{"0\n", 2, ENDS(GARBLED, CONNECTED)},
                 {NULL, 0, ENDS(CLOSED, CONNECTED)},
                 {NULL, -ECONNRESET, ENDS(RECEIVE, CONNECTED, .errnum = ECONNRESET)}};
    struct load load = load_make("randint", false);
    load.server.storage.ss_family = AF_INET;
    for (size_t i = 0; i < ARRAY_LEN(early); i++) {
        struct sample sample = {0};
        struct batch batch = {.load = &load, .requests = 1, .samples = &sample};
        struct exchange exchange;
        exchange_init(&exchange, &load, SLOT, EXCHANGE_BLOCKING);
        assert_int_equal(exchange_begin(&exchange, &batch, 0), EXCHANGE_WRITE);
        assert_int_equal(exchange_on_connect(&exchange, 0), EXCHANGE_WRITE);
        char before[PROTOCOL_REQUEST_BYTES], after[PROTOCOL_REQUEST_BYTES];
        size_t size, size_after;
        exchange_unsent(&exchange, before, &size);
        assert_int_equal(exchange_on_receive(&exchange, early[i].text, early[i].result),
                         EXCHANGE_OVER);
        exchange_unsent(&exchange, after, &size_after);
        assert_int_equal(size_after, size);
        assert_memory_equal(after, before, size);
        judge_sample(&sample, &early[i].ending);
        assert_int_equal(exchange.fd, -1);
    }
}

/* Begin a request and send all of it, on a connection that there is not. */
static void begin_and_send(struct exchange *exchange, struct batch *batch, size_t index)
{
    char text[PROTOCOL_REQUEST_BYTES];
    size_t size;
    exchange_begin(exchange, batch, index);
    exchange_on_connect(exchange, 0);
    exchange_unsent(exchange, text, &size);
    assert_int_equal(exchange_on_send(exchange, (ssize_t)size), EXCHANGE_READ);
}

/* While the responses of two slots are incomplete, neither shows in the other. */
static void slots_keep_their_parts_apart(void **state)
{
    (void)state;
    static const struct {
        const char *workload, *parts[2][2];
    } rows[] = {
        {"randint", {{"0", "\n"}, {"error: ", "no\n"}}},
        {"http", {{HEAD "2\r\n\r\n0", "\n"}, {"HTTP/1.1 4", "04 Not Found\r\n\r\n"}}},
    };
    for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
        struct load load = load_make(rows[r].workload, false);
        load.server.storage.ss_family = AF_INET;
        struct sample samples[2] = {0};
        struct batch batch = {.load = &load, .requests = 2, .samples = samples};
        struct exchange exchanges[2];
        for (uint32_t i = 0; i < 2; i++) {
            exchange_init(&exchanges[i], &load, i, EXCHANGE_BLOCKING);
            begin_and_send(&exchanges[i], &batch, i);
        }
        for (size_t part = 0; part < 2; part++)
            for (size_t i = 0; i < 2; i++) {
                const char *text = rows[r].parts[i][part];
                assert_int_equal(exchange_on_receive(&exchanges[i], text, (ssize_t)strlen(text)),
                                 part ? EXCHANGE_OVER : EXCHANGE_READ);
            }
        assert_int_equal(samples[0].outcome, OUTCOME_OK);
        assert_int_equal(samples[1].outcome, OUTCOME_REFUSED);
    }
}

/* The bound itself is right, the next number is wrong, and for a bound of 0 so is 1. */
static void responses_are_checked_to_the_last(void **state)
{
    (void)state;
    struct load load = load_make("randint", false);
    load.server.storage.ss_family = AF_INET;
    struct sample samples[200] = {0};
    struct batch batch = {.load = &load, .requests = 200, .samples = samples};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, EXCHANGE_BLOCKING);
    unsigned zeros = 0;
    for (size_t i = 0; i < 200; i++)
        for (int beyond = 0; beyond < 2; beyond++) {
            int64_t bound = load_bound(&load, i);
            zeros += bound == 0;
            char response[24];
            size_t size = (size_t)sprintf(response, "%" PRId64 "\n", bound + beyond);
            begin_and_send(&exchange, &batch, i);
            assert_int_equal(exchange_on_receive(&exchange, response, (ssize_t)size),
                             EXCHANGE_OVER);
            assert_int_equal(samples[i].outcome, beyond ? OUTCOME_WRONG : OUTCOME_OK);
        }
    assert_true(zeros > 0);
}

/* ---- the list: every scene and every case in every form ---- */

#define CASE(function)                                                                             \
    {                                                                                              \
#function, function                                                                        \
    }

static const struct {
    const char *name;
    CMUnitTestFunction function;
} in_all_forms[] =
    {
        CASE(a_refused_port),
        CASE(no_descriptors_left),
        CASE(the_request_is_what_the_peer_hears),
        CASE(a_used_slot_starts_clean),
        CASE(bytes_before_the_request_was_sent),
},
  once[] = {
      CASE(a_blocking_connect_is_interrupted), CASE(a_stepped_connect_is_interrupted),
      CASE(opening_ahead_is_interrupted),      CASE(completions_that_failed),
      CASE(responses_are_checked_to_the_last), CASE(slots_keep_their_parts_apart),
};

enum {
    PLAYS = ARRAY_LEN(scenes) * ARRAY_LEN(forms),
    TESTS = PLAYS + ARRAY_LEN(in_all_forms) * ARRAY_LEN(forms) + ARRAY_LEN(once),
};

int main(void)
{
    static struct CMUnitTest tests[TESTS];
    static struct play plays[PLAYS];
    static char names[TESTS][96];
    size_t n = 0;
    for (size_t s = 0; s < ARRAY_LEN(scenes); s++)
        for (size_t f = 0; f < ARRAY_LEN(forms); f++, n++) {
            plays[n] = (struct play){&scenes[s], &forms[f]};
            snprintf(names[n], sizeof(names[n]), "%s (%s)", scenes[s].name, forms[f].name);
            tests[n] = (struct CMUnitTest){names[n], play_scene, NULL, NULL, &plays[n]};
        }
    for (size_t c = 0; c < ARRAY_LEN(in_all_forms); c++)
        for (size_t f = 0; f < ARRAY_LEN(forms); f++, n++) {
            snprintf(names[n], sizeof(names[n]), "%s (%s)", in_all_forms[c].name, forms[f].name);
            tests[n] = (struct CMUnitTest){names[n], in_all_forms[c].function, NULL, NULL,
                                           (void *)&forms[f]};
        }
    for (size_t c = 0; c < ARRAY_LEN(once); c++, n++)
        tests[n] = (struct CMUnitTest){once[c].name, once[c].function, NULL, NULL, NULL};
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
