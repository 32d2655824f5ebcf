/* Evidence: a line holds where its whole interval does, fails where none of it does, and is
 * inconclusive between, with too few runs or with one that may not be believed. */
#include "bench/judge/flow.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/environment.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { BLOCKS = 6, FEW = 10, MANY = 30, KIB = 1024 };

static const char *const variants[] = {"many", "few"};

static struct store *store;
static struct bench_case cases[2];
static struct campaign_info info;
static struct evidence *evidence;

static void must(int result, const struct error *error)
{
    if (result < 0)
        fail_msg("%s", error->text);
}

static int begin(void **state)
{
    (void)state;
    struct error error;
    const struct bench_case usual = {.driver = driver_find("libev"),
                                     .workload = workload_find("randint"),
                                     .requests = 100,
                                     .concurrency = MANY,
                                     .delay = 5 * NSEC_PER_MSEC,
                                     .backlog = 4096,
                                     .predicted = -1};
    cases[0] = cases[1] = usual;
    cases[1].concurrency = FEW;
    struct plan plan = {.cases = cases, .case_count = 2, .repetitions = BLOCKS, .seed = 9};
    struct environment environment = {.count = 0};
    info = (struct campaign_info){.name = "evidence", .seed = 9, .repetitions = BLOCKS};
    store = store_open(STORE_IN_MEMORY, STORE_WRITE, &error);
    must(store ? 0 : -1, &error);
    must(store_begin_campaign(store, &info, &plan, &environment, &error), &error);
    return 0;
}

static int end(void **state)
{
    (void)state;
    evidence_free(evidence);
    evidence = NULL;
    store_close(store);
    return 0;
}

/* A run that took so long, grew by so much, and waited for nothing. */
static void add_run(size_t variant, unsigned block, nsec_t makespan, int64_t growth,
                    enum quality quality)
{
    struct run_record record = {.block = block,
                                .quality = quality,
                                .requests = 100,
                                .completed = 100,
                                .makespan = makespan,
                                .latency_p50 = -1,
                                .latency_p99 = -1,
                                .latency_max = -1,
                                .p50_interval = {-1, -1},
                                .p99_interval = {-1, -1},
                                .completions = {NSEC_PER_MSEC, makespan / 2, makespan, makespan}};
    struct error error;
    usage_clear(&record.usage);
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        record.breakdown.mean[p] = record.breakdown.p99[p] = -1;
    record.usage.value[USAGE_CLIENT][USAGE_RSS_GROWTH_BYTES] = growth;
    if (quality == QUALITY_INVALID)
        strcpy(record.reasons, "the test says so");
    must(store_add_run(store, cases[variant].id, &record, false, &error), &error);
}

/* Six runs of each: 2.0 to 2.5 s and 1.0 to 1.5 s. Each block has 5 KiB more of its own, and each
 * connection 2 KiB. */
static void add_blocks(unsigned blocks)
{
    for (unsigned b = 0; b < blocks; b++) {
        nsec_t more = b * NSEC_PER_SEC / 10;
        int64_t ground = 100 * KIB + b * 5 * KIB;
        add_run(0, b, 2 * NSEC_PER_SEC + more, ground + MANY * 2 * KIB, QUALITY_OK);
        add_run(1, b, NSEC_PER_SEC + more, ground + FEW * 2 * KIB, QUALITY_OK);
    }
}

static void read_evidence(void)
{
    struct error error;
    evidence = evidence_read(store, info.id, variants, ARRAY_LEN(variants), false, &error);
    must(evidence ? 0 : -1, &error);
}

static const struct evidence_line *last_line(void)
{
    const struct evidence_line *lines;
    size_t n = evidence_lines(evidence, &lines);
    assert_true(n > 0);
    return &lines[n - 1];
}

static void add(struct evidence_rule rule)
{
    evidence_add(evidence, &rule);
}

