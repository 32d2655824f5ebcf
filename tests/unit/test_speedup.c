/* Which cases are held against the same work done one after another, and what comes out: on
 * campaigns made up. And the talk's names for its work. */
#include "bench/show/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workloads.h"

enum { CASES_MAX = 16, RUNS = 5 };

struct campaign_made_up {
    struct case_summary cases[CASES_MAX];
    struct stored_run runs[CASES_MAX][RUNS];
    struct judgement judgement;
};

static int start(void **state)
{
    struct campaign_made_up *made_up = calloc(1, sizeof(*made_up));
    made_up->judgement.cases = made_up->cases;
    made_up->judgement.campaign.seed = 7;
    made_up->judgement.cores = 2;
    *state = made_up;
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

/* Runs of `ms` each, during which `busy` cores worked. */
static struct case_summary *add(struct campaign_made_up *made_up, const char *driver,
                                unsigned concurrency, size_t requests, double ms, double busy)
{
    size_t n = made_up->judgement.case_count++;
    struct case_summary *s = &made_up->cases[n];
    double seconds[RUNS];
    assert_in_range(n, 0, CASES_MAX - 1);
    s->c = (struct bench_case){.workload = workload_find("fib"),
                               .arrivals = ARRIVALS_CLOSED,
                               .requests = requests,
                               .concurrency = concurrency,
                               .pipeline = 1,
                               .backlog = 4096};
    s->c.driver = driver_find(driver);
    s->runs = made_up->runs[n];
    for (size_t i = 0; i < RUNS; i++) {
        seconds[i] = ms / 1e3;
        s->runs[i].block = (unsigned)i;
        s->runs[i].makespan = (nsec_t)llround(ms * 1e6);
        s->runs[i].completed = requests;
    }
    s->run_count = s->valid_count = RUNS;
    s->completed = requests;
    s->makespan = stats_summarise(seconds, RUNS);
    s->total_s = RUNS * ms / 1e3;
    s->usage.median[USAGE_CLIENT][USAGE_CPU_NS] = busy * ms * 1e6;
    return s;
}

static bool has_speedup(const struct campaign_made_up *made_up, const struct case_summary *s)
{
    struct speedup speedup;
    return speedup_find(&made_up->judgement, s, &speedup);
}

typedef void print_fn(const struct judgement *judgement, enum grid_style style, FILE *out);

/* The caller frees it. */
static char *print(const struct campaign_made_up *made_up, print_fn *function,
                   enum grid_style style)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    function(&made_up->judgement, style, out);
    fclose(out);
    return text;
}

static void assert_prints(const struct campaign_made_up *made_up, print_fn *function,
                          enum grid_style style, const char *expected)
{
    char *text = print(made_up, function, style);
    if (!strstr(text, expected))
        fail_msg("no \"%s\" in:\n%s", expected, text);
    free(text);
}

static void serial_over_this(void **state)
{
    struct campaign_made_up *made_up = *state;
    struct speedup speedup;
    struct case_summary *serial = add(made_up, "sequential", 1, 1024, 80, 1);
    struct case_summary *threads = add(made_up, "threadpool", 8, 1024, 40, 1.9);
    assert_true(speedup_find(&made_up->judgement, threads, &speedup));
    assert_ptr_equal(speedup.serial, serial);
    assert_float_equal(speedup.ratio.median, 2, 1e-9);
    assert_int_equal(speedup.cores, 2);
    assert_float_equal(speedup.busy, 1.9, 1e-9);
    assert_false(has_speedup(made_up, serial));
}

/* What slows a block slows both; and a run that may not be believed takes its block away. */
static void block_by_block(void **state)
{
    struct campaign_made_up *made_up = *state;
    struct speedup speedup;
    struct case_summary *serial = add(made_up, "sequential", 1, 1024, 80, 1);
    struct case_summary *threads = add(made_up, "threadpool", 8, 1024, 40, 1.9);
    for (size_t i = 0; i < RUNS; i++) {
        serial->runs[i].makespan *= (nsec_t)(i + 1);
        threads->runs[i].makespan *= (nsec_t)(i + 1);
    }
    threads->runs[1].makespan = 1;
    threads->runs[1].quality = QUALITY_INVALID;
    assert_true(speedup_find(&made_up->judgement, threads, &speedup));
    assert_int_equal(speedup.ratio.n, RUNS - 1);
    assert_float_equal(speedup.ratio.median, 2, 1e-9);
    assert_float_equal(speedup.ratio.interval.low, 2, 1e-9);
    assert_float_equal(speedup.ratio.interval.high, 2, 1e-9);
    for (size_t i = 0; i < RUNS; i++)
        threads->runs[i].block += RUNS; /* never in the same one */
    assert_false(speedup_find(&made_up->judgement, threads, &speedup));
}

