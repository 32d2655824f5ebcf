/* Pipelined groups of requests on one connection, in all four forms of the exchange, against a
 * scripted peer: how each request of a group ends when the responses come whole, in pieces, wrong,
 * too many or not at all; and without a peer, responses cut at every byte. */
#include "engine/exchange.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/execute.h"
#include "bench/grade/peer.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { SLOT = 2, DEPTH = 3, REQUESTS_MAX = 8 };

static const struct form forms[] = {
    {"blocking", execute_blocking, EXCHANGE_BLOCKING},
    {"stepping", execute_stepping, EXCHANGE_NONBLOCKING},
    {"completion", execute_completion, EXCHANGE_BLOCKING},
    {"foreign", execute_foreign, EXCHANGE_FOREIGN},
};

static struct load load_make(const char *workload)
{
    struct load load = {.workload = workload_find(workload),
                        .concurrency = SLOT + 1,
                        .seed = 1,
                        .keep_alive = true,
                        .pipeline = DEPTH};
    exchange_open_load(&load);
    return load;
}

/* ---- scenes ---- */

/* How a request must end, and what its samples must show. */
struct ending {
    enum outcome outcome;
    int errnum;
    bool completed; /* at least a byte of its response came */
    bool reused;
};

struct scene {
    const char *name, *workload;
    const struct act *acts;
    size_t requests;
    struct ending ends[REQUESTS_MAX];
    unsigned groups, accepted; /* how often the slot was free for the next; connections */
    bool kept;                 /* in the end */
};

#define HEAD     "HTTP/1.1 200 OK\r\nContent-Length: "
#define ZERO     HEAD "2\r\n\r\n0\n"
#define LAST     "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n0\n"
#define HEAR_ALL HEAR, HEAR, HEAR
#define GROUP    ACCEPT, HEAR_ALL

/* clang-format off */
#define OK       {OUTCOME_OK, 0, true, false}
#define AGAIN    {OUTCOME_OK, 0, true, true}
#define GARBLED  {OUTCOME_GARBLED, 0, true, false}
#define CLOSED   {OUTCOME_CLOSED, 0, false, false}

