/* The completion times of a run: from none completed to all, ties and failures, and the table. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workloads.h"

#include "bench/run/run_record.h"
#include "bench/show/table.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { SAMPLES = 1024, STARTED = 5000 };
static struct sample samples[SAMPLES];

/* A run of n requests, the i-th completed `ends[i]` ns after the run's start, or failed if below
 * 0. */
static struct completion_times times_of(const nsec_t *ends, size_t n)
{
    struct run_record record = {.requests = n, .samples = samples, .started = STARTED};
    usage_clear(&record.usage);
    for (size_t i = 0; i < n; i++)
        samples[i] = (struct sample){.start = STARTED,
                                     .end = STARTED + llabs(ends[i]),
                                     .outcome = ends[i] < 0 ? OUTCOME_CLOSED : OUTCOME_OK};
    run_record_digest(&record, &(const struct bench_case){.arrivals = ARRIVALS_CLOSED});
    return record.completions;
}

static void assert_times(struct completion_times times, nsec_t first, nsec_t half, nsec_t most,
                         nsec_t last)
{
    assert_int_equal(times.first, first);
    assert_int_equal(times.half, half);
    assert_int_equal(times.most, most);
    assert_int_equal(times.last, last);
}

static void nothing_completed_has_no_time(void **state)
{
    (void)state;
    static const nsec_t failed[] = {-10, -20};
    assert_times(times_of(NULL, 0), -1, -1, -1, -1);
    assert_times(times_of(failed, ARRAY_LEN(failed)), -1, -1, -1, -1);
}

static void one_response_is_first_and_last(void **state)
{
    (void)state;
    static const nsec_t ends[] = {70};
    assert_times(times_of(ends, 1), 70, 70, 70, 70);
}

static void the_order_of_the_requests_does_not_matter(void **state)
{
    (void)state;
    static const nsec_t two[] = {20, 10}, three[] = {30, 10, 20};
    static const nsec_t ten[] = {100, 20, 90, 40, 50, 60, 70, 80, 30, 10};
    static const nsec_t eleven[] = {100, 20, 90, 40, 50, 60, 70, 80, 30, 10, 110};
    assert_times(times_of(two, 2), 10, 10, 20, 20);
    assert_times(times_of(three, 3), 10, 20, 30, 30);
    assert_times(times_of(ten, 10), 10, 50, 90, 100);
    assert_times(times_of(eleven, 11), 10, 60, 100, 110);
}

static void failed_requests_are_no_responses(void **state)
{
    (void)state;
    static const nsec_t ends[] = {-1, 30, -5, 20, -90, 10};
    assert_times(times_of(ends, ARRAY_LEN(ends)), 10, 20, 30, 30);
}

static void ties_count_one_by_one(void **state)
{
    (void)state;
    static const nsec_t all[] = {8, 8, 8, 8}, rounds[] = {20, 10, 20, 10, 10, 20};
    assert_times(times_of(all, 4), 8, 8, 8, 8);
    assert_times(times_of(rounds, 6), 10, 10, 20, 20);
}

/* Sixteen rounds of 64. */
static void a_round_is_there_at_once(void **state)
{
    (void)state;
    nsec_t ends[SAMPLES];
    for (size_t i = 0; i < SAMPLES; i++)
        ends[i] = 100 * (nsec_t)(i * 5 % SAMPLES / 64 + 1);
    assert_times(times_of(ends, SAMPLES), 100, 800, 1500, 1600);
}

/* ---- the table ---- */

static struct case_summary make_case(const char *driver, size_t completed, double first,
                                     double last)
{
    struct case_summary s = {.c = {.driver = driver_find(driver),
                                   .workload = workload_find("randint"),
                                   .requests = 1024,
                                   .concurrency = 64,
                                   .backlog = 4096},
                             .completed = completed,
                             .makespan = {.n = 3, .median = last},
                             .first_response_s = first,
                             .half_completed_s = last / 2,
                             .most_completed_s = 0.9 * last,
                             .last_response_s = last};
    return s;
}

static char *print(const struct judgement *judgement)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_print_completion(judgement, GRID_TEXT, out);
    fclose(out);
    return text;
}

static void a_row_says_what_streaming_spares(void **state)
{
    (void)state;
    struct case_summary cases[] = {
        make_case("libev", 1024, 0.1, 1.6),  make_case("sequential", 10, 0.1, 1.0),
        make_case("null", 1024, 1e-6, 1e-3), make_case("poll", 1024, NAN, NAN),
        make_case("epoll", 1024, 0.1, 1.6),
    };
    cases[4].makespan.n = 0; /* INVALID */
    struct judgement judgement = {.cases = cases, .case_count = ARRAY_LEN(cases)};
    char *text = print(&judgement);
    assert_non_null(strstr(text, "100 ms"));
    assert_non_null(strstr(text, "800 ms"));
    assert_non_null(strstr(text, "1.44 s"));
    assert_non_null(strstr(text, "1.60 s"));
    assert_non_null(strstr(text, "6.2%"));
    assert_non_null(strstr(text, "10 of 1024"));
    assert_null(strstr(text, "1.00 s")); /* a run that was cut short has no last response */
    assert_null(strstr(text, "null"));
    assert_null(strstr(text, "poll"));
    assert_null(strstr(text, "nan"));
    free(text);
}

static void without_responses_there_is_no_table(void **state)
{
    (void)state;
    struct case_summary cases[] = {make_case("libev", 0, NAN, NAN)};
    struct judgement judgement = {.cases = cases, .case_count = 1};
    char *text = print(&judgement);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_completed_has_no_time),
        cmocka_unit_test(one_response_is_first_and_last),
        cmocka_unit_test(the_order_of_the_requests_does_not_matter),
        cmocka_unit_test(failed_requests_are_no_responses),
        cmocka_unit_test(ties_count_one_by_one),
        cmocka_unit_test(a_round_is_there_at_once),
        cmocka_unit_test(a_row_says_what_streaming_spares),
        cmocka_unit_test(without_responses_there_is_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