static void a_value_is_held_against_its_bound_with_its_interval(void **state)
{
    (void)state;
    static const struct {
        double bound;
        enum relation relation;
        enum finding finding;
    } requested[] = {
        {1.99, AT_LEAST, FINDING_HOLDS},       {2.25, AT_LEAST, FINDING_INCONCLUSIVE},
        {2.6, AT_LEAST, FINDING_FAILS},        {2.51, AT_MOST, FINDING_HOLDS},
        {2.25, AT_MOST, FINDING_INCONCLUSIVE}, {1.9, AT_MOST, FINDING_FAILS},
    };
    add_blocks(BLOCKS);
    read_evidence();
    for (size_t i = 0; i < ARRAY_LEN(requested); i++) {
        add((struct evidence_rule)VALUE("many", figure_makespan, "s", requested[i].relation,
                                        requested[i].bound, "makespan"));
        const struct evidence_line *line = last_line();
        assert_true(fabs(line->value - 2.25) < 1e-9);
        /* Of six runs: from the least to the largest, 1 - 2/2^6. */
        assert_true(line->interval.low == 2.0 && line->interval.high == 2.5);
        assert_true(fabs(line->interval.coverage - 0.96875) < 1e-12);
        assert_int_equal(line->runs, BLOCKS);
        assert_int_equal(line->finding, requested[i].finding);
    }
}

static void the_least_and_the_most_have_no_interval(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    read_evidence();
    add((struct evidence_rule)LEAST("few", figure_makespan, "s", AT_MOST, 1.05, "the fastest"));
    assert_true(last_line()->value == 1.0 && last_line()->interval.high == 1.0);
    assert_true(last_line()->interval.coverage == 0);
    assert_int_equal(last_line()->finding, FINDING_HOLDS);
    add((struct evidence_rule)MOST("few", figure_makespan, "s", AT_MOST, 1.05, "the slowest"));
    assert_true(last_line()->value == 1.5 && last_line()->interval.low == 1.5);
    assert_int_equal(last_line()->finding, FINDING_FAILS);
}

static void a_ratio_is_the_first_over_the_second(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    read_evidence();
    add((struct evidence_rule)RATIO("many", "few", figure_makespan, AT_LEAST, 1.2,
                                    "many over few"));
    /* The third and the fourth of 2.0/1.0, 2.1/1.1 ... 2.5/1.5. */
    assert_true(fabs(last_line()->value - (2.2 / 1.2 + 2.3 / 1.3) / 2) < 1e-9);
    assert_string_equal(last_line()->unit, "times");
    assert_int_equal(last_line()->finding, FINDING_HOLDS);
    add((struct evidence_rule)RATIO("few", "many", figure_makespan, AT_LEAST, 1.2,
                                    "few over many"));
    assert_int_equal(last_line()->finding, FINDING_FAILS);
}

/* Blocks of 1 s to 32 s, in each of which one case takes twice as long as the other. */
static void a_ratio_does_not_mind_slow_blocks(void **state)
{
    (void)state;
    for (unsigned b = 0; b < BLOCKS; b++) {
        add_run(0, b, NSEC_PER_SEC << (b + 1), 0, QUALITY_OK);
        add_run(1, BLOCKS - 1 - b, NSEC_PER_SEC << (BLOCKS - 1 - b), 0, QUALITY_OK);
    }
    add_run(0, BLOCKS, NSEC_PER_SEC, 0, QUALITY_OK); /* alone in its block */
    read_evidence();
    add((struct evidence_rule)RATIO("many", "few", figure_makespan, AT_LEAST, 2, "many over few"));
    const struct evidence_line *line = last_line();
    assert_true(line->value == 2 && line->interval.low == 2 && line->interval.high == 2);
    assert_int_equal(line->runs, BLOCKS);
    assert_int_equal(line->finding, FINDING_HOLDS);
}

static void a_slope_is_what_a_connection_adds_whatever_a_block_adds(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    read_evidence();
    add((struct evidence_rule)SLOPE("many", "few", figure_resident_growth, "bytes", AT_LEAST,
                                    2 * KIB, "growth"));
    const struct evidence_line *line = last_line();
    assert_true(line->value == 2 * KIB && line->interval.low == 2 * KIB &&
                line->interval.high == 2 * KIB);
    assert_int_equal(line->finding, FINDING_HOLDS);
    /* A case against itself has no slope. */
    add((struct evidence_rule)SLOPE("many", "many", figure_resident_growth, "bytes", AT_LEAST, 0,
                                    "none"));
    assert_int_equal(last_line()->runs, 0);
    assert_int_equal(last_line()->finding, FINDING_INCONCLUSIVE);
}

