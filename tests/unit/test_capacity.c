/* Objectives, and the search for the highest rate that meets one: by hand, and on models whose
 * capacity is known. */
#include "bench/judge/capacity.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/stats.h"
#include "lib/rng.h"

static struct slo slo_of(const char *text)
{
    struct slo slo;
    struct error error;
    assert_int_equal(slo_parse(&slo, text, &error), 0);
    return slo;
}

static void objectives_as_written(void **state)
{
    (void)state;
    struct slo slo = slo_of("p99<20ms");
    assert_true(fabs(slo.share - 0.01) < 1e-12);
    assert_int_equal(slo.limit, 20 * NSEC_PER_MSEC);
    slo = slo_of("p99.9<1s");
    assert_true(fabs(slo.share - 0.001) < 1e-12);
    slo = slo_of("errors<0.1%");
    assert_true(fabs(slo.share - 0.001) < 1e-12);
    assert_int_equal(slo.limit, 0);
}

static void no_objectives(void **state)
{
    (void)state;
    static const char *const texts[] = {"",        "p99",     "p99<",      "p<20ms",      "p0<20ms",
                                        "p100<1s", "p99<0",   "p99>20ms",  "99<20ms",     "p99<20",
                                        "p9x<1s",  "errors<", "errors<0%", "errors<100%", "p1e1<1s",
                                        "p-9<1s",  "pnan<1s", "p99<-1ms"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct slo slo;
        struct error error;
        assert_int_equal(slo_parse(&slo, texts[i], &error), -1);
    }
}

/* The smallest share has 30 violations in the longest run. */
static void objectives_that_cannot_be_decided(void **state)
{
    (void)state;
    static const char *const texts[] = {"errors<0.000001%", "errors<0.0000299%", "errors<1e-300",
                                        "errors<0.0000000000000000000000000000001"};
    struct error error;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct slo slo;
        assert_int_equal(slo_parse(&slo, texts[i], &error), -1);
    }
    struct slo slo;
    assert_int_equal(slo_parse(&slo, "errors<0.000001%", &error), -1);
    assert_non_null(strstr(error.text, "cannot be decided"));
    slo = slo_of("errors<0.00003%");
    assert_in_range(slo_requests(&slo), CASE_REQUESTS_MAX - 1, CASE_REQUESTS_MAX);
    slo = slo_of("p99.999<1s");
    assert_in_range(slo_requests(&slo), 2999999, 3000001);
}

/* Of 3000 requests 30 may violate a p99. */
static void outcomes_by_the_binomial(void **state)
{
    (void)state;
    struct slo slo = slo_of("p99<20ms");
    assert_int_equal(slo_requests(&slo), 3000);
    assert_int_equal(slo_judge(&slo, 3000, 0), SLO_MET);
    assert_int_equal(slo_judge(&slo, 3000, 20), SLO_MET);
    assert_int_equal(slo_judge(&slo, 3000, 21), SLO_UNCLEAR);
    assert_int_equal(slo_judge(&slo, 3000, 39), SLO_UNCLEAR);
    assert_int_equal(slo_judge(&slo, 3000, 40), SLO_VIOLATED);
    assert_int_equal(slo_judge(&slo, 298, 0), SLO_UNCLEAR); /* 0.99^298 is above 5% */
    assert_int_equal(slo_judge(&slo, 299, 0), SLO_MET);
    assert_int_equal(slo_judge(&slo, 1, 1), SLO_VIOLATED);
    assert_int_equal(slo_judge(&slo, 0, 0), SLO_UNCLEAR);
}

