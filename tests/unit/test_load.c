/* What a driver gets: the bounds of its requests, the indices it draws (each once, from any number
 * of threads, none after the deadline), and the words for how a request ended. */
#include "engine/load.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workloads.h"

static void bounds_repeat_and_cover_all_magnitudes(void **state)
{
    (void)state;
    enum { N = 16000 };
    struct load load = {.seed = 5}, other = {.seed = 6};
    unsigned zeros = 0, small = 0, large = 0, differ = 0;
    for (size_t i = 0; i < N; i++) {
        int64_t bound = load_bound(&load, i);
        assert_true(bound >= 0 && bound <= 1000000000);
        assert_int_equal(load_bound(&load, i), bound);
        zeros += bound == 0;
        small += bound > 0 && bound <= 10;
        large += bound > 1000000;
        differ += bound != load_bound(&other, i);
    }
    assert_in_range(zeros, N / 16 - 200, N / 16 + 200); /* six standard deviations */
    assert_true(small > N / 8);
    assert_true(large > N / 16);
    assert_true(differ > N / 2);
}

enum { DRAWERS = 4, DRAWN = 20000 };

static void *draw_all(void *argument)
{
    struct batch *batch = argument;
    ptrdiff_t index;
    while ((index = batch_next(batch)) != BATCH_OVER)
        batch->samples[index].slot++; /* one writer a slot: the thread sanitizer agrees */
    return NULL;
}

static void every_index_is_handed_out_once(void **state)
{
    (void)state;
    static struct sample samples[DRAWN + 1];
    struct batch batch = {.requests = DRAWN, .samples = samples};
    pthread_t threads[DRAWERS];
    for (size_t i = 0; i < DRAWERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw_all, &batch), 0);
    for (size_t i = 0; i < DRAWERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < DRAWN; i++)
        assert_int_equal(samples[i].slot, 1);
    assert_int_equal(samples[DRAWN].slot, 0);
    assert_int_equal(batch_next(&batch), BATCH_OVER);
}

static void nothing_starts_after_the_deadline(void **state)
{
    (void)state;
    struct batch batch = {.requests = 10, .deadline = clock_now() + 3600 * NSEC_PER_SEC};
    assert_int_equal(batch_next(&batch), 0);
    assert_int_equal(batch_next(&batch), 1);
    batch.deadline = clock_now();
    assert_int_equal(batch_next(&batch), BATCH_OVER);
    assert_int_equal(atomic_load(&batch.next), 2); /* and the index is not lost */
}

/* Of no request more, and of a line little: a driver may keep one for each slot. */
static void there_is_room_for_every_request(void **state)
{
    (void)state;
    enum { N = 1000, LINE_MOST = 64 };
    for (int variant = 0; variant < 8; variant++) {
        bool http = variant & 1;
        struct load load = {.workload = workload_find(http ? "http" : "randint"),
                            .timing = variant & 2,
                            .keep_alive = variant & 4,
                            .server.authority = "127.0.0.1:65535"};
        struct batch batch = {.load = &load, .requests = N, .delay = PROTOCOL_DELAY_MAX};
        size_t room = load_request_bytes(&load);
        assert_in_range(room, 1, http ? PROTOCOL_REQUEST_BYTES : LINE_MOST);
        for (size_t i = 0; i < N; i++) {
            char text[PROTOCOL_REQUEST_BYTES];
            assert_in_range(load_request(&load, &batch, i, load_bound(&load, i), text), 1, room);
        }
        load.text = "GET / HTTP/1.1\r\n\r\n";
        assert_int_equal(load_request_bytes(&load), 0);
    }
    const struct load none = {.workload = workload_find("fib")};
    assert_int_equal(load_request_bytes(&none), 0);
}

static void every_outcome_has_its_words(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        assert_true(strlen(outcome_name((enum outcome)i)) > 0);
        assert_true(strlen(outcome_explain((enum outcome)i)) > 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(outcome_name((enum outcome)i), outcome_name((enum outcome)j));
    }
    assert_string_equal(outcome_name(OUTCOME_CONNECT), "connect");
    assert_string_equal(outcome_name(OUTCOME_COUNT), "unknown");
    assert_string_equal(outcome_explain(OUTCOME_COUNT), "unknown");
}

static size_t requested(const char *name, size_t requests)
{
    return workload_server_requests(workload_find(name), requests);
}

static void jobs_are_not_requested(void **state)
{
    (void)state;
    assert_int_equal(requested("randint", 100), 100);
    assert_int_equal(requested("fib", 100), 0);
    assert_int_equal(requested("nap", 100), 99);
    assert_int_equal(requested("nap", 0), 0);
    assert_int_equal(requested("messages-beside", 16), 15);
    assert_int_equal(requested("messages-beside", 17), 15);
    assert_int_equal(requested("messages-beside", 18), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_repeat_and_cover_all_magnitudes),
        cmocka_unit_test(every_index_is_handed_out_once),
        cmocka_unit_test(nothing_starts_after_the_deadline),
        cmocka_unit_test(there_is_room_for_every_request),
        cmocka_unit_test(every_outcome_has_its_words),
        cmocka_unit_test(jobs_are_not_requested),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