static void a_slope_needs_both_of_a_block(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    add_run(0, BLOCKS, NSEC_PER_SEC, 999 * KIB, QUALITY_OK); /* without the other of its block */
    read_evidence();
    add((struct evidence_rule)SLOPE("many", "few", figure_resident_growth, "bytes", AT_MOST,
                                    2 * KIB, "growth"));
    assert_int_equal(last_line()->runs, BLOCKS);
    assert_int_equal(last_line()->finding, FINDING_HOLDS);
}

static void what_is_not_available_is_no_figure(void **state)
{
    (void)state;
    add_blocks(BLOCKS);
    read_evidence();
    add((struct evidence_rule)VALUE("many", figure_kernel_stacks, "bytes", AT_MOST, 1e18,
                                    "stacks"));
    assert_true(isnan(last_line()->value));
    assert_int_equal(last_line()->finding, FINDING_INCONCLUSIVE);
}

static enum finding verdict(char why[160])
{
    return evidence_verdict(evidence, why, 160);
}

static void the_worst_line_decides(void **state)
{
    (void)state;
    char why[160];
    add_blocks(BLOCKS);
    read_evidence();
    assert_int_equal(verdict(why), FINDING_HOLDS); /* of no lines: none is added yet */
    add((struct evidence_rule)VALUE("many", figure_makespan, "s", AT_LEAST, 1, "long enough"));
    assert_int_equal(verdict(why), FINDING_HOLDS);
    add((struct evidence_rule)VALUE("many", figure_makespan, "s", AT_LEAST, 2.25, "undecided"));
    add((struct evidence_rule)SHOW("few", figure_makespan, "s", "only told"));
    assert_int_equal(verdict(why), FINDING_INCONCLUSIVE);
    assert_non_null(strstr(why, "undecided"));
    add((struct evidence_rule)VALUE("few", figure_makespan, "s", AT_LEAST, 2, "too short"));
    assert_int_equal(verdict(why), FINDING_FAILS);
    assert_non_null(strstr(why, "too short"));
}

/* Five runs have a range, 1 - 2/2^5: less than 95%. */
static void a_range_shows_nothing(void **state)
{
    (void)state;
    char why[160];
    add_blocks(5);
    read_evidence();
    add((struct evidence_rule)VALUE("many", figure_makespan, "s", AT_LEAST, 1, "long enough"));
    assert_true(fabs(last_line()->interval.coverage - 0.9375) < 1e-12);
    assert_int_equal(verdict(why), FINDING_INCONCLUSIVE);
    assert_non_null(strstr(why, "too few runs"));
}

static void an_invalid_run_leaves_no_verdict(void **state)
{
    (void)state;
    char why[160];
    add_blocks(BLOCKS - 1);
    add_run(0, BLOCKS - 1, 2 * NSEC_PER_SEC, 0, QUALITY_OK);
    add_run(1, BLOCKS - 1, 9 * NSEC_PER_SEC, 0, QUALITY_INVALID);
    read_evidence();
    add((struct evidence_rule)MOST("few", figure_makespan, "s", AT_MOST, 2,
                                   "of the runs that count"));
    assert_int_equal(last_line()->finding, FINDING_HOLDS);
    assert_int_equal(verdict(why), FINDING_INCONCLUSIVE);
    assert_non_null(strstr(why, "'few'"));
    assert_non_null(strstr(why, "the test says so"));
}

/* The first response after 1 ms, half of them at half of the makespan, the others at its end. */
static void responses_have_figures(void **state)
{
    (void)state;
    static const struct {
        figure_fn *figure;
        double value;
    } figures[] = {{figure_first_response, 0.001},
                   {figure_half_completed, 1},
                   {figure_most_completed, 2},
                   {figure_last_response, 2},
                   {figure_first_over_last, 0.0005}};
    struct stored_run run = {
        .completions = {NSEC_PER_MSEC, NSEC_PER_SEC, 2 * NSEC_PER_SEC, 2 * NSEC_PER_SEC}};
    struct run_view view = {.run = &run};
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        assert_true(fabs(figures[i].figure(&view) - figures[i].value) < 1e-12);
    run.completions = COMPLETION_TIMES_NONE;
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        assert_true(isnan(figures[i].figure(&view)));
}