static void violations_are_late_or_failed(void **state)
{
    (void)state;
    struct sample samples[3] = {
        {.outcome = OUTCOME_OK, .start = 100, .end = 100 + NSEC_PER_MSEC - 1},
        {.outcome = OUTCOME_OK, .start = 100, .end = 100 + NSEC_PER_MSEC},
        {.outcome = OUTCOME_CLOSED, .start = 100, .end = 200},
    };
    struct run_record record = {.samples = samples, .requests = 3};
    struct slo slo = slo_of("p99<1ms");
    assert_int_equal(slo_violations(&slo, &record), 2);
    slo = slo_of("errors<1%");
    assert_int_equal(slo_violations(&slo, &record), 1);
    /* Latency runs from the intended start. */
    const nsec_t schedule[3] = {-NSEC_PER_MSEC, 0, 0};
    record.schedule = schedule;
    slo = slo_of("p99<1ms");
    assert_int_equal(slo_violations(&slo, &record), 3);
}

/* The limit is of the hundred completed requests, 1 to 100 ms, and not of those that failed. */
static void the_latency_that_is_limited(void **state)
{
    (void)state;
    struct sample samples[101] = {{.outcome = OUTCOME_CLOSED}};
    struct run_record record = {.samples = samples, .requests = 101};
    for (int i = 1; i <= 100; i++)
        samples[i] =
            (struct sample){.outcome = OUTCOME_OK, .start = 7, .end = 7 + i * NSEC_PER_MSEC};
    struct slo p90 = slo_of("p90<1ms"), p99 = slo_of("p99<1ms"), p999 = slo_of("p99.9<1ms"),
               errors = slo_of("errors<1%");
    assert_int_equal(slo_latency(&p90, &record), 90 * NSEC_PER_MSEC);
    assert_int_equal(slo_latency(&p99, &record), 99 * NSEC_PER_MSEC);
    assert_int_equal(slo_latency(&p999, &record), -1);
    assert_int_equal(slo_latency(&errors, &record), 99 * NSEC_PER_MSEC);
    record.audit.overloaded = true;
    assert_int_equal(slo_latency(&p90, &record), -1);
}

/* ---- what a run says ---- */

/* 100 requests of a run that ended as it should, all completed. */
static struct run_record finished(struct measure_page *page)
{
    *page = (struct measure_page){.stage = MEASURE_COMPLETE};
    return (struct run_record){.page = page, .requests = 100, .completed = 100, .started = 1};
}

static void a_run_that_was_carried_out_stands(void **state)
{
    (void)state;
    struct measure_page page;
    struct run_record record = finished(&page);
    assert_int_equal(slo_standing(&record), SLO_STANDS);
    record.quality = QUALITY_NOISY;
    assert_int_equal(slo_standing(&record), SLO_DISTURBED);
    /* Failed requests are the server's. */
    record = finished(&page);
    record.quality = QUALITY_INVALID;
    record.completed = 90;
    record.failed = 10;
    record.failures[0] = (struct run_failure){OUTCOME_RECEIVE, ECONNRESET, 10};
    record.failure_kinds = 1;
    assert_int_equal(slo_standing(&record), SLO_STANDS);
    /* A server that is too slow for the rate is not absent. */
    record.server_absent = true;
    record.stopped = RUN_STOPPED_TIMEOUT;
    page.stage = MEASURE_RUN;
    assert_int_equal(slo_standing(&record), SLO_STANDS);
}

static void without_a_server_there_is_no_result(void **state)
{
    (void)state;
    struct measure_page page;
    struct run_record record = finished(&page);
    record.server_died = true;
    assert_int_equal(slo_standing(&record), SLO_NO_RESULT);
    record = finished(&page);
    record.server_absent = true; /* it refuses connections */
    assert_int_equal(slo_standing(&record), SLO_NO_RESULT);
    record = finished(&page);
    record.started = 0; /* the warm-up failed */
    record.completed = 0;
    assert_int_equal(slo_standing(&record), SLO_NO_RESULT);
    record = finished(&page);
    page.stage = MEASURE_RUN; /* the measured process was killed */
    assert_int_equal(slo_standing(&record), SLO_NO_RESULT);
    record.stopped = RUN_STOPPED_TIMEOUT;
    record.completed = 0; /* and nothing came of it */
    record.server_absent = true;
    assert_int_equal(slo_standing(&record), SLO_NO_RESULT);
}

