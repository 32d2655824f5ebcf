/* What a trace is made from: a request's life in phases, the rule of SYN retransmissions, the
 * queue. */
#include "bench/show/trace_life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/tcp_syn.h"
#include "bench/show/trace_queue.h"

static const struct trace_run network = {
    .end = 9000, .has_network = true, .infers_retransmissions = true, .infers_overflows = true};

static struct trace_life life_of(const struct stored_request *request, const struct trace_run *run)
{
    struct trace_life life;
    trace_life_make(request, run, &life);
    for (unsigned i = 1; i < life.count; i++)
        assert_true(life.steps[i - 1].at <= life.steps[i].at);
    assert_int_equal(life.steps[life.count - 1].kind, TRACE_END);
    assert_int_equal(life.steps[life.count - 1].at, life.end);
    return life;
}

/* "connect 100-150, …": the phases, which have no gap and end with the request. */
static void assert_phases(const struct trace_life *life, const char *expected)
{
    char text[512] = "", *to = text;
    nsec_t at = life->start;
    for (unsigned i = 0; i < life->count; i++) {
        const struct trace_step *step = &life->steps[i];
        if (step->kind != TRACE_PHASE)
            continue;
        assert_int_equal(step->at, at);
        at = step->end;
        to += sprintf(to, "%s%s %ld-%ld", *text ? ", " : "", step->name, (long)step->at,
                      (long)step->end);
    }
    assert_string_equal(text, expected);
    assert_true(!*text || at == life->end);
}

static unsigned count(const struct trace_life *life, enum trace_step_kind kind)
{
    unsigned n = 0;
    for (unsigned i = 0; i < life->count; i++)
        n += life->steps[i].kind == kind;
    return n;
}

static struct stored_request completed(void)
{
    return (struct stored_request){.due = 100,
                                   .sample = {.start = 100,
                                              .connected = 150,
                                              .sent = 170,
                                              .received = 200,
                                              .delay_100ns = 5,
                                              .overshoot_100ns = 1,
                                              .first_byte = 820,
                                              .end = 850,
                                              .outcome = OUTCOME_OK}};
}

static void a_completed_request_has_the_phases_of_the_breakdown(void **state)
{
    (void)state;
    struct stored_request request = completed();
    struct trace_life life = life_of(&request, &network);
    assert_phases(&life, "connect 100-150, send 150-170, accept 170-200, delay 200-700, overshoot "
                         "700-800, back 800-820, read 820-850");
    assert_true(life.told && life.connects);
    assert_int_equal(count(&life, TRACE_DUE), 0);
    assert_int_equal(count(&life, TRACE_RECEIVED) + count(&life, TRACE_ISSUED), 2);
    assert_int_equal(count(&life, TRACE_RETRANSMISSION), 0);
}

/* Clocks of two cores may differ slightly, and a response be read before it seems to be issued. */
static void phases_stay_within_the_request(void **state)
{
    (void)state;
    struct stored_request request = completed();
    request.sample.received = 90;
    request.sample.first_byte = 600;
    request.sample.end = 640;
    struct trace_life life = life_of(&request, &network);
    assert_phases(&life, "delay 100-600, overshoot 600-640");
    request = completed();
    request.sample.received = 160; /* before our send() returned */
    life = life_of(&request, &network);
    assert_phases(&life, "connect 100-150, send 150-160, delay 160-660, overshoot 660-760, back "
                         "760-820, read 820-850");
}

static void a_late_start_was_due_before(void **state)
{
    (void)state;
    struct stored_request request = completed();
    request.due = 40;
    request.sample.flags = SAMPLE_REUSED;
    request.sample.connected = request.sample.start;
    struct trace_life life = life_of(&request, &network);
    assert_int_equal(life.steps[0].kind, TRACE_DUE);
    assert_int_equal(life.steps[0].at, 40);
    assert_int_equal(life.steps[1].kind, TRACE_START);
    assert_false(life.connects);
    assert_phases(&life, "send 100-170, accept 170-200, delay 200-700, overshoot 700-800, back "
                         "800-820, read 820-850");
}

static void without_the_servers_times_there_is_a_wait(void **state)
{
    (void)state;
    struct stored_request request = completed();
    request.sample.received = 0;
    request.sample.content_bytes = 12345678901; /* shares the place of the server's times */
    struct trace_life life = life_of(&request, &network);
    assert_phases(&life, "connect 100-150, send 150-170, wait 170-820, read 820-850");
    assert_false(life.told);
    assert_int_equal(count(&life, TRACE_RECEIVED), 0);
}

static void a_failed_request_ends_in_the_phase_that_it_reached(void **state)
{
    (void)state;
    struct stored_request request = completed();
    request.sample.outcome = OUTCOME_CLOSED;
    request.sample.first_byte = -1;
    request.sample.received = 0;
    struct trace_life life = life_of(&request, &network);
    assert_phases(&life, "connect 100-150, send 150-170, wait 170-850");
    request.sample.sent = -1;
    life = life_of(&request, &network);
    assert_phases(&life, "connect 100-150, send 150-850");
    request.sample.connected = -1;
    life = life_of(&request, &network);
    assert_phases(&life, "connect 100-850");
    request.sample.outcome = OUTCOME_UNFINISHED;
    request.sample.end = -1;
    life = life_of(&request, &network);
    assert_phases(&life, "connect 100-9000");
    request.sample.start = 9500; /* later than what is known of the run's end */
    life = life_of(&request, &network);
    assert_phases(&life, "");
}

