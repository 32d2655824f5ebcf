/* The summary of synthetic campaigns: each sentence that it can print, with figures computed by
 * hand. */
#include "bench/show/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workloads.h"

/* Eleven runs: enough for a significance test of seven drivers, 21 * 2/2^11 = 2.1%. */
enum { CASES_MAX = 16, RUNS = 11 };

struct class
{
    struct case_summary cases[CASES_MAX];
    struct stored_run runs[CASES_MAX][RUNS];
    struct judgement judgement;
};

static int start(void **state)
{
    struct class *class = calloc(1, sizeof(*class));
    class->judgement.cases = class->cases;
    class->judgement.campaign.seed = 7;
    class->judgement.rule.margin = STATS_MARGIN;
    *state = class;
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

/* A case of 1024 requests. Its runs take `ms` times 1, 1.002, 1.004, ...: the median of
 * eleven is 1.01 * ms. Every second case takes them in reverse order: block by block the ratio of
 * two neighbours is that of their `ms`, r, times 1.02 / 1, 1.018 / 1.002 ... 1 / 1.02: the median
 * is r, and its interval, from the second of eleven to the tenth, is 0.984 r to 1.016 r. The
 * coverage is 1 - 2 (1 + 11) / 2^11 = 98.8%. Resource usage and breakdown are not known. */
static struct case_summary *add(struct class *class, const char *driver, unsigned concurrency,
                                int backlog, double ms, size_t runs)
{
    size_t n = class->judgement.case_count++;
    struct case_summary *s = &class->cases[n];
    double seconds[RUNS] = {0};
    assert_in_range(n, 0, CASES_MAX - 1);
    assert_in_range(runs, 1, RUNS);
    s->c = (struct bench_case){.workload = workload_find("randint"),
                               .arrivals = ARRIVALS_CLOSED,
                               .requests = 1024,
                               .concurrency = concurrency,
                               .pipeline = 1,
                               .delay = 10 * NSEC_PER_MSEC,
                               .backlog = backlog};
    s->c.driver = driver_find(driver);
    s->runs = class->runs[n];
    for (size_t i = 0; i < runs; i++) {
        seconds[i] = ms / 1e3 * (1 + 0.002 * (double)i);
        s->runs[i].block = (unsigned)(n % 2 ? runs - 1 - i : i);
        s->runs[i].makespan = (nsec_t)(seconds[i] * 1e9);
        s->runs[i].completed = 1024;
    }
    s->run_count = s->valid_count = runs;
    s->completed = 1024;
    s->makespan = stats_summarise(seconds, runs);
    s->per_request = s->makespan;
    s->per_request.median /= 1024;
    s->efficiency = 0.5;
    s->syn_retransmits = NAN;
    for (int side = 0; side < USAGE_SIDES; side++)
        for (int m = 0; m < USAGE_METRICS; m++)
            s->usage.median[side][m] = NAN;
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        s->usage.breakdown_s[p] = NAN;
    return s;
}

static void set_cost(struct case_summary *s, double cpu_us, double switches)
{
    double *client = s->usage.median[USAGE_CLIENT];
    client[USAGE_CPU_NS] = cpu_us * 1e3 * 1024;
    client[USAGE_VOLUNTARY_SWITCHES] = switches * 1024;
    client[USAGE_INVOLUNTARY_SWITCHES] = 0;
}

static void set_breakdown(struct case_summary *s, enum breakdown_phase phase, double ms)
{
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        s->usage.breakdown_s[p] = p == BREAKDOWN_DELAY ? 0.01 : 0.001;
    s->usage.breakdown_s[phase] = ms / 1e3;
}

static void fail_case(struct case_summary *s)
{
    s->runs[0].quality = s->quality = QUALITY_INVALID;
    s->invalid_count = 1;
    s->makespan.n = 0;
}

/* All of it; the caller frees it. */
static char *hear(const struct class *class)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    summary_print(&class->judgement, out);
    fclose(out);
    return text;
}

static void assert_says(const struct class *class, const char *expected)
{
    char *text = hear(class);
    if (!strstr(text, expected))
        fail_msg("no \"%s\" in:\n%s", expected, text);
    free(text);
}

static void assert_silent(const struct class *class, const char *unexpected)
{
    char *text = hear(class);
    if (strstr(text, unexpected))
        fail_msg("\"%s\" in:\n%s", unexpected, text);
    free(text);
}