static void what_limits_the_driver_is_none_of_the_server_s(void **state)
{
    (void)state;
    static const struct run_failure failures[] = {{OUTCOME_NO_WORKER, EAGAIN, 1},
                                                  {OUTCOME_NO_SOCKET, EMFILE, 1},
                                                  {OUTCOME_CONNECT, EADDRNOTAVAIL, 1},
                                                  {OUTCOME_LOST, 0, 1}};
    struct measure_page page;
    struct run_record record = finished(&page);
    record.quality = QUALITY_INVALID; /* half of the requests were late */
    assert_int_equal(slo_standing(&record), SLO_DRIVER_LIMITED);
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        record = finished(&page);
        record.quality = QUALITY_INVALID;
        record.completed--;
        record.failed++;
        record.failures[0] = failures[i];
        record.failure_kinds = 1;
        assert_int_equal(slo_standing(&record), SLO_DRIVER_LIMITED);
    }
}

/* ---- the search ---- */

static const struct capacity_rules RULES = {.from = 100, .max = 100000, .width = 0.05};

/* A server that meets the objective below its capacity, always. Returns the number of runs. */
static unsigned search_exactly(struct capacity_search *search, double capacity)
{
    unsigned rate, runs = 0;
    capacity_begin(search, &RULES);
    for (; (rate = capacity_next(search)); runs++)
        capacity_take(search, rate, rate < capacity ? SLO_MET : SLO_VIOLATED);
    return runs;
}

static void an_exact_capacity_is_found(void **state)
{
    (void)state;
    struct capacity_search search;
    for (int i = 0; i < 20; i++) {
        double capacity = 3.7 * pow(1.7, i);
        assert_in_range(search_exactly(&search, capacity), 4, 30);
        struct capacity_range range = capacity_range(&search);
        assert_true(range.low < capacity && range.high >= capacity);
        assert_true(range.high <= 1.05 * range.low || range.high == range.low + 1);
    }
}

static void every_rate_meets_it(void **state)
{
    (void)state;
    struct capacity_search search;
    search_exactly(&search, 1e9);
    struct capacity_range range = capacity_range(&search);
    assert_int_equal(range.low, 100000);
    assert_int_equal(range.high, 0);
}

static void no_rate_meets_it(void **state)
{
    (void)state;
    struct capacity_search search;
    search_exactly(&search, 0);
    struct capacity_range range = capacity_range(&search);
    assert_int_equal(range.low, 0);
    assert_int_equal(range.high, 1);
}

/* Rates at which it is neither met nor violated are within the range. */
static void unclear_rates_lie_within(void **state)
{
    (void)state;
    struct capacity_search search;
    unsigned rate, runs = 0;
    capacity_begin(&search, &RULES);
    for (; (rate = capacity_next(&search)) && runs < 1000; runs++)
        capacity_take(&search, rate,
                      rate < 500   ? SLO_MET
                      : rate < 540 ? SLO_UNCLEAR
                                   : SLO_VIOLATED);
    assert_in_range(runs, 4, 40);
    assert_in_range(capacity_range(&search).low, 493, 499);
    assert_in_range(capacity_range(&search).high, 540, 547);
}

static void all_unclear(void **state)
{
    (void)state;
    struct capacity_search search;
    unsigned rate, runs = 0;
    capacity_begin(&search, &RULES);
    for (; (rate = capacity_next(&search)) && runs < 1000; runs++)
        capacity_take(&search, rate, SLO_UNCLEAR);
    assert_int_equal(runs, 2 * 11); /* 11 rates up to the highest, each twice */
    assert_int_equal(capacity_range(&search).low, 0);
    assert_int_equal(capacity_range(&search).high, 0);
}