static void the_server_s_waiting_for_a_cpu(void **state)
{
    (void)state;
    int64_t usage[USAGE_SIDES][USAGE_METRICS] = {{0}};
    const struct run_view view = {.usage = (const int64_t(*)[USAGE_METRICS])usage};
    usage[USAGE_CLIENT][USAGE_RUNNABLE_WAIT_NS] = 7;
    usage[USAGE_SERVER][USAGE_RUNNABLE_WAIT_NS] = 3 * NSEC_PER_SEC / 2;
    assert_true(figure_server_runnable_wait(&view) == 1.5);
    usage[USAGE_SERVER][USAGE_RUNNABLE_WAIT_NS] = USAGE_NOT_AVAILABLE;
    assert_true(isnan(figure_server_runnable_wait(&view)));
}

/* ---- Little's law ---- */

enum { SLOTS = 2, ROUNDS = 10 };

static void assert_flow(const struct stored_sample *samples, size_t n, const double expected[5])
{
    static figure_fn *const figures[] = {figure_arrival_rate, figure_departure_rate,
                                         figure_mean_in_flight, figure_mean_latency,
                                         figure_littles_law};
    const struct bench_case c = {.concurrency = SLOTS};
    const struct run_view view = {.c = &c, .samples = samples, .sample_count = n};
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        double value = figures[i](&view);
        if (isnan(expected[i]) ? !isnan(value) : !(fabs(value - expected[i]) < 1e-9))
            fail_msg("figure %zu is %g, not %g", i, value, expected[i]);
    }
}

/* Two slots, each with a request at every full second. */
static void add_rounds(struct stored_sample samples[SLOTS * ROUNDS], nsec_t latency)
{
    for (int i = 0; i < SLOTS * ROUNDS; i++) {
        nsec_t start = i / SLOTS * NSEC_PER_SEC;
        samples[i] = (struct stored_sample){.start = start, .end = start + latency, .ok = true};
    }
}

static void littles_law_holds_in_a_steady_state(void **state)
{
    (void)state;
    struct stored_sample samples[SLOTS * ROUNDS];
    add_rounds(samples, NSEC_PER_SEC);
    assert_flow(samples, ARRAY_LEN(samples), (double[]){2, 2, 2, 1, 1});
    /* Slots that are empty half of the time change L, and not the law. */
    add_rounds(samples, NSEC_PER_SEC / 2);
    assert_flow(samples, ARRAY_LEN(samples), (double[]){2, 2, 1, 0.5, 1});
}

/* Request i arrives after i seconds and takes i seconds: more arrive than depart. In the window
 * from 2 s to 18 s, 16 arrive and 8 depart, of 4.5 s on average, and N(t) is 1, 2, 2, 3, 3 ... 8,
 * 8, 9. */
static void littles_law_needs_a_steady_state(void **state)
{
    (void)state;
    struct stored_sample samples[20];
    for (int i = 0; i < 20; i++)
        samples[i] = (struct stored_sample){.start = i * NSEC_PER_SEC, .end = 2 * i * NSEC_PER_SEC};
    assert_flow(samples, ARRAY_LEN(samples), (double[]){1, 0.5, 5, 4.5, 0.9});
}

static void littles_law_needs_three_rounds(void **state)
{
    (void)state;
    struct stored_sample samples[SLOTS * ROUNDS];
    add_rounds(samples, NSEC_PER_SEC);
    assert_flow(samples, 3 * SLOTS, (double[]){2, 2, 2, 1, 1});
    assert_flow(samples, 3 * SLOTS - 1, (double[]){NAN, NAN, NAN, NAN, NAN});
    assert_flow(NULL, 0, (double[]){NAN, NAN, NAN, NAN, NAN});
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        test(a_value_is_held_against_its_bound_with_its_interval),
        test(the_least_and_the_most_have_no_interval),
        test(a_ratio_is_the_first_over_the_second),
        test(a_ratio_does_not_mind_slow_blocks),
        test(a_slope_is_what_a_connection_adds_whatever_a_block_adds),
        test(a_slope_needs_both_of_a_block),
        test(what_is_not_available_is_no_figure),
        test(the_worst_line_decides),
        test(a_range_shows_nothing),
        test(an_invalid_run_leaves_no_verdict),
        test(responses_have_figures),
        cmocka_unit_test(the_server_s_waiting_for_a_cpu),
        cmocka_unit_test(littles_law_holds_in_a_steady_state),
        cmocka_unit_test(littles_law_needs_a_steady_state),
        cmocka_unit_test(littles_law_needs_three_rounds),
    };
    return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
