/* The search for a driver's limit: the steps, the refinement after one failed, what decides that
 * one did, and what time and memory forbid. No clock and no machine: runs come out as the test
 * says. */
#include "bench/drive/candidate.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workloads.h"

/* ---- the steps ---- */

enum { STEPS_MOST = 64 };

struct walk {
    unsigned steps[STEPS_MOST];
    size_t count;
    struct ramp ramp;
};

/* Search where every C up to `most` passes; what is beyond fails with that hint. */
static struct walk walk(unsigned from, unsigned max, unsigned most, unsigned hint, bool exact)
{
    struct walk walk = {.count = 0};
    ramp_init(&walk.ramp, from, max, false);
    for (unsigned c; (c = ramp_next(&walk.ramp)) != 0;) {
        assert_true(walk.count < STEPS_MOST);
        walk.steps[walk.count++] = c;
        if (c <= most)
            ramp_passed(&walk.ramp, c);
        else
            ramp_failed(&walk.ramp, c, hint, exact);
    }
    return walk;
}

static void assert_steps(const struct walk *walk, const unsigned *expected, size_t n)
{
    assert_int_equal(walk->count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(walk->steps[i], expected[i]);
}

#define ASSERT_STEPS(walk, ...)                                                                    \
    do {                                                                                           \
        const unsigned expected[] = {__VA_ARGS__};                                                 \
        assert_steps(walk, expected, sizeof(expected) / sizeof(expected[0]));                      \
    } while (0)

/* Where the load is divided among processes, which goes far. */
static void it_goes_up_by_thirds_of_decades(void **state)
{
    (void)state;
    struct ramp ramp;
    static const unsigned expected[] = {1000, 3000, 10000, 30000, 100000, 300000, 700000};
    ramp_init(&ramp, 1000, 700000, true);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_int_equal(ramp_next(&ramp), expected[i]);
        ramp_passed(&ramp, expected[i]);
    }
    assert_int_equal(ramp_next(&ramp), 0);
    ramp_init(&ramp, 2, 1000000, true);
    ramp_passed(&ramp, 2);
    assert_int_equal(ramp_next(&ramp), 3);
    ramp_passed(&ramp, 999999);
    assert_int_equal(ramp_next(&ramp), 1000000);
}

static void it_doubles_up_to_the_top(void **state)
{
    (void)state;
    struct walk w = walk(1, 16, 1000, 0, false);
    ASSERT_STEPS(&w, 1, 2, 4, 8, 16);
    assert_int_equal(w.ramp.passed, 16);
    w = walk(1, 20, 1000, 0, false);
    ASSERT_STEPS(&w, 1, 2, 4, 8, 16, 20);
    w = walk(7, 7, 1000, 0, false);
    ASSERT_STEPS(&w, 7);
    w = walk(3, 10, 1000, 0, false);
    ASSERT_STEPS(&w, 3, 6, 10);
}

static void it_does_not_overflow(void **state)
{
    (void)state;
    struct walk w = walk(3u << 30, ~0u, ~0u, 0, false);
    ASSERT_STEPS(&w, 3u << 30, ~0u);
}

static void it_looks_closer_where_it_broke(void **state)
{
    (void)state;
    struct walk w = walk(256, 65536, 1500, 0, false);
    /* 1024 holds, 2048 breaks: the middle, and the middle of what is left, three times */
    ASSERT_STEPS(&w, 256, 512, 1024, 2048, 1536, 1280, 1408);
    assert_int_equal(w.ramp.passed, 1408);
    assert_int_equal(w.ramp.failed, 1536);
}

static void a_narrow_gap_is_close_enough(void **state)
{
    (void)state;
    struct walk w = walk(1000, 1050, 1000, 0, false);
    ASSERT_STEPS(&w, 1000, 1050);
    w = walk(1, 2, 1, 0, false);
    ASSERT_STEPS(&w, 1, 2);
}

static void a_first_step_that_breaks_is_the_end(void **state)
{
    (void)state;
    struct walk w = walk(8, 64, 3, 0, false);
    ASSERT_STEPS(&w, 8);
    assert_int_equal(w.ramp.passed, 0);
}

static void the_limit_that_was_met_says_where_to_look(void **state)
{
    (void)state;
    struct walk w = walk(64, 1024, 168, 168, true);
    ASSERT_STEPS(&w, 64, 128, 256, 168);
    assert_int_equal(w.ramp.passed, 168);
    /* Not exact: it may be a little more. */
    w = walk(64, 1024, 180, 168, false);
    ASSERT_STEPS(&w, 64, 128, 256, 168, 212, 190);
    /* It broke there, too: the hint was wrong, and is not tried again. */
    w = walk(64, 1024, 150, 168, true);
    ASSERT_STEPS(&w, 64, 128, 256, 168, 148, 158);
    /* A hint below what held already is none. */
    w = walk(64, 1024, 200, 100, true);
    ASSERT_STEPS(&w, 64, 128, 256, 192, 224, 208);
}