/* The first rate failed by chance: what passes above it makes it be tried again. */
static void a_wrong_outcome_is_put_right(void **state)
{
    (void)state;
    struct capacity_search search;
    unsigned rate, runs = 0;
    capacity_begin(&search, &RULES);
    for (; (rate = capacity_next(&search)); runs++)
        capacity_take(&search, rate, rate < 5000 && runs != 3 ? SLO_MET : SLO_VIOLATED);
    assert_true(capacity_range(&search).low < 5000 && capacity_range(&search).high >= 5000);
}

/* From 3200 on the driver is late: the search ends there, after three runs, and says no capacity.
 */
static void a_rate_that_the_driver_cannot_offer(void **state)
{
    (void)state;
    struct capacity_search search;
    unsigned rate, runs = 0, late = 0;
    capacity_begin(&search, &RULES);
    for (; (rate = capacity_next(&search)) && runs < 1000; runs++) {
        late += rate >= 3200;
        capacity_take(&search, rate, rate >= 3200 ? SLO_INVALID : SLO_MET);
    }
    assert_int_equal(runs, 5 + 3);
    assert_int_equal(late, 3);
    struct capacity_range range = capacity_range(&search);
    assert_int_equal(range.low, 1600);
    assert_int_equal(range.high, 0);
    assert_int_equal(range.driver_limit, 3200);
}

/* One late run is repeated, with as few requests as a first one, and changes nothing. */
static void a_driver_that_was_late_once(void **state)
{
    (void)state;
    struct capacity_search search;
    unsigned rate, runs = 0;
    capacity_begin(&search, &RULES);
    for (; (rate = capacity_next(&search)) && runs < 1000; runs++) {
        bool first = rate == 3200 && !capacity_has_tried(&search, rate) &&
                     search.rates[search.count - 1].rate < rate;
        capacity_take(&search, rate, first ? SLO_INVALID : rate < 5000 ? SLO_MET : SLO_VIOLATED);
        if (first)
            assert_false(capacity_has_tried(&search, rate));
    }
    struct capacity_range range = capacity_range(&search);
    assert_true(range.low < 5000 && range.high >= 5000 && !range.driver_limit);
}

/* Where there was no server nothing is known; others disturbed a run; it counts; it is invalid. */
static void steps_are_taken_as_they_were(void **state)
{
    (void)state;
    struct capacity_search search;
    struct capacity_step step = {.rate = 100, .outcome = SLO_NONE};
    capacity_begin(&search, &RULES);
    capacity_take_step(&search, &step);
    assert_int_equal(search.count, 0);
    step.outcome = SLO_VIOLATED;
    capacity_take_step(&search, &step);
    assert_int_equal(search.rates[0].noisy.violated, 1);
    step.outcome = SLO_INVALID;
    capacity_take_step(&search, &step);
    assert_int_equal(search.rates[0].invalid, 1);
    step.outcome = SLO_MET;
    step.counts = true;
    capacity_take_step(&search, &step);
    assert_int_equal(search.rates[0].quiet.met, 1);
    assert_int_equal(search.rates[0].noisy.violated, 1);
}

/* ---- on a busy machine ---- */

static void take_noisy(struct capacity_search *search, unsigned rate, const char *outcomes)
{
    for (; *outcomes; outcomes++) {
        struct capacity_step step = {.rate = rate,
                                     .outcome = *outcomes == 'm'   ? SLO_MET
                                                : *outcomes == 'v' ? SLO_VIOLATED
                                                                   : SLO_UNCLEAR};
        capacity_take_step(search, &step);
    }
}

/* At 100/s it was met. */
static struct capacity_search met_at_100(void)
{
    struct capacity_search search;
    capacity_begin(&search, &RULES);
    capacity_take(&search, 100, SLO_MET);
    return search;
}

/* The third of five was lucky. */
static void of_noisy_runs_the_majority_decides(void **state)
{
    (void)state;
    struct capacity_search search = met_at_100();
    take_noisy(&search, 154, "vv");
    assert_int_equal(capacity_next(&search), 154);
    take_noisy(&search, 154, "m");
    assert_int_equal(capacity_range(&search).high, 154);
    assert_int_equal(capacity_next(&search), 124);
    take_noisy(&search, 154, "vv");
    assert_int_equal(capacity_range(&search).low, 100);
    assert_int_equal(capacity_range(&search).high, 154);
    assert_true(capacity_range(&search).noisy);
}