static const struct scene scenes[] = {
    {"all responses in one piece", "randint", ACTS(GROUP, SAY("0\n0\n0\n"), REST), 3, {OK, OK, OK},
     .groups = 1, .accepted = 1, .kept = true},
    {"responses one by one", "randint",
     ACTS(GROUP, SAY("0\n"), REST, SAY("0\n"), REST, SAY("0\n"), REST), 3, {OK, OK, OK},
     .groups = 1, .accepted = 1, .kept = true},
    {"responses in pieces of their own", "randint",
     ACTS(GROUP, SAY("0\n0"), REST, SAY("0\n0"), REST, SAY("\n"), REST), 3, {OK, OK, OK},
     .groups = 1, .accepted = 1, .kept = true},
    {"a group cut short by the end of the batch", "randint",
     ACTS(ACCEPT, HEAR, HEAR, SAY("0\n0\n"), REST), 2, {OK, OK},
     .groups = 1, .accepted = 1, .kept = true},
    {"a group of one", "randint", ACTS(ACCEPT, HEAR, SAY("0\n"), REST), 1, {OK},
     .groups = 1, .accepted = 1, .kept = true},
    {"one group after another", "randint",
     ACTS(GROUP, SAY("0\n0\n0\n"), HEAR_ALL, SAY("0\n0\n0\n"), HEAR, HEAR, SAY("0\n0\n"), REST), 8,
     {OK, OK, OK, AGAIN, AGAIN, AGAIN, AGAIN, AGAIN}, .groups = 3, .accepted = 1, .kept = true},
    {"a close in the middle", "randint", ACTS(GROUP, SAY("0\n"), CLOSE, GROUP, SAY("0\n0\n0\n"),
     REST), 6, {OK, CLOSED, CLOSED, OK, OK, OK}, .groups = 2, .accepted = 2, .kept = true},
    {"a close without a response", "randint", ACTS(GROUP, CLOSE), 3, {CLOSED, CLOSED, CLOSED},
     .groups = 1, .accepted = 1},
    {"a close in the middle of a response", "randint", ACTS(GROUP, SAY("0\n0"), CLOSE), 3,
     {OK, {OUTCOME_CLOSED, 0, true, false}, CLOSED}, .groups = 1, .accepted = 1},
    {"a reset in the middle", "randint", ACTS(GROUP, SAY("0\n"), REST, RESET), 3,
     {OK, {OUTCOME_RECEIVE, ECONNRESET, false, false},
      {OUTCOME_RECEIVE, ECONNRESET, false, false}}, .groups = 1, .accepted = 1},
    {"surplus bytes after the last", "randint", ACTS(GROUP, SAY("0\n0\n0\n0\n"), REST), 3,
     {OK, OK, GARBLED}, .groups = 1, .accepted = 1},
    {"surplus bytes after a group cut short", "randint",
     ACTS(ACCEPT, HEAR, HEAR, SAY("0\n0\n0\n"), REST), 2, {OK, GARBLED}, .groups = 1,
     .accepted = 1},
    {"rubbish in the middle", "randint", ACTS(GROUP, SAY("0\nx\n0\n"), REST), 3,
     {OK, GARBLED, {OUTCOME_GARBLED, 0, false, false}}, .groups = 1, .accepted = 1},
    {"an error in the middle", "randint", ACTS(GROUP, SAY("0\nerror: busy\n"), REST), 3,
     {OK, {OUTCOME_REFUSED, 0, true, false}, {OUTCOME_REFUSED, 0, false, false}}, .groups = 1,
     .accepted = 1},
    {"a number beyond the bound in the middle", "randint",
     ACTS(GROUP, SAY("0\n1000000001\n0\n"), GROUP, SAY("0\n0\n0\n"), REST), 6,
     {OK, {OUTCOME_WRONG, 0, true, false}, OK, OK, OK, OK}, .groups = 2, .accepted = 2,
     .kept = true},
    {"HTTP: all responses in one piece", "http", ACTS(GROUP, SAY(ZERO ZERO ZERO), REST), 3,
     {OK, OK, OK}, .groups = 1, .accepted = 1, .kept = true},
    {"HTTP: responses in pieces of their own", "http",
     ACTS(GROUP, SAY(ZERO HEAD "2\r"), REST, SAY("\n\r\n0\n" HEAD "1"), REST, SAY("\r\n\r\n0"),
          REST), 3, {OK, OK, OK}, .groups = 1, .accepted = 1, .kept = true},
    {"HTTP: one group after another", "http",
     ACTS(GROUP, SAY(ZERO ZERO ZERO), HEAR, HEAR, SAY(ZERO ZERO), REST), 5,
     {OK, OK, OK, AGAIN, AGAIN}, .groups = 2, .accepted = 1, .kept = true},
    {"HTTP: a server that closes after the last", "http",
     ACTS(GROUP, SAY(ZERO ZERO LAST), CLOSE, ACCEPT, HEAR, SAY(ZERO), REST), 4, {OK, OK, OK, OK},
     .groups = 2, .accepted = 2, .kept = true},
    {"HTTP: a server that closes before the last", "http", ACTS(GROUP, SAY(ZERO LAST), CLOSE), 3,
     {OK, OK, CLOSED}, .groups = 1, .accepted = 1},
    {"HTTP: a server that says so and does not", "http", ACTS(GROUP, SAY(LAST ZERO ZERO), REST), 3,
     {OK, CLOSED, CLOSED}, .groups = 1, .accepted = 1},
    {"HTTP: surplus bytes after the last", "http", ACTS(GROUP, SAY(ZERO ZERO ZERO ZERO), REST), 3,
     {OK, OK, GARBLED}, .groups = 1, .accepted = 1},
    {"HTTP: an error in the middle", "http",
     ACTS(GROUP, SAY(ZERO "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), REST), 3,
     {OK, {OUTCOME_REFUSED, 0, true, false}, {OUTCOME_REFUSED, 0, false, false}}, .groups = 1,
     .accepted = 1},
};
/* clang-format on */

/* A group: those that began together. Points in time are in order, and the connecting and the
 * sending are the same for all. */
static void judge_points(const struct sample *samples, size_t i, const struct ending *ending)
{
    const struct sample *sample = &samples[i];
    if (sample->outcome != ending->outcome || sample->errnum != ending->errnum)
        fail_msg("request %zu ended '%s' (%s)", i, outcome_name(sample->outcome),
                 strerror(sample->errnum));
    assert_int_equal(sample->slot, SLOT);
    assert_int_equal(sample->flags, ending->reused ? SAMPLE_REUSED : 0);
    assert_true(sample->start > 0);
    assert_true(sample->connected >= sample->start);
    assert_true(sample->sent >= sample->connected);
    assert_int_equal(sample->first_byte != 0, ending->completed);
    assert_true(sample->end >= (ending->completed ? sample->first_byte : sample->sent));
    const struct sample *before = i % DEPTH ? &samples[i - 1] : NULL;
    if (before) {
        assert_int_equal(sample->start, before->start);
        assert_int_equal(sample->connected, before->connected);
        assert_int_equal(sample->sent, before->sent);
        assert_true(sample->end >= before->end);
        assert_true(!ending->completed || sample->first_byte >= before->first_byte);
    } else if (i > 0) {
        assert_true(sample->start >= samples[i - 1].end);
    }
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
    struct load load = load_make(scene->workload);
    peer_listen(&load.server, 16);
    peer_start(scene->acts);

    struct sample samples[REQUESTS_MAX] = {0};
    struct batch batch = {.load = &load,
                          .requests = scene->requests,
                          .samples = samples,
                          .delay = PROTOCOL_DELAY_DEFAULT};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, play->form->kind);
    unsigned groups = 0;
    bool stuck = false;
    ptrdiff_t index;
    while ((index = batch_next(&batch)) != BATCH_OVER && !stuck) {
        stuck = !play->form->execute(&exchange, &batch, (size_t)index);
        groups++;
    }
    bool kept = exchange.kept;
    exchange_close(&exchange);
    execute_foreign_close();
    peer_join();
    exchange_close_load(&load);
    assert_false(stuck);
    assert_int_equal(groups, scene->groups);
    assert_int_equal(peer.accepted, scene->accepted);
    assert_int_equal(kept, scene->kept);
    for (size_t i = 0; i < scene->requests; i++)
        judge_points(samples, i, &scene->ends[i]);
    assert_int_equal(self_descriptors(), descriptors);
}

/* ---- what needs more than a script ---- */

/* Nobody there, or no socket: the whole group ends so, and nothing of it is left unfinished. */
static void nobody_there(void **state)
{
    const struct form *form = *state;
    struct load load = load_make("randint");
    int holder = peer_bind_only(&load.server);
    for (int no_socket = 0; no_socket <= 1; no_socket++) {
        struct sample samples[5] = {0};
        struct batch batch = {.load = &load, .requests = 5, .samples = samples, .next = 1};
        struct exchange exchange;
        exchange_init(&exchange, &load, SLOT, form->kind);
        unsigned long limit = no_socket ? self_limit_descriptors(0) : 0;
        bool carried = form->execute(&exchange, &batch, 0);
        if (no_socket)
            self_restore_descriptors(limit);
        assert_true(carried);
        for (size_t i = 0; i < DEPTH; i++) {
            assert_int_equal(samples[i].outcome, no_socket ? OUTCOME_NO_SOCKET : OUTCOME_CONNECT);
            assert_int_equal(samples[i].errnum, no_socket ? EMFILE : ECONNREFUSED);
            assert_int_equal(samples[i].connected, 0);
            assert_int_equal(samples[i].end, samples[0].end);
        }
        assert_int_equal(samples[DEPTH].outcome, OUTCOME_NOT_STARTED);
        exchange_close(&exchange);
    }
    close(holder);
    exchange_close_load(&load);
}

static void the_peer_hears_every_request_in_order(void **state)
{
    const struct form *form = *state;
    for (int http = 0; http <= 1; http++) {
        struct load load = load_make(http ? "http" : "randint");
        peer_listen(&load.server, 4);
        peer_start(http ? ACTS(GROUP, SAY(ZERO ZERO ZERO), REST)
                        : ACTS(GROUP, SAY("0\n0\n0\n"), REST));
        struct sample samples[REQUESTS_MAX] = {0};
        struct batch batch = {.load = &load,
                              .requests = REQUESTS_MAX,
                              .samples = samples,
                              .delay = 5 * NSEC_PER_MSEC,
                              .next = 5};
        struct exchange exchange;
        exchange_init(&exchange, &load, SLOT, form->kind);
        bool carried = form->execute(&exchange, &batch, 2);
        exchange_close(&exchange);
        execute_foreign_close();
        peer_join();
        assert_true(carried);
        char expected[DEPTH * PROTOCOL_REQUEST_BYTES + 1];
        static const size_t requested[DEPTH] = {2, 5, 6}; /* what was handed over, and the next */
        size_t size = 0;
        for (size_t i = 0; i < DEPTH; i++) {
            int64_t bound = load_bound(&load, requested[i]);
            assert_int_equal(samples[requested[i]].outcome, OUTCOME_OK);
            size += load_request(&load, &batch, requested[i], bound, expected + size);
        }
        expected[size] = '\0';
        assert_string_equal(peer.heard, expected);
        assert_int_equal(samples[7].outcome, OUTCOME_NOT_STARTED);
        exchange_close_load(&load);
    }
}

/* No request starts after the end of the time box, in a group either. */
static void the_time_box_ends_a_group(void **state)
{
    const struct form *form = *state;
    struct load load = load_make("randint");
    peer_listen(&load.server, 4);
    peer_start(ACTS(ACCEPT, HEAR, SAY("0\n"), REST));
    struct sample samples[3] = {0};
    struct batch batch = {
        .load = &load, .requests = 3, .samples = samples, .deadline = 1, .next = 1};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, form->kind);
    bool carried = form->execute(&exchange, &batch, 0);
    exchange_close(&exchange);
    execute_foreign_close();
    peer_join();
    exchange_close_load(&load);
    assert_true(carried);
    assert_int_equal(samples[0].outcome, OUTCOME_OK);
    assert_int_equal(samples[1].outcome, OUTCOME_NOT_STARTED);
    assert_int_equal(samples[2].outcome, OUTCOME_NOT_STARTED);
}