/* ---- a candidate ---- */

static const struct candidate_rules rules = {
    .from = 1, .max = 1024, .share = 0.5, .memory_share = 0.25, .repetitions = 1};

static struct candidate candidate_of(const struct driver *driver, const struct candidate_rules *r)
{
    struct candidate candidate;
    struct bench_case c = {.workload = workloads[0],
                           .arrivals = ARRIVALS_BURST,
                           .delay = NSEC_PER_SEC,
                           .backlog = 4096,
                           .predicted = -1};
    candidate_init(&candidate, driver, &c, r);
    return candidate;
}

static struct limits_result efficiency(double share)
{
    bool held = share >= rules.share;
    return (struct limits_result){.end = held ? LIMITS_RAMPING : LIMITS_SLOW,
                                  .worked = true,
                                  .efficiency = share,
                                  .limit.value = -1};
}

static struct limits_result failure(int errnum)
{
    struct limits_result quality = {
        .end = LIMITS_FAILED, .efficiency = NAN, .errnum = errnum, .limit.value = -1};
    strcpy(quality.reason, "it failed");
    return quality;
}

static const nsec_t LONG = 3600 * NSEC_PER_SEC;

static void run(struct candidate *candidate, unsigned c, struct limits_result quality)
{
    assert_true(candidate_next(candidate, -1, LONG));
    assert_int_equal(candidate->c.concurrency, c);
    assert_int_equal(candidate->c.requests, c);
    candidate_take(candidate, &quality, NSEC_PER_SEC, 0);
}

static void all_that_was_requested_for(void **state)
{
    (void)state;
    struct candidate_rules few = rules;
    few.max = 4;
    struct candidate candidate = candidate_of(driver_find("libev"), &few);
    run(&candidate, 1, efficiency(1));
    run(&candidate, 2, efficiency(0.9));
    run(&candidate, 4, efficiency(0.8));
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_true(candidate.over);
    assert_int_equal(candidate.row.ended.end, LIMITS_TOP);
    assert_int_equal(candidate.row.capacity, 4);
    assert_int_equal(candidate.row.worked, 4);
    assert_float_equal(candidate.row.best.efficiency, 0.8, 1e-9);
    candidate_release(&candidate);
}

static void two_slow_runs_of_three_are_too_slow(void **state)
{
    (void)state;
    struct candidate_rules two = rules;
    two.from = 512;
    struct candidate candidate = candidate_of(driver_find("libev"), &two);
    run(&candidate, 512, efficiency(0.9));
    run(&candidate, 1024, efficiency(0.4)); /* the machine's fault, perhaps */
    run(&candidate, 1024, efficiency(0.6)); /* the median of both holds */
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_int_equal(candidate.row.capacity, 1024);
    assert_float_equal(candidate.row.best.efficiency, 0.5, 1e-9);
    candidate_release(&candidate);

    candidate = candidate_of(driver_find("libev"), &two);
    run(&candidate, 512, efficiency(0.9));
    run(&candidate, 1024, efficiency(0.1));
    run(&candidate, 1024, efficiency(0.6));
    run(&candidate, 1024, efficiency(0.2));
    assert_int_equal(candidate.row.ended.end, LIMITS_SLOW);
    assert_int_equal(candidate.row.ended_at, 1024);
    assert_float_equal(candidate.row.ended.efficiency, 0.2, 1e-9);
    assert_int_equal(candidate.row.worked, 1024); /* slowly */
    run(&candidate, 768, efficiency(0.3));        /* two in a row need no third */
    run(&candidate, 768, efficiency(0.3));
    run(&candidate, 640, efficiency(0.7));
    assert_int_equal(candidate.row.capacity, 640);
    assert_int_equal(candidate.row.ended_at, 768);
    candidate_release(&candidate);
}

static void each_step_is_repeated_as_often_as_requested(void **state)
{
    (void)state;
    struct candidate_rules often = rules;
    often.repetitions = 5;
    struct candidate candidate = candidate_of(driver_find("libev"), &often);
    for (int i = 0; i < 5; i++)
        run(&candidate, 1, efficiency(i < 2 ? 0.1 : 0.7)); /* the median decides */
    assert_int_equal(candidate.row.capacity, 1);
    for (int i = 0; i < 5; i++)
        run(&candidate, 2, efficiency(i < 3 ? 0.1 : 0.7));
    assert_int_equal(candidate.row.ended.end, LIMITS_SLOW);
    candidate_release(&candidate);
}