/* Each three count as one run, and all of them for what most of all were. */
static void later_noisy_runs_can_change_it(void **state)
{
    (void)state;
    struct capacity_search search = met_at_100();
    take_noisy(&search, 200, "mmv");
    assert_int_equal(capacity_range(&search).low, 200);
    take_noisy(&search, 200, "vvv");
    assert_int_equal(capacity_range(&search).low, 100);
    assert_int_equal(capacity_range(&search).high, 200);
}

static void no_majority_is_unclear(void **state)
{
    (void)state;
    struct capacity_search search = met_at_100();
    take_noisy(&search, 200, "mvu");
    assert_int_equal(capacity_range(&search).low, 100);
    assert_int_equal(capacity_range(&search).high, 0);
    assert_int_equal(capacity_next(&search), 200); /* as after any that was not clear */
    take_noisy(&search, 200, "mv");
    capacity_take(&search, 200, SLO_VIOLATED);
    assert_int_equal(capacity_range(&search).high, 200);
}

/* Other runs of the rate count, and these are not three in a row. */
static void a_few_noisy_runs_decide_nothing(void **state)
{
    (void)state;
    struct capacity_search search = met_at_100();
    struct capacity_step step = {.rate = 200, .outcome = SLO_VIOLATED};
    take_noisy(&search, 200, "vv");
    capacity_take(&search, 200, SLO_MET);
    take_noisy(&search, 200, "vv");
    assert_int_equal(capacity_range(&search).low, 200);
    assert_false(capacity_range(&search).noisy);
    assert_false(capacity_step_decides(&search, &step));
    take_noisy(&search, 200, "v");
    assert_true(capacity_range(&search).noisy);
    assert_true(capacity_step_decides(&search, &step));
    step.outcome = SLO_NONE;
    assert_false(capacity_step_decides(&search, &step));
}

/* What is known of a rate with a few NOISY runs and no others is what most of them say. */
static void what_noisy_runs_say_so_far(void **state)
{
    (void)state;
    struct capacity_search search;
    struct capacity_step step = {.rate = 100, .outcome = SLO_VIOLATED};
    capacity_begin(&search, &RULES);
    take_noisy(&search, 100, "v");
    assert_int_equal(capacity_range(&search).high, 100);
    assert_true(capacity_range(&search).noisy);
    assert_true(capacity_step_decides(&search, &step));
    assert_int_equal(capacity_next(&search), 100);
    assert_false(capacity_has_tried(&search, 100));
}

static void every_run_is_noisy(void **state)
{
    (void)state;
    struct capacity_search search;
    unsigned rate, runs = 0;
    capacity_begin(&search, &RULES);
    for (; (rate = capacity_next(&search)) && runs < 1000; runs++)
        take_noisy(&search, rate, rate < 5000 ? "m" : "v");
    assert_in_range(runs, 3 * 10, 3 * 30);
    assert_true(capacity_range(&search).low < 5000 && capacity_range(&search).high >= 5000);
    assert_true(capacity_range(&search).noisy);
}