/* All requests of a group are offered in one piece. */
static void begin_group(struct exchange *exchange, struct batch *batch, struct sample *samples)
{
    memset(samples, 0, DEPTH * sizeof(*samples));
    atomic_store(&batch->next, 1);
    enum exchange_want want = exchange_begin(exchange, batch, 0);
    if (exchange->phase == EXCHANGE_NEW)
        want = exchange_on_connect(exchange, 0);
    assert_int_equal(want, EXCHANGE_WRITE);
    char text[PROTOCOL_REQUEST_BYTES];
    size_t size, expected = 0;
    for (size_t i = 0; i < DEPTH; i++)
        expected += load_request(batch->load, batch, i, load_bound(batch->load, i), text);
    exchange_unsent(exchange, text, &size);
    assert_int_equal(size, expected);
    assert_int_equal(exchange_on_send(exchange, (ssize_t)size), EXCHANGE_READ);
}

static enum exchange_want receive(struct exchange *exchange, const char *data, size_t size)
{
    char *piece = malloc(size); /* so that a look behind its end is found out */
    assert_non_null(piece);
    memcpy(piece, data, size);
    enum exchange_want want = exchange_on_receive(exchange, piece, (ssize_t)size);
    free(piece);
    return want;
}

/* Cut into two pieces at every byte, and into single bytes. */
static void responses_cut_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *workload, *responses;
    } rows[] = {{"randint", "0\n00\n000\n"},
                {"http", ZERO "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "1\r\n0\r\n1\r\n\n\r\n0\r\n\r\n" ZERO}};
    for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
        struct load load = load_make(rows[r].workload);
        struct sample samples[DEPTH];
        struct batch batch = {.load = &load, .requests = DEPTH, .samples = samples};
        struct exchange exchange;
        exchange_init(&exchange, &load, SLOT, EXCHANGE_FOREIGN);
        size_t size = strlen(rows[r].responses);
        for (size_t cut = 0; cut < size; cut++) {
            begin_group(&exchange, &batch, samples);
            size_t step = cut ? cut : 1, taken = 0;
            while (taken < size) {
                size_t left = size - taken, piece = taken && cut ? left : step;
                enum exchange_want want = receive(&exchange, rows[r].responses + taken, piece);
                taken += piece;
                assert_int_equal(want, taken < size ? EXCHANGE_READ : EXCHANGE_OVER);
            }
            for (size_t i = 0; i < DEPTH; i++)
                judge_points(samples, i, &(struct ending){OUTCOME_OK, 0, true, cut > 0});
            assert_true(exchange.kept);
        }
        exchange_close_load(&load);
    }
}