static void nothing_to_compare(void **state)
{
    struct class *class = *state;
    assert_says(class, "no two drivers");
    add(class, "libev", 64, 4096, 20, RUNS);
    add(class, "libev", 128, 4096, 20, RUNS);
    add(class, "threadpool", 256, 4096, 20, RUNS);
    assert_says(class, "no two drivers");
}

/* A driver that sends nothing is always the fastest. */
static void the_reference_does_not_compete(void **state)
{
    struct class *class = *state;
    add(class, "null", 64, 4096, 0.1, RUNS);
    add(class, "libev", 64, 4096, 20, RUNS);
    assert_says(class, "no two drivers");
    add(class, "threadpool", 64, 4096, 40, RUNS);
    assert_says(class, "libev is fastest");
    assert_silent(class, "null");
}

static void three_lines(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, RUNS);
    add(class, "threadpool", 64, 4096, 40, RUNS);
    char *text = hear(class);
    assert_null(strstr(text, "nan"));
    static const char *const begin[] = {"Result: ", "Explanation: ", "Limits: "};
    char *rest = text;
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(strsep(&rest, "\n"), begin[i], strlen(begin[i]));
    assert_string_equal(rest, "");
    free(text);
}

/* The largest C that two have a figure for, and the first backlog there. */
static void the_place_compared(void **state)
{
    struct class *class = *state;
    add(class, "threadpool", 64, 4096, 40, RUNS);
    add(class, "threadpool", 128, 4096, 20, RUNS);
    add(class, "threadpool", 256, 4096, 5, RUNS);
    add(class, "libev", 64, 4096, 40, RUNS);
    add(class, "libev", 128, 4096, 10, RUNS);
    add(class, "threadpool", 128, 100, 5, RUNS);
    add(class, "libev", 128, 100, 50, RUNS);
    /* 1024 / 10.1 ms = 101386 requests/s */
    assert_says(class, "Result: at 128 in flight (closed, backlog 4096), libev is fastest: "
                       "makespan 10.1 ms, 101000 requests/s, efficiency 50%; threadpool takes 2.00 "
                       "times as long as libev, interval [1.97, 2.03] (98.8%).\n");
}

static void many_drivers_and_ties(void **state)
{
    struct class *class = *state;
    add(class, "epoll", 64, 4096, 10.00, RUNS);
    add(class, "libev", 64, 4096, 10.02, RUNS);
    add(class, "libuv", 64, 4096, 10.03, RUNS);
    add(class, "fork-per-request", 64, 4096, 80, RUNS);
    assert_says(
        class,
        "epoll has the lowest median: makespan 10.1 ms, 101000 requests/s, efficiency 50%; "
        "equivalent within 1%: libuv; undecided: libev; the slowest, fork-per-request, takes 8.00 "
        "times as long as epoll, interval [7.87, 8.13]");
    assert_silent(class, "is fastest");
    static const char *const more[] = {"poll",    "select",     "libevent",          "multiloop",
                                       "prefork", "threadpool", "thread-per-request"};
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        add(class, more[i], 64, 4096, 10.01, RUNS);
    assert_says(class, "; equivalent within 1%: poll, libevent, prefork and 2 more; undecided: "
                       "select, multiloop, threadpool and libev; the slowest");
    class->judgement.rule.margin = 0.002; /* 10.03 is more than that from 10 */
    assert_says(class,
                "; equivalent within 0.2%: poll, libevent, prefork and thread-per-request; ");
}

static void a_clear_first_of_many(void **state)
{
    struct class *class = *state;
    add(class, "epoll", 64, 4096, 10, RUNS);
    add(class, "libev", 64, 4096, 20, RUNS);
    add(class, "threadpool", 64, 4096, 40, RUNS);
    assert_says(
        class,
        "epoll is fastest: makespan 10.1 ms, 101000 requests/s, efficiency 50%; the "
        "slowest, threadpool, takes 4.00 times as long as epoll, interval [4.00, 4.00] (98.8%).\n");
}