static void ranges_in_words(void **state)
{
    (void)state;
    static const struct {
        struct capacity_range range;
        const char *words;
    } rows[] = {{{.low = 200, .high = 400}, "200 to 400/s"},
                {{.low = 200}, "at least 200/s"},
                {{.high = 400}, "below 400/s"},
                {{.low = 0}, "not known yet"},
                {{.low = UINT32_MAX, .high = UINT32_MAX}, "4294967295 to 4294967295/s"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[CAPACITY_TEXT_BYTES];
        assert_string_equal(capacity_range_text(&rows[i].range, text), rows[i].words);
    }
}

static void more_rates_than_there_is_room_for(void **state)
{
    (void)state;
    struct {
        struct capacity_search search;
        unsigned char after[64];
    } place;
    memset(place.after, 0x5a, sizeof(place.after));
    capacity_begin(&place.search, &RULES);
    for (unsigned rate = 1000; rate > 0; rate--)
        capacity_take(&place.search, rate, SLO_MET);
    assert_int_equal(place.search.count, CAPACITY_RATES_MAX);
    for (size_t i = 0; i < sizeof(place.after); i++)
        assert_int_equal(place.after[i], 0x5a);
}

/* Violations are independent, and their share rises with the rate as that of a queue does: allowed
 * at the capacity, tenfold at 1.2 times as much. */
static enum slo_outcome draw(const struct slo *slo, double rate, double capacity, struct rng *rng)
{
    double chance = fmin(1, slo->share * pow(rate / capacity, log(10) / log(1.2)));
    size_t n = slo_requests(slo), violations = 0;
    for (size_t i = 0; i < n; i++)
        violations += (double)(rng_next(rng) >> 11) / 9007199254740992.0 < chance;
    return slo_judge(slo, n, violations);
}

/* 1000 searches: the range has to hold the capacity in 90% of them. */
static void the_range_holds_the_capacity(void **state)
{
    (void)state;
    struct slo slo = slo_of("p99<20ms");
    struct rng rng;
    unsigned held = 0, runs = 0;
    double widest = 0, widths = 0;
    rng_init(&rng, 11);
    for (int trial = 0; trial < 1000; trial++) {
        struct capacity_search search;
        double capacity = 200.0 + (double)rng_upto(&rng, 20000);
        unsigned rate;
        capacity_begin(&search, &RULES);
        for (; (rate = capacity_next(&search)); runs++)
            capacity_take(&search, rate, draw(&slo, rate, capacity, &rng));
        struct capacity_range range = capacity_range(&search);
        held += range.low <= capacity && capacity <= range.high;
        widest = fmax(widest, (double)range.high / range.low - 1);
        widths += (double)range.high / range.low - 1;
    }
    print_message("held in %u of 1000, %.1f runs each, %.1f%% wide, at most %.1f%%\n", held,
                  runs / 1000.0, widths / 10, 100 * widest);
    assert_true(held >= 900);
    assert_true(widths / 1000 <= 0.10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objectives_as_written),
        cmocka_unit_test(no_objectives),
        cmocka_unit_test(objectives_that_cannot_be_decided),
        cmocka_unit_test(outcomes_by_the_binomial),
        cmocka_unit_test(violations_are_late_or_failed),
        cmocka_unit_test(the_latency_that_is_limited),
        cmocka_unit_test(a_run_that_was_carried_out_stands),
        cmocka_unit_test(without_a_server_there_is_no_result),
        cmocka_unit_test(what_limits_the_driver_is_none_of_the_server_s),
        cmocka_unit_test(an_exact_capacity_is_found),
        cmocka_unit_test(every_rate_meets_it),
        cmocka_unit_test(no_rate_meets_it),
        cmocka_unit_test(unclear_rates_lie_within),
        cmocka_unit_test(all_unclear),
        cmocka_unit_test(a_wrong_outcome_is_put_right),
        cmocka_unit_test(a_rate_that_the_driver_cannot_offer),
        cmocka_unit_test(a_driver_that_was_late_once),
        cmocka_unit_test(steps_are_taken_as_they_were),
        cmocka_unit_test(of_noisy_runs_the_majority_decides),
        cmocka_unit_test(later_noisy_runs_can_change_it),
        cmocka_unit_test(no_majority_is_unclear),
        cmocka_unit_test(a_few_noisy_runs_decide_nothing),
        cmocka_unit_test(what_noisy_runs_say_so_far),
        cmocka_unit_test(every_run_is_noisy),
        cmocka_unit_test(ranges_in_words),
        cmocka_unit_test(more_rates_than_there_is_room_for),
        cmocka_unit_test(the_range_holds_the_capacity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