/* What is wrong, at each place of a group: those before it are well, and those behind it share its
 * fate where nothing more can come. */
static void failures_at_every_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum outcome outcome, behind;
    } bad[] = {{"x\n", OUTCOME_GARBLED, OUTCOME_GARBLED},
               {"error: no\n", OUTCOME_REFUSED, OUTCOME_REFUSED},
               {"1000000001\n", OUTCOME_WRONG, OUTCOME_OK},
               {"", OUTCOME_RECEIVE, OUTCOME_RECEIVE}};
    struct load load = load_make("randint");
    for (size_t b = 0; b < ARRAY_LEN(bad); b++)
        for (size_t place = 0; place < DEPTH; place++) {
            struct sample samples[DEPTH];
            struct batch batch = {.load = &load, .requests = DEPTH, .samples = samples};
            struct exchange exchange;
            exchange_init(&exchange, &load, SLOT, EXCHANGE_FOREIGN);
            begin_group(&exchange, &batch, samples);
            enum exchange_want want = EXCHANGE_READ;
            for (size_t i = 0; i < DEPTH && want == EXCHANGE_READ; i++) {
                const char *text = i == place ? bad[b].text : "0\n";
                want = *text ? receive(&exchange, text, strlen(text))
                             : exchange_on_receive(&exchange, NULL, -ETIMEDOUT);
            }
            assert_int_equal(want, EXCHANGE_OVER);
            assert_false(exchange.kept);
            for (size_t i = 0; i < DEPTH; i++)
                assert_int_equal(samples[i].outcome, i < place    ? OUTCOME_OK
                                                     : i == place ? bad[b].outcome
                                                                  : bad[b].behind);
        }
    exchange_close_load(&load);
}