static void a_tie_of_all(void **state)
{
    struct class *class = *state;
    set_cost(add(class, "libev", 64, 4096, 20, RUNS), 50, 0.25);
    set_cost(add(class, "threadpool", 64, 4096, 20.01, RUNS), 100, 4);
    /* 1024 / 20.2 ms = 50693 requests/s */
    assert_says(class,
                "libev has the lowest median: makespan 20.2 ms, 50700 requests/s, efficiency "
                "50%; undecided: threadpool.\n");
    assert_silent(class, "fastest");
    assert_says(class, "Explanation: no difference in makespan to explain; CPU time per request: "
                       "libev 50.0 us, threadpool 100 us; context switches per request: 0.2 and "
                       "4.0.\n");
    assert_says(class, "Limits: only one number in flight was measured; try fewer (--concurrency) "
                       "or a longer server delay (--delay).\n");
    add(class, "libev", 32, 4096, 20, RUNS);
    add(class, "threadpool", 32, 4096, 20.01, RUNS);
    assert_says(class, "Limits: no significant difference at any of 2 numbers in flight.\n");
    add(class, "libev", 16, 4096, 60, RUNS);
    add(class, "threadpool", 16, 4096, 20.01, RUNS);
    assert_says(class, "Limits: at 16 in flight threadpool is faster than libev.\n");
    add(class, "libev", 24, 4096, 20, RUNS);
    add(class, "threadpool", 24, 4096, 60, RUNS);
    assert_says(class, "Limits: at 24 in flight libev is faster than threadpool.\n");
}

static void too_few_runs_for_a_test(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 3);
    add(class, "threadpool", 64, 4096, 40, 3);
    assert_says(
        class,
        "libev has the lowest median: makespan 20.0 ms, 51100 requests/s, efficiency 50%; "
        "threadpool takes 2.00 times as long as libev, range [1.99, 2.01] (75.0%) (3 runs; a "
        "significance test of 2 drivers takes 6).\n");
    assert_silent(class, "fastest");
    assert_says(class, "Explanation: no CPU times were recorded.\n");
    add(class, "libev", 32, 4096, 40, 3);
    add(class, "threadpool", 32, 4096, 20, 3);
    assert_says(class, "Limits: at 32 in flight the order is reversed: threadpool has a lower "
                       "median than libev.\n");
}

/* Six runs are significant for one pair of drivers, 2/2^6 = 3.1%, and not for three, 9.4%. */
static void more_drivers_take_more_runs(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 6);
    add(class, "threadpool", 64, 4096, 40, 6);
    /* Of six the interval is from the least to the largest: 2 / 1.01 to 2 * 1.01. */
    assert_says(class, "libev is fastest: makespan 20.1 ms, 50900 requests/s, efficiency 50%; "
                       "threadpool takes 2.00 times as long as libev, interval [1.98, 2.02] "
                       "(96.9%).\n");
    add(class, "epoll", 64, 4096, 30, 6);
    assert_says(class, "libev has the lowest median: ");
    assert_says(class, "; the slowest, threadpool, takes 2.00 times as long as libev, interval "
                       "[1.98, 2.02] (96.9%) (6 runs; a significance test of 3 drivers takes 7)");
}

/* Of a campaign that ran until its pairs were decided: eleven blocks on one side are evidence of
 * 344 against a pair, enough for three pairs at 1%, and not for four. */
static void a_campaign_that_was_to_decide(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, RUNS);
    add(class, "threadpool", 64, 4096, 40, RUNS);
    class->judgement.rule.anytime_pairs = 3;
    assert_says(class, "libev is fastest: makespan 20.2 ms, 50700 requests/s, efficiency 50%; "
                       "threadpool takes 2.00 times as long as libev, interval [1.96, 2.04] "
                       "(99.7%).\n");
    class->judgement.rule.anytime_pairs = 4;
    assert_says(class, "(11 runs; a significance test of 2 drivers takes 12)");
    assert_silent(class, "fastest");
}

/* What slows a block slows both. */
static void blocks_are_compared(void **state)
{
    struct class *class = *state;
    struct case_summary *first = add(class, "libev", 64, 4096, 20, RUNS);
    struct case_summary *last = add(class, "threadpool", 64, 4096, 22, RUNS);
    for (unsigned i = 0; i < RUNS; i++) {
        first->runs[i].makespan *= first->runs[i].block + 1;
        last->runs[i].makespan *= last->runs[i].block + 1;
    }
    assert_says(class, "threadpool takes 1.10 times as long as libev, interval [1.08, 1.12]");
    for (unsigned i = 0; i < RUNS; i++)
        last->runs[i].block += RUNS; /* no block has both: their medians, and no test */
    assert_says(class, "threadpool takes 1.10 times as long as libev (11 runs; a significance test "
                       "of 2 drivers takes 6)");
}