static void one_failure_is_enough(void **state)
{
    (void)state;
    struct candidate_rules few = rules;
    few.from = 8;
    struct candidate candidate = candidate_of(driver_find("libev"), &few);
    run(&candidate, 8, efficiency(0.9));
    run(&candidate, 16, failure(EMFILE));
    assert_int_equal(candidate.row.ended.end, LIMITS_FAILED);
    assert_int_equal(candidate.row.ended.errnum, EMFILE);
    assert_string_equal(candidate.row.ended.reason, "it failed");
    run(&candidate, 12, efficiency(0.9));
    run(&candidate, 14, failure(ENOMEM));
    run(&candidate, 13, efficiency(0.9));
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_int_equal(candidate.row.ended.end, LIMITS_FAILED); /* of the least that broke */
    assert_int_equal(candidate.row.ended.errnum, ENOMEM);
    assert_int_equal(candidate.row.ended_at, 14);
    assert_int_equal(candidate.row.capacity, 13);
    candidate_release(&candidate);
}

static void wrong_figures_end_it_at_once(void **state)
{
    (void)state;
    struct candidate candidate = candidate_of(driver_find("libev"), &rules);
    struct limits_result wrong = failure(0);
    wrong.end = LIMITS_INVALID;
    run(&candidate, 1, efficiency(1));
    run(&candidate, 2, efficiency(1));
    run(&candidate, 4, wrong);
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_int_equal(candidate.row.ended.end, LIMITS_INVALID);
    candidate_release(&candidate);
}

static const struct driver limited = {
    .name = "limited", .concurrency_max = 5, .limited_by = "FD_SETSIZE"};

static void as_far_as_the_driver_itself_goes(void **state)
{
    (void)state;
    struct candidate candidate = candidate_of(&limited, &rules);
    run(&candidate, 1, efficiency(1));
    run(&candidate, 2, efficiency(1));
    run(&candidate, 4, efficiency(1));
    run(&candidate, 5, efficiency(1));
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_int_equal(candidate.row.ended.end, LIMITS_OWN);
    assert_int_equal(candidate.row.capacity, 5);
    assert_string_equal(candidate.row.ended.limit.name, "FD_SETSIZE");
    assert_int_equal(candidate.row.ended.limit.value, 5);
    candidate_release(&candidate);

    struct candidate_rules high = rules;
    high.from = 6;
    candidate = candidate_of(&limited, &high);
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_int_equal(candidate.row.ended.end, LIMITS_OWN);
    assert_int_equal(candidate.row.capacity, 0);
    assert_non_null(strstr(candidate.row.ended.reason, "limited by FD_SETSIZE"));
    candidate_release(&candidate);
}

static int cannot(const struct driver *self, struct error *why)
{
    (void)self;
    return error_set(why, "there is no such thing here");
}

static void a_driver_that_cannot_run_here(void **state)
{
    (void)state;
    const struct driver unusable = {.name = "unusable", .probe = cannot};
    struct candidate candidate = candidate_of(&unusable, &rules);
    assert_true(candidate.over);
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_int_equal(candidate.row.ended.end, LIMITS_UNUSABLE);
    assert_string_equal(candidate.row.ended.reason, "there is no such thing here");
    candidate_release(&candidate);
}

static void no_step_that_would_take_too_much_memory(void **state)
{
    (void)state;
    const int64_t mib = 1024 * 1024;
    struct candidate candidate = candidate_of(driver_find("libev"), &rules);
    struct limits_result fine = efficiency(0.9);
    assert_true(candidate_next(&candidate, 100 * mib, LONG));
    candidate_take(&candidate, &fine, NSEC_PER_SEC, 6 * mib);
    assert_true(candidate_next(&candidate, 100 * mib, LONG)); /* 12 of 100 MiB */
    candidate_take(&candidate, &fine, NSEC_PER_SEC, 13 * mib);
    assert_false(candidate_next(&candidate, 100 * mib, LONG)); /* 26 of 100 */
    assert_true(candidate.over);
    assert_int_equal(candidate.row.ended.end, LIMITS_MEMORY);
    assert_int_equal(candidate.row.ended_at, 4);
    assert_int_equal(candidate.row.capacity, 2);
    assert_non_null(
        strstr(candidate.row.ended.reason, "26.0 MiB of memory, more than 25% of the 100.0 MiB"));
    candidate_release(&candidate);
}

/* Nothing was measured yet, but each request has a sample. */
static void nor_a_first_step(void **state)
{
    (void)state;
    struct candidate candidate = candidate_of(driver_find("libev"), &rules);
    assert_false(candidate_next(&candidate, 4 * 143, LONG));
    assert_int_equal(candidate.row.ended.end, LIMITS_MEMORY);
    candidate_release(&candidate);
    candidate = candidate_of(driver_find("libev"), &rules);
    assert_true(candidate_next(&candidate, 4 * 144, LONG));
    candidate_release(&candidate);
}