static void work_and_drivers_that_send_nothing(void **state)
{
    (void)state;
    const struct trace_run jobs = {.has_jobs = true}, nothing = {0};
    struct stored_request request = completed();
    request.sample.connected = request.sample.sent = request.sample.first_byte = 100;
    struct trace_life life = life_of(&request, &jobs);
    assert_phases(&life, "work 100-850");
    assert_int_equal(count(&life, TRACE_CONNECTED), 0);
    life = life_of(&request, &nothing);
    assert_phases(&life, "");
}

static void long_connects_have_retransmissions(void **state)
{
    (void)state;
    struct stored_request request = completed();
    struct trace_run run = network;
    request.sample.outcome = OUTCOME_CONNECT;
    request.sample.connected = request.sample.sent = request.sample.first_byte = -1;
    request.sample.end = 3100 * NSEC_PER_MSEC;
    struct trace_life life = life_of(&request, &run);
    assert_int_equal(count(&life, TRACE_RETRANSMISSION), 2);
    assert_int_equal(count(&life, TRACE_OVERFLOW), 2);
    run.linear_timeouts = 4;
    life = life_of(&request, &run);
    assert_int_equal(count(&life, TRACE_RETRANSMISSION), 3);
    run.infers_overflows = false;
    life = life_of(&request, &run);
    assert_int_equal(count(&life, TRACE_OVERFLOW), 0);
    request.sample.end = INT64_C(4000) * NSEC_PER_SEC; /* there is room for every step */
    life = life_of(&request, &run);
    assert_int_equal(count(&life, TRACE_RETRANSMISSION), TRACE_RETRANSMISSIONS_MAX);
    run.infers_retransmissions = false;
    life = life_of(&request, &run);
    assert_int_equal(count(&life, TRACE_RETRANSMISSION), 0);
}

static void retransmissions_follow_the_kernels_rule(void **state)
{
    (void)state;
    assert_int_equal(tcp_syn_linear_timeouts("", "Linux 6.4.99"), 0);
    assert_int_equal(tcp_syn_linear_timeouts("", "Linux 6.5.0-1-amd64"), 4);
    assert_int_equal(tcp_syn_linear_timeouts("", "Linux 7.0"), 4);
    assert_int_equal(tcp_syn_linear_timeouts("", ""), 0);
    assert_int_equal(tcp_syn_linear_timeouts("2", "Linux 6.1"), 2);
    const nsec_t doubling[] = {1, 3, 7, 15}, linear[] = {1, 2, 3, 4, 5, 7, 11};
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(tcp_syn_retransmission(i + 1, 0), doubling[i] * NSEC_PER_SEC);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(tcp_syn_retransmission(i + 1, 4), linear[i] * NSEC_PER_SEC);
    assert_int_equal(tcp_syn_retransmissions(900 * NSEC_PER_MSEC, 4), 0);
    assert_int_equal(tcp_syn_retransmissions(TCP_SYN_RETRANSMISSION_LEAST, 4), 1);
    assert_int_equal(tcp_syn_retransmissions(3 * NSEC_PER_SEC, 0), 2);
    assert_int_equal(tcp_syn_retransmissions(3 * NSEC_PER_SEC, 4), 3);
    assert_true(tcp_syn_retransmissions(INT64_MAX / 2, 0) > 20); /* ends */
}

static void the_queue_has_the_least_first(void **state)
{
    (void)state;
    struct trace_queue queue = {0};
    char items[500];
    unsigned random = 1;
    for (int i = 0; i < 500; i++) {
        random = random * 1103515245 + 12345;
        trace_queue_put(&queue, (struct trace_queued){.key = random >> 16 & 63,
                                                      .rank = random >> 24 & 1,
                                                      .item = &items[i]});
    }
    struct trace_queued last = trace_queue_take(&queue);
    for (int i = 1; i < 500; i++) {
        assert_non_null(trace_queue_first(&queue));
        struct trace_queued next = trace_queue_take(&queue);
        assert_true(last.key <= next.key);
        if (last.key == next.key)
            assert_true(last.rank < next.rank ||
                        (last.rank == next.rank && (char *)last.item < (char *)next.item));
        last = next;
    }
    assert_null(trace_queue_first(&queue));
    trace_queue_release(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_completed_request_has_the_phases_of_the_breakdown),
        cmocka_unit_test(phases_stay_within_the_request),
        cmocka_unit_test(a_late_start_was_due_before),
        cmocka_unit_test(without_the_servers_times_there_is_a_wait),
        cmocka_unit_test(a_failed_request_ends_in_the_phase_that_it_reached),
        cmocka_unit_test(work_and_drivers_that_send_nothing),
        cmocka_unit_test(long_connects_have_retransmissions),
        cmocka_unit_test(retransmissions_follow_the_kernels_rule),
        cmocka_unit_test(the_queue_has_the_least_first),
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