static void one_run_each(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 1);
    add(class, "epoll", 64, 4096, 20.5, 1);
    add(class, "threadpool", 64, 4096, 40, 1);
    assert_says(class,
                "undecided: epoll; the slowest, threadpool, takes "
                "2.00 times as long as libev (1 run; a significance test of 3 drivers takes 7).\n");
}

static void what_is_noisy_or_invalid_is_named(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, RUNS);
    add(class, "threadpool", 64, 4096, 40, RUNS);
    assert_silent(class, "NOISY");
    class->cases[1].quality = QUALITY_NOISY;
    assert_says(
        class,
        "libev is fastest: makespan 20.2 ms, 50700 requests/s, efficiency 50%; "
        "threadpool (NOISY) takes 2.00 times as long as libev, interval [1.97, 2.03] (98.8%).\n");
    class->cases[0].quality = QUALITY_NOISY;
    class->cases[1].quality = QUALITY_OK;
    assert_says(class, "libev (NOISY) is fastest: makespan 20.2 ms");
    assert_says(class, "; threadpool takes");
    add(class, "epoll", 64, 4096, 20.03, RUNS)->quality = QUALITY_NOISY;
    add(class, "poll", 64, 4096, 20.04, RUNS);
    assert_says(class, "; equivalent within 1%: epoll (NOISY); undecided: poll; the "
                       "slowest, threadpool, takes");
    fail_case(add(class, "thread-per-request", 64, 4096, 1, RUNS));
    assert_says(
        class, "interval [1.97, 2.03] (98.8%); INVALID, so without figures: thread-per-request.\n");
    fail_case(add(class, "select", 32, 4096, 1, RUNS));
    assert_silent(class, "select");
}

/* At the end of a time box the slow have completed fewer: theirs is not the same task. */
static void fewer_responses_do_not_compete(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, RUNS);
    add(class, "threadpool", 64, 4096, 40, RUNS);
    add(class, "epoll", 64, 4096, 1, RUNS)->completed = 100;
    assert_says(class, "libev is fastest");
}

static void set_completed(struct case_summary *s, size_t completed)
{
    s->completed = completed;
    for (size_t i = 0; i < s->run_count; i++)
        s->runs[i].completed = completed;
}

static void one_request_at_a_time(void **state)
{
    struct class *class = *state;
    add(class, "null", 1, 4096, 0.1, RUNS);
    struct case_summary *serial = add(class, "sequential", 1, 4096, 100, RUNS);
    set_completed(serial, 10);
    serial->per_request.median = 0.01;
    add(class, "libev", 64, 4096, 20.48, RUNS);
    add(class, "threadpool", 64, 4096, 40, RUNS);
    class->cases[2].per_request.median = 20e-6;
    /* Ten requests in 101 ms: 99/s; the other 1024 in 20.68 ms: 49505/s, 500 times as many. */
    assert_says(class, "; sequential, one request at a time, completes 99 requests/s (libev: 500 "
                       "times as many).\n");
    serial->quality = QUALITY_NOISY;
    assert_says(class, "; sequential (NOISY), one request at a time, completes 99 requests/s (");
    serial->quality = QUALITY_OK;
    /* Work that no loop makes faster: a median a bit higher is no finding. */
    double noise[] = {19.5, 24, 21, 25, 19.8, 24, 19.9, 25, 19.7, 22, 20};
    set_completed(serial, 1024);
    for (int i = 0; i < RUNS; i++)
        serial->runs[i].makespan = (nsec_t)(noise[i] * 1e6);
    /* 1024 / 101 ms = 10139/s: the summary's own median was left alone */
    assert_says(class, "; sequential, one request at a time, completes 10100 requests/s (no "
                       "significant difference from libev).\n");
    assert_silent(class, "times as many");
}