static void no_step_that_would_take_too_long(void **state)
{
    (void)state;
    struct candidate candidate = candidate_of(driver_find("libev"), &rules);
    struct limits_result fine = efficiency(0.9);
    assert_false(candidate_next(&candidate, -1, NSEC_PER_SEC)); /* the delay and more */
    assert_int_equal(candidate.row.ended.end, LIMITS_TIME);
    candidate_release(&candidate);

    candidate = candidate_of(driver_find("libev"), &rules);
    assert_true(candidate_next(&candidate, -1, 2 * NSEC_PER_SEC));
    candidate_take(&candidate, &fine, NSEC_PER_SEC + 400 * NSEC_PER_MSEC, 0);
    assert_true(candidate_next(&candidate, -1, 2 * NSEC_PER_SEC)); /* 1.8 s */
    candidate_take(&candidate, &fine, NSEC_PER_SEC + 600 * NSEC_PER_MSEC, 0);
    assert_false(candidate_next(&candidate, -1, 2 * NSEC_PER_SEC)); /* 2.2 s */
    assert_int_equal(candidate.row.ended.end, LIMITS_TIME);
    assert_int_equal(candidate.row.ended_at, 4);
    candidate_release(&candidate);
}

static void a_step_is_settled_by_the_runs_it_has(void **state)
{
    (void)state;
    struct candidate candidate = candidate_of(driver_find("libev"), &rules);
    run(&candidate, 1, efficiency(0.9));
    run(&candidate, 2, efficiency(0.3)); /* and no time to make sure */
    assert_false(candidate_next(&candidate, -1, 0));
    assert_int_equal(candidate.row.ended.end, LIMITS_SLOW);
    assert_int_equal(candidate.row.ended_at, 2);
    assert_int_equal(candidate.row.capacity, 1);
    candidate_release(&candidate);

    struct candidate_rules often = rules;
    often.repetitions = 5;
    candidate = candidate_of(driver_find("libev"), &often);
    run(&candidate, 1, efficiency(0.9));
    assert_false(candidate_next(&candidate, -1, 0));
    assert_int_equal(candidate.row.ended.end, LIMITS_TIME);
    assert_int_equal(candidate.row.ended_at, 2);
    assert_int_equal(candidate.row.capacity, 1);
    candidate_release(&candidate);
}

static void where_it_broke_stays_the_end(void **state)
{
    (void)state;
    struct candidate candidate = candidate_of(driver_find("libev"), &rules);
    run(&candidate, 1, efficiency(1));
    run(&candidate, 2, efficiency(1));
    run(&candidate, 4, failure(EAGAIN));
    assert_false(candidate_next(&candidate, -1, 0)); /* no time for a closer look */
    assert_int_equal(candidate.row.ended.end, LIMITS_FAILED);
    assert_int_equal(candidate.row.ended.errnum, EAGAIN);
    candidate_release(&candidate);

    candidate = candidate_of(driver_find("libev"), &rules);
    run(&candidate, 1, efficiency(1));
    candidate_stop(&candidate, LIMITS_INTERRUPTED);
    assert_false(candidate_next(&candidate, -1, LONG));
    assert_int_equal(candidate.row.ended.end, LIMITS_INTERRUPTED);
    assert_int_equal(candidate.row.capacity, 1);
    candidate_release(&candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_up_by_thirds_of_decades),
        cmocka_unit_test(it_doubles_up_to_the_top),
        cmocka_unit_test(it_does_not_overflow),
        cmocka_unit_test(it_looks_closer_where_it_broke),
        cmocka_unit_test(a_narrow_gap_is_close_enough),
        cmocka_unit_test(a_first_step_that_breaks_is_the_end),
        cmocka_unit_test(the_limit_that_was_met_says_where_to_look),
        cmocka_unit_test(all_that_was_requested_for),
        cmocka_unit_test(two_slow_runs_of_three_are_too_slow),
        cmocka_unit_test(each_step_is_repeated_as_often_as_requested),
        cmocka_unit_test(one_failure_is_enough),
        cmocka_unit_test(wrong_figures_end_it_at_once),
        cmocka_unit_test(as_far_as_the_driver_itself_goes),
        cmocka_unit_test(a_driver_that_cannot_run_here),
        cmocka_unit_test(no_step_that_would_take_too_much_memory),
        cmocka_unit_test(nor_a_first_step),
        cmocka_unit_test(no_step_that_would_take_too_long),
        cmocka_unit_test(a_step_is_settled_by_the_runs_it_has),
        cmocka_unit_test(where_it_broke_stays_the_end),
    };
    return cmocka_run_group_tests_name("ramp", tests, NULL, NULL);
}