/* Sending fails after some of it has gone. */
static void sending_fails(void **state)
{
    (void)state;
    struct load load = load_make("http");
    struct sample samples[DEPTH] = {0};
    struct batch batch = {.load = &load, .requests = DEPTH, .samples = samples, .next = 1};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, EXCHANGE_FOREIGN);
    exchange_begin(&exchange, &batch, 0);
    exchange_on_connect(&exchange, 0);
    assert_int_equal(exchange_on_send(&exchange, 60), EXCHANGE_WRITE);
    assert_int_equal(exchange_on_send(&exchange, -EPIPE), EXCHANGE_OVER);
    for (size_t i = 0; i < DEPTH; i++) {
        assert_int_equal(samples[i].outcome, OUTCOME_SEND);
        assert_int_equal(samples[i].errnum, EPIPE);
        assert_int_equal(samples[i].connected, samples[0].connected);
        assert_int_equal(samples[i].sent, 0);
    }
    exchange_close_load(&load);
}

/* The longest possible requests fit. */
static void the_longest_group_fits(void **state)
{
    (void)state;
    struct load load = load_make("http");
    exchange_close_load(&load);
    load.pipeline = PIPELINE_MAX;
    load.timing = true;
    exchange_open_load(&load);
    static struct sample samples[PIPELINE_MAX + 1];
    struct batch batch = {.load = &load,
                          .requests = PIPELINE_MAX + 1,
                          .samples = samples,
                          .delay = PROTOCOL_DELAY_MAX,
                          .next = 1};
    struct exchange exchange;
    exchange_init(&exchange, &load, SLOT, EXCHANGE_FOREIGN);
    exchange_begin(&exchange, &batch, 0);
    size_t size, requests = 0;
    const char *text = exchange_unsent(&exchange, NULL, &size);
    for (const char *end = text + size; (text = memmem(text, (size_t)(end - text), "GET ", 4));)
        requests++, text++;
    assert_int_equal(requests, PIPELINE_MAX);
    assert_int_equal(samples[PIPELINE_MAX - 1].outcome, OUTCOME_UNFINISHED);
    assert_int_equal(samples[PIPELINE_MAX].outcome, OUTCOME_NOT_STARTED);
    exchange_close_load(&load);
}

/* ---- the list ---- */

#define CASE(function)                                                                             \
    {                                                                                              \
#function, function                                                                        \
    }

static const struct {
    const char *name;
    CMUnitTestFunction function;
} in_all_forms[] =
    {
        CASE(nobody_there),
        CASE(the_peer_hears_every_request_in_order),
        CASE(the_time_box_ends_a_group),
},
  once[] = {
      CASE(responses_cut_anywhere),
      CASE(failures_at_every_place),
      CASE(sending_fails),
      CASE(the_longest_group_fits),
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
    signal(SIGPIPE, SIG_IGN);
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
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