static void explanation_from_usage_and_breakdown(void **state)
{
    struct class *class = *state;
    struct case_summary *first = add(class, "libev", 64, 4096, 20, RUNS);
    struct case_summary *last = add(class, "threadpool", 64, 4096, 40, RUNS);
    set_cost(first, 50, 0.5);
    set_cost(last, 100, 4);
    assert_says(class, "Explanation: CPU time per request: libev 50.0 us, threadpool 100 us; "
                       "context switches per request: 0.5 and 4.0.\n");
    set_breakdown(first, BREAKDOWN_CONNECT, 2);
    set_breakdown(last, BREAKDOWN_CONNECT, 372);
    assert_says(class, "; a request of threadpool spends 370 ms more in phase \"connect\" (");
    last->syn_retransmits = 188;
    assert_says(class, "; 188 SYN retransmissions with threadpool, each after 1 s or more.\n");
    first->syn_retransmits = 200;
    assert_silent(class, "SYN retransmissions with");
    /* The delay is part of the case, and a phase that grew by little explains nothing. */
    set_breakdown(first, BREAKDOWN_DELAY, 10);
    set_breakdown(last, BREAKDOWN_DELAY, 500);
    last->usage.breakdown_s[BREAKDOWN_READ] += 0.0001;
    assert_silent(class, "more in phase");
}

static void limits_of_the_result(void **state)
{
    struct class *class = *state;
    add(class, "libev", 128, 4096, 20, RUNS);
    add(class, "threadpool", 128, 4096, 40, RUNS);
    assert_says(class, "Limits: only one number in flight was measured; try fewer (--concurrency) "
                       "or a longer server delay (--delay).\n");
    add(class, "libev", 64, 4096, 30, RUNS);
    add(class, "threadpool", 64, 4096, 45, RUNS);
    assert_says(class, "Limits: the order is the same at all 2 numbers in flight; try fewer "
                       "(--concurrency) or a longer server delay (--delay).\n");
    add(class, "libev", 32, 4096, 40, RUNS);
    struct case_summary *close = add(class, "threadpool", 32, 4096, 41, RUNS);
    assert_says(class, "Limits: up to 32 in flight libev and threadpool differ by less than 5%.\n");
    /* A median in the middle of a wide interval shows no such thing. */
    for (size_t i = 0; i < 2; i++) {
        close->runs[i].makespan /= 2;
        close->runs[RUNS - 1 - i].makespan *= 2;
    }
    assert_says(class, "Limits: no significant difference between libev and threadpool at 32 in "
                       "flight.\n");
    assert_silent(class, "differ by less");
    for (size_t i = 0; i < 2; i++) {
        close->runs[i].makespan *= 2;
        close->runs[RUNS - 1 - i].makespan /= 2;
    }
    /* Not "up to 32" where they differ at fewer. */
    add(class, "libev", 16, 4096, 60, RUNS);
    add(class, "threadpool", 16, 4096, 90, RUNS);
    assert_says(class, "Limits: the order is the same at all 4 numbers in flight; try");
    add(class, "libev", 8, 4096, 90, RUNS);
    add(class, "threadpool", 8, 4096, 60, RUNS);
    assert_says(class, "Limits: at 8 in flight the order is reversed: threadpool is faster than "
                       "libev.\n");
}

/* Work of the program itself: no delay, no backlog, but cores. */
static void work_for_the_cpu(void **state)
{
    struct class *class = *state;
    class->judgement.cores = 2;
    struct case_summary *first = add(class, "threadpool", 8, 4096, 40, RUNS);
    struct case_summary *last = add(class, "libev", 8, 4096, 80, RUNS);
    for (size_t i = 0; i < class->judgement.case_count; i++) {
        class->cases[i].c.workload = workload_find("fib");
        class->cases[i].c.delay = 0;
        class->cases[i].efficiency = NAN;
    }
    set_cost(first, 78, 0);
    set_cost(last, 78, 0);
    /* 1024 * 78 us of CPU time in 40.4 ms and 80.8 ms: 1.98 and 0.99 cores */
    assert_says(class, "Result: at 8 in flight (closed), threadpool is fastest: makespan 40.4 ms, "
                       "25300 requests/s; libev takes 2.00 times as long as threadpool, interval "
                       "[1.97, 2.03] (98.8%).\n");
    assert_says(class, "Explanation: cores in use on average, of 2: threadpool 1.98, libev 0.99; "
                       "CPU time per request: threadpool 78.0 us, libev 78.0 us;");
    assert_says(class, "Limits: only one number in flight was measured; try fewer (--concurrency) "
                       "or one core (taskset -c 0).\n");
    class->judgement.cores = 1;
    assert_says(class, "Explanation: cores in use on average, of 1: ");
    assert_says(class, "try fewer (--concurrency) or a machine with more cores.\n");
    assert_silent(class, "taskset");
    assert_silent(class, "delay");
    assert_silent(class, "backlog");
}