/* No more cores than there are, nor than there are jobs at once. */
static void as_many_cores_as_can_be_had(void **state)
{
    struct campaign_made_up *made_up = *state;
    struct speedup speedup;
    add(made_up, "sequential", 1, 1024, 80, 1);
    struct case_summary *one = add(made_up, "threadpool", 1, 1024, 80, 1);
    struct case_summary *eight = add(made_up, "threadpool", 8, 1024, 80, 1);
    assert_true(speedup_find(&made_up->judgement, one, &speedup));
    assert_int_equal(speedup.cores, 1);
    made_up->judgement.cores = 64;
    assert_true(speedup_find(&made_up->judgement, eight, &speedup));
    assert_int_equal(speedup.cores, 8);
    made_up->judgement.cores = 1;
    assert_true(speedup_find(&made_up->judgement, eight, &speedup));
    assert_int_equal(speedup.cores, 1);
}

static void only_the_same_work(void **state)
{
    struct campaign_made_up *made_up = *state;
    struct case_summary *threads = add(made_up, "threadpool", 8, 1024, 40, 2);
    assert_false(has_speedup(made_up, threads)); /* nothing to hold it against */
    add(made_up, "null", 1, 1024, 0.1, 1);
    assert_false(has_speedup(made_up, threads)); /* which does no work */
    struct case_summary *few = add(made_up, "sequential", 1, 8, 1, 1);
    assert_false(has_speedup(made_up, threads)); /* less of it */
    struct case_summary *other = add(made_up, "sequential", 1, 1024, 80, 1);
    other->c.workload = workload_find("messages-insert");
    assert_false(has_speedup(made_up, threads));
    struct case_summary *failed = add(made_up, "sequential", 1, 1024, 80, 1);
    failed->makespan.n = 0;
    assert_false(has_speedup(made_up, threads));
    few->c.requests = few->completed = 1024;
    assert_true(has_speedup(made_up, threads));
    threads->makespan.n = 0;
    assert_false(has_speedup(made_up, threads));
}

/* Waiting for a server is no work of ours. */
static void not_of_exchanges(void **state)
{
    struct campaign_made_up *made_up = *state;
    add(made_up, "sequential", 1, 1024, 80, 1)->c.workload = workload_find("randint");
    add(made_up, "threadpool", 8, 1024, 40, 1)->c.workload = workload_find("randint");
    assert_false(has_speedup(made_up, &made_up->cases[1]));
    char *text = print(made_up, table_print_speedup, GRID_TEXT);
    assert_string_equal(text, "");
    free(text);
}

static void a_table(void **state)
{
    struct campaign_made_up *made_up = *state;
    add(made_up, "sequential", 1, 1024, 80, 1);
    add(made_up, "threadpool", 2, 1024, 40, 2);
    add(made_up, "libev", 8, 1024, 80, 1)->usage.median[USAGE_CLIENT][USAGE_CPU_NS] = NAN;
    assert_prints(made_up, table_print_speedup, GRID_TEXT,
                  "Speed-up over one after another (sequential), on 2 cores\n");
    assert_prints(made_up, table_print_speedup, GRID_MARKDOWN,
                  "| threadpool | closed   |     1024 | 2 |     2 | 2.00 |  40.0 ms |     2.00 | "
                  "range [2.00, 2.00] (93.8%) |     100% |");
    assert_prints(made_up, table_print_speedup, GRID_MARKDOWN,
                  "| libev      | closed   |     1024 | 8 |     2 |    – |  80.0 ms |     1.00 | "
                  "range [1.00, 1.00] (93.8%) |      50% |");
    made_up->judgement.cores = 1;
    assert_prints(made_up, table_print_speedup, GRID_HTML, ", on 1 core</");
}

/* fibs and fibp are the talk's names. */
static void in_the_talks_words(void **state)
{
    struct campaign_made_up *made_up = *state;
    add(made_up, "sequential", 1, 8, 6.42, 1);
    add(made_up, "threadpool", 8, 8, 6.65, 1);
    add(made_up, "prefork", 8, 8, 2.59, 1);
    add(made_up, "libev", 8, 8, 6.42, 1);
    assert_prints(made_up, table_print_talk, GRID_TEXT,
                  "all requests, so many at a time:\n"
                  "5 runs of fibs in 0.0s: 6.42 msec per run (sequential(1), 8 elements)\n"
                  "5 runs of fibt in 0.0s: 6.65 msec per run (threadpool(8), 8 elements)\n"
                  "5 runs of fibp in 0.0s: 2.59 msec per run (prefork(8), 8 elements)\n"
                  "5 runs of fibl in 0.0s: 6.42 msec per run (libev(8), 8 elements)\n\n"
                  "The talk, its eight elements once, on four cores: 6.42 msec in series (fibs)");
    for (size_t i = 0; i < made_up->judgement.case_count; i++)
        made_up->cases[i].c.workload = workload_find("messages-insert");
    assert_prints(made_up, table_print_talk, GRID_TEXT,
                  "5 runs of threadpool(8) in 0.0s: 6.65 msec per run\n"
                  "5 runs of prefork(8) in");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, end)
    const struct CMUnitTest tests[] = {
        TEST(serial_over_this),   TEST(block_by_block),   TEST(as_many_cores_as_can_be_had),
        TEST(only_the_same_work), TEST(not_of_exchanges), TEST(a_table),
        TEST(in_the_talks_words),
    };
    return cmocka_run_group_tests_name("speedup", tests, NULL, NULL);
}