static void another_backlog(void **state)
{
    struct class *class = *state;
    add(class, "libev", 128, 4096, 20, RUNS);
    add(class, "threadpool", 128, 4096, 22, RUNS);
    add(class, "libev", 128, 100, 21, RUNS)->syn_retransmits = 0;
    struct case_summary *dropped = add(class, "threadpool", 128, 100, 210, RUNS);
    dropped->syn_retransmits = 188;
    assert_says(class, "; with a backlog of 100, threadpool takes 10.00 times as long as libev, "
                       "interval [9.84, 10.16] (98.8%)");
    assert_says(class, "; 188 SYN retransmissions with threadpool, each after 1 s or more.\n");
    /* Where the order is reversed, the other is the slower one. */
    struct class *reversed = calloc(1, sizeof(*reversed));
    reversed->judgement.cases = reversed->cases;
    add(reversed, "libev", 128, 4096, 20, RUNS);
    add(reversed, "threadpool", 128, 4096, 30, RUNS);
    add(reversed, "libev", 128, 100, 80, RUNS)->syn_retransmits = 7;
    add(reversed, "threadpool", 128, 100, 40, RUNS);
    assert_says(
        reversed,
        "; with a backlog of 100, libev takes 2.00 times as long as threadpool, "
        "interval [1.97, 2.03] (98.8%); 7 SYN retransmissions with libev, each after 1 s or "
        "more.\n");
    free(reversed);
    struct class *same = calloc(1, sizeof(*same));
    same->judgement.cases = same->cases;
    add(same, "libev", 128, 4096, 20, RUNS);
    add(same, "threadpool", 128, 4096, 22, RUNS);
    add(same, "libev", 128, 100, 21, RUNS);
    add(same, "threadpool", 128, 100, 24, RUNS);
    assert_silent(same, "backlog of");
    free(same);
}

/* ---- open arrivals ---- */

/* A case of open arrivals, 64 in flight at most, whose runs have p99 latencies as add() has
 * makespans, a p50 of half that, service times of a tenth, and a lag of a hundredth. */
static struct case_summary *add_open(struct class *class, const char *driver, unsigned rate,
                                     double p99_ms)
{
    size_t n = class->judgement.case_count;
    struct case_summary *s = add(class, driver, 64, 4096, 1000, RUNS);
    s->c.arrivals = ARRIVALS_POISSON;
    s->c.rate = rate;
    s->efficiency = NAN;
    for (size_t i = 0; i < RUNS; i++)
        s->runs[i].latency_p99 = (nsec_t)(p99_ms * 1e6 * (1 + 0.002 * (double)i));
    s->latency_p99_s = 1.01 * p99_ms / 1e3;
    s->latency_p50_s = s->latency_p99_s / 2;
    s->service_p99_s = s->latency_p99_s / 10;
    s->lag_p99_s = s->latency_p99_s / 100;
    assert_int_equal(class->judgement.case_count, n + 1);
    return s;
}

static void overload(struct case_summary *s)
{
    s->overloaded = true;
    s->latency_p99_s = s->latency_p50_s = NAN;
    for (size_t i = 0; i < RUNS; i++) {
        s->runs[i].audit.overloaded = true;
        s->runs[i].latency_p99 = -1;
    }
}

/* At the highest rate that two sustain: makespans, which differ by chance alone, do not count. */
static void latencies_at_a_rate(void **state)
{
    struct class *class = *state;
    add_open(class, "libev", 100, 10);
    add_open(class, "threadpool", 100, 10);
    add_open(class, "libev", 200, 20);
    add_open(class, "threadpool", 200, 40);
    add_open(class, "libev", 300, 30);
    overload(add_open(class, "threadpool", 300, 90));
    assert_says(class,
                "Result: at 200 requests/s (poisson, 64 in flight at most, backlog 4096), libev "
                "has the lowest p99 latency: 20.2 ms (service time 2.02 ms), p50 10.1 ms; "
                "threadpool has 2.00 times the p99 latency of libev, interval [1.97, 2.03] "
                "(98.8%).\n");
    assert_says(class, "Explanation: 1% of the requests were started late, libev by 202 us or "
                       "more, threadpool by 404 us or more; no CPU times were recorded.\n");
    assert_says(class, "Limits: threadpool is overloaded from 300 requests/s on; libev is not "
                       "overloaded, up to 300 requests/s.\n");
    assert_silent(class, "makespan");
    assert_silent(class, "No comparison");
}

static void latencies_that_do_not_differ(void **state)
{
    struct class *class = *state;
    set_cost(add_open(class, "libev", 100, 10), 50, 0.25);
    set_cost(add_open(class, "threadpool", 100, 10.001), 100, 4);
    assert_says(class, "libev has the lowest median p99 latency: 10.1 ms (service time 1.01 ms), "
                       "p50 5.05 ms; undecided: threadpool.\n");
    assert_says(class, "Explanation: no difference in latency to explain; 1% of the requests were "
                       "started late, libev by 101 us or more, threadpool by 101 us or more; CPU "
                       "time per request: libev 50.0 us, threadpool 100 us; context switches per "
                       "request: 0.2 and 4.0.\n");
    assert_says(class, "Limits: libev and threadpool are not overloaded, up to 100 requests/s; "
                       "try higher rates (--rate), or 'waitbench capacity'.\n");
}

static void what_is_overloaded_from_which_rate_on(void **state)
{
    struct class *class = *state;
    static const char *const names[] = {"libev", "threadpool", "epoll"};
    for (unsigned rate = 100; rate <= 300; rate += 100)
        for (unsigned i = 0; i < 3; i++) {
            struct case_summary *s = add_open(class, names[i], rate, 10);
            if (rate >= 100 * (i + 2))
                overload(s);
        }
    assert_says(class, "Result: at 200 requests/s");
    assert_says(class, "Limits: libev is overloaded from 200 requests/s on; threadpool is "
                       "overloaded from 300 requests/s on; epoll is not overloaded, up to 300 "
                       "requests/s.\n");
    /* A case without figures says nothing of its rate. */
    fail_case(&class->cases[8]);
    assert_says(class, "; epoll is not overloaded, up to 200 requests/s.\n");
}

static void all_are_overloaded(void **state)
{
    struct class *class = *state;
    overload(add_open(class, "libev", 100, 10));
    overload(add_open(class, "threadpool", 100, 10));
    assert_says(class, "No comparison: no two drivers have latencies at the same rate.\n"
                       "Limits: libev and threadpool are overloaded from 100 requests/s on.\n");
}

static void server_models_at_a_rate(void **state)
{
    struct class *class = *state;
    add_open(class, "libev", 100, 10)->c.server_model = "prefork:2";
    overload(add_open(class, "libev", 100, 10));
    class->cases[1].c.server_model = "thread";
    assert_says(class, "Limits: libev → thread is overloaded from 100 requests/s on; libev → "
                       "prefork:2 is not overloaded, up to 100 requests/s.\n");
}

/* Each kind is compared by what says something of it. */
static void closed_and_open(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, RUNS);
    add(class, "threadpool", 64, 4096, 40, RUNS);
    add_open(class, "libev", 100, 20);
    add_open(class, "threadpool", 100, 10);
    assert_says(class, "Result: at 64 in flight (closed, backlog 4096), libev is fastest: ");
    assert_says(class, "Result: at 100 requests/s (poisson, 64 in flight at most, backlog 4096), "
                       "threadpool has the lowest p99 latency: ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_to_compare),
        TEST(the_reference_does_not_compete),
        TEST(three_lines),
        TEST(the_place_compared),
        TEST(many_drivers_and_ties),
        TEST(a_clear_first_of_many),
        TEST(a_tie_of_all),
        TEST(too_few_runs_for_a_test),
        TEST(more_drivers_take_more_runs),
        TEST(a_campaign_that_was_to_decide),
        TEST(blocks_are_compared),
        TEST(one_run_each),
        TEST(what_is_noisy_or_invalid_is_named),
        TEST(fewer_responses_do_not_compete),
        TEST(one_request_at_a_time),
        TEST(explanation_from_usage_and_breakdown),
        TEST(limits_of_the_result),
        TEST(work_for_the_cpu),
        TEST(another_backlog),
        TEST(latencies_at_a_rate),
        TEST(latencies_that_do_not_differ),
        TEST(what_is_overloaded_from_which_rate_on),
        TEST(all_are_overloaded),
        TEST(server_models_at_a_rate),
        TEST(closed_and_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
