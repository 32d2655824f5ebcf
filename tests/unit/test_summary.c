/* What is said of a campaign in three lines, on campaigns made up: who, by how much and how surely,
 * why, and where it stops. */
#include "bench/show/summary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CASES_MAX = 16, RUNS_MAX = 5 };

struct class
{
    struct case_summary cases[CASES_MAX];
    struct stored_run runs[CASES_MAX][RUNS_MAX];
    struct judgement judgement;
};

static int start(void **state)
{
    struct class *class = calloc(1, sizeof(*class));
    class->judgement.cases = class->cases;
    class->judgement.campaign.seed = 7;
    *state = class;
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

/* A case whose runs take `ms`, a little more each. Costs and blame are not known. */
static struct case_summary *add(struct class *class, const char *driver, unsigned concurrency,
                                int backlog, double ms, size_t runs)
{
    size_t n = class->judgement.case_count++;
    struct case_summary *s = &class->cases[n];
    double seconds[RUNS_MAX] = {0};
    assert_in_range(n, 0, CASES_MAX - 1);
    assert_in_range(runs, 1, RUNS_MAX);
    s->c = (struct stored_case){.workload = "randint",
                                .arrivals = "closed",
                                .requests = 1024,
                                .concurrency = concurrency,
                                .pipeline = 1,
                                .delay = 10 * NSEC_PER_MSEC,
                                .backlog = backlog};
    snprintf(s->c.driver, sizeof(s->c.driver), "%s", driver);
    s->runs = class->runs[n];
    for (size_t i = 0; i < runs; i++) {
        seconds[i] = ms / 1e3 * (1 + 0.002 * (double)i);
        s->runs[i].makespan = (nsec_t)(seconds[i] * 1e9);
        s->runs[i].completed = 1024;
    }
    s->run_count = s->valid_count = runs;
    s->completed = 1024;
    s->makespan = stats_summarise(seconds, runs, 1);
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
    add(class, "libev", 64, 4096, 20, 5);
    add(class, "libev", 128, 4096, 20, 5);
    add(class, "threadpool", 256, 4096, 20, 5);
    assert_says(class, "no two drivers");
}

/* What sends nothing wins every time and says nothing. */
static void the_reference_does_not_compete(void **state)
{
    struct class *class = *state;
    add(class, "null", 64, 4096, 0.1, 5);
    add(class, "libev", 64, 4096, 20, 5);
    assert_says(class, "no two drivers");
    add(class, "threadpool", 64, 4096, 40, 5);
    assert_says(class, "libev is fastest");
    assert_silent(class, "null");
}

static void three_lines(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 5);
    add(class, "threadpool", 64, 4096, 40, 5);
    char *text = hear(class);
    assert_null(strstr(text, "nan"));
    static const char *const begin[] = {"Who: ", "Why: ", "Where it stops: "};
    char *rest = text;
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(strsep(&rest, "\n"), begin[i], strlen(begin[i]));
    assert_string_equal(rest, "");
    free(text);
}

/* The largest C that two have a figure for, and the first backlog there. */
static void the_place_spoken_of(void **state)
{
    struct class *class = *state;
    add(class, "threadpool", 64, 4096, 40, 5);
    add(class, "threadpool", 128, 4096, 20, 5);
    add(class, "threadpool", 256, 4096, 5, 5);
    add(class, "libev", 64, 4096, 40, 5);
    add(class, "libev", 128, 4096, 10, 5);
    add(class, "threadpool", 128, 100, 5, 5);
    add(class, "libev", 128, 100, 50, 5);
    assert_says(class, "Who: at 128 in flight (closed, backlog 4096), libev is fastest, 10.0 ms, "
                       "50% of the ideal; threadpool takes 2.00 times as long [1.99, 2.01].\n");
}

static void many_drivers_and_ties(void **state)
{
    struct class *class = *state;
    add(class, "epoll", 64, 4096, 10.00, 5);
    add(class, "libev", 64, 4096, 10.02, 5);
    add(class, "libuv", 64, 4096, 10.03, 5);
    add(class, "fork-per-request", 64, 4096, 80, 5);
    assert_says(class, "epoll is fastest, 10.0 ms, 50% of the ideal; these runs cannot tell it "
                       "from libev and libuv; the slowest, fork-per-request, takes 8.00 times");
    add(class, "poll", 64, 4096, 10.01, 5);
    add(class, "select", 64, 4096, 10.01, 5);
    add(class, "libevent", 64, 4096, 10.01, 5);
    assert_says(class, "cannot tell it from poll, select, libevent and 2 more; the slowest");
}

static void a_tie_of_all(void **state)
{
    struct class *class = *state;
    set_cost(add(class, "libev", 64, 4096, 20, 5), 50, 0.25);
    set_cost(add(class, "threadpool", 64, 4096, 20.01, 5), 100, 4);
    assert_says(class, "libev has the lowest median");
    assert_says(class, "; but these runs cannot tell it from threadpool.\n");
    assert_says(class, "Why: there is no difference in time to explain; in cost, a request takes "
                       "libev 50.0 us of CPU and 0.2 context switches, threadpool 100 us and 4.0.");
    assert_says(class, "Where it stops: there is one number in flight only");
    add(class, "libev", 32, 4096, 20, 5);
    add(class, "threadpool", 32, 4096, 20.01, 5);
    assert_says(class, "at none of the 2 numbers in flight are libev and threadpool told apart");
    add(class, "libev", 16, 4096, 60, 5);
    add(class, "threadpool", 16, 4096, 20.01, 5);
    assert_says(class, "Where it stops: at 16 in flight threadpool is faster than libev.\n");
}

static void too_few_runs_to_be_sure(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 3);
    add(class, "threadpool", 64, 4096, 40, 3);
    assert_says(class,
                "threadpool takes 2.00 times as long [1.99, 2.01], though 3 runs are too few "
                "to be sure");
    assert_says(class, "Why: the ledger has no CPU time");
}

static void one_run_each(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 1);
    add(class, "epoll", 64, 4096, 20.5, 1);
    add(class, "threadpool", 64, 4096, 40, 1);
    assert_says(class, "cannot tell it from epoll; the slowest, threadpool, takes 2.00 times as "
                       "long, in the one run there is");
}

static void what_is_noisy_or_invalid_is_named(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 5);
    add(class, "threadpool", 64, 4096, 40, 5);
    assert_silent(class, "NOISY");
    class->cases[1].quality = QUALITY_NOISY;
    assert_says(class, "50% of the ideal (NOISY: with care); threadpool");
    fail_case(add(class, "thread-per-request", 64, 4096, 1, 5));
    assert_says(class, "[1.99, 2.01]; INVALID, without a figure: thread-per-request.\n");
    fail_case(add(class, "select", 32, 4096, 1, 5));
    assert_silent(class, "select");
}

/* A time box lets the slow answer fewer: theirs is not the same task. */
static void fewer_responses_do_not_compete(void **state)
{
    struct class *class = *state;
    add(class, "libev", 64, 4096, 20, 5);
    add(class, "threadpool", 64, 4096, 40, 5);
    add(class, "epoll", 64, 4096, 1, 5)->completed = 100;
    assert_says(class, "libev is fastest");
}

static void one_after_another(void **state)
{
    struct class *class = *state;
    add(class, "null", 1, 4096, 0.1, 5);
    struct case_summary *serial = add(class, "sequential", 1, 4096, 100, 5);
    serial->completed = 10;
    serial->per_request.median = 0.01;
    add(class, "libev", 64, 4096, 20.48, 5);
    add(class, "threadpool", 64, 4096, 40, 5);
    class->cases[2].per_request.median = 20e-6;
    assert_says(class, "; one after another (sequential), a request takes 500 times as long.\n");
    /* Work that no loop makes faster: a median a bit higher is no finding. */
    double noise[] = {19.5, 24, 21, 25, 19.8};
    serial->completed = 1024;
    for (int i = 0; i < 5; i++)
        serial->runs[i].makespan = (nsec_t)(noise[i] * 1e6);
    assert_says(class, "these runs cannot tell it from one after another (sequential).\n");
    assert_silent(class, "500 times");
}

static void why_in_the_usage_and_in_the_breakdown(void **state)
{
    struct class *class = *state;
    struct case_summary *first = add(class, "libev", 64, 4096, 20, 5);
    struct case_summary *last = add(class, "threadpool", 64, 4096, 40, 5);
    set_cost(first, 50, 0.5);
    set_cost(last, 100, 4);
    assert_says(class, "Why: a request takes libev 50.0 us of CPU and 0.5 context switches, "
                       "threadpool 100 us and 4.0.\n");
    set_breakdown(first, BREAKDOWN_CONNECT, 2);
    set_breakdown(last, BREAKDOWN_CONNECT, 372);
    assert_says(class, "; a request of threadpool waits 370 ms longer in \"connect\"");
    last->syn_retransmits = 188;
    assert_says(class, "; 188 of threadpool's SYNs were sent again");
    first->syn_retransmits = 200;
    assert_silent(class, "SYNs were");
    /* Thinking is asked for, and a loss that is small beside the rest explains nothing. */
    set_breakdown(first, BREAKDOWN_DELAY, 10);
    set_breakdown(last, BREAKDOWN_DELAY, 500);
    last->usage.breakdown_s[BREAKDOWN_READ] += 0.0001;
    assert_silent(class, "longer in");
}

static void where_it_stops(void **state)
{
    struct class *class = *state;
    add(class, "libev", 128, 4096, 20, 5);
    add(class, "threadpool", 128, 4096, 40, 5);
    assert_says(class, "Where it stops: there is one number in flight only");
    add(class, "libev", 64, 4096, 30, 5);
    add(class, "threadpool", 64, 4096, 45, 5);
    assert_says(class, "Where it stops: nowhere in this campaign");
    add(class, "libev", 32, 4096, 40, 5);
    struct case_summary *close = add(class, "threadpool", 32, 4096, 41, 5);
    assert_says(class, "Where it stops: up to 32 in flight libev and threadpool differ by less "
                       "than 5%: either will do.\n");
    /* A median in the middle of a wide interval shows no such thing. */
    for (size_t i = 0; i < 2; i++) {
        close->runs[i].makespan /= 2;
        close->runs[4 - i].makespan *= 2;
    }
    assert_says(class, "at 32 in flight these runs cannot tell threadpool from libev");
    assert_silent(class, "either will do");
    for (size_t i = 0; i < 2; i++) {
        close->runs[i].makespan *= 2;
        close->runs[4 - i].makespan /= 2;
    }
    /* Not "up to 32" where they differ at fewer. */
    add(class, "libev", 16, 4096, 60, 5);
    add(class, "threadpool", 16, 4096, 90, 5);
    assert_says(class, "Where it stops: nowhere in this campaign");
    add(class, "libev", 8, 4096, 90, 5);
    add(class, "threadpool", 8, 4096, 60, 5);
    assert_says(class, "at 8 in flight it is the other way round, threadpool is faster than libev");
}

/* Of the work itself: no thinking to make longer, no backlog, but cores. */
static void work_for_the_cpu(void **state)
{
    struct class *class = *state;
    class->judgement.cores = 2;
    struct case_summary *first = add(class, "threadpool", 8, 4096, 40, 5);
    struct case_summary *last = add(class, "libev", 8, 4096, 80, 5);
    for (size_t i = 0; i < class->judgement.case_count; i++) {
        strcpy(class->cases[i].c.workload, "fib");
        class->cases[i].c.delay = 0;
        class->cases[i].efficiency = NAN;
    }
    set_cost(first, 78, 0);
    set_cost(last, 78, 0);
    assert_says(class,
                "Who: at 8 in flight (closed), threadpool is fastest, 40.2 ms; libev takes 2.0");
    assert_says(class, "Why: of 2 cores 1.99 worked for threadpool on average, and 0.99 for libev; "
                       "a request takes threadpool 78.0 us of CPU");
    assert_says(class, "one number in flight only; try fewer in flight (--concurrency), or one "
                       "core (taskset -c 0).\n");
    class->judgement.cores = 1;
    assert_says(class, "Why: of 1 core ");
    assert_silent(class, "taskset");
    assert_silent(class, "delay");
    assert_silent(class, "backlog");
}

static void another_backlog(void **state)
{
    struct class *class = *state;
    add(class, "libev", 128, 4096, 20, 5);
    add(class, "threadpool", 128, 4096, 22, 5);
    add(class, "libev", 128, 100, 21, 5)->syn_retransmits = 0;
    struct case_summary *dropped = add(class, "threadpool", 128, 100, 210, 5);
    dropped->syn_retransmits = 188;
    assert_says(class, "; with a backlog of 100, threadpool takes 10.00 times as long [9.9");
    assert_says(class, "; 188 of threadpool's SYNs were sent again, a second later or more.\n");
    struct class *same = calloc(1, sizeof(*same));
    same->judgement.cases = same->cases;
    add(same, "libev", 128, 4096, 20, 5);
    add(same, "threadpool", 128, 4096, 22, 5);
    add(same, "libev", 128, 100, 21, 5);
    add(same, "threadpool", 128, 100, 24, 5);
    assert_silent(same, "backlog of");
    free(same);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_to_compare),
        TEST(the_reference_does_not_compete),
        TEST(three_lines),
        TEST(the_place_spoken_of),
        TEST(many_drivers_and_ties),
        TEST(a_tie_of_all),
        TEST(too_few_runs_to_be_sure),
        TEST(one_run_each),
        TEST(what_is_noisy_or_invalid_is_named),
        TEST(fewer_responses_do_not_compete),
        TEST(one_after_another),
        TEST(why_in_the_usage_and_in_the_breakdown),
        TEST(where_it_stops),
        TEST(work_for_the_cpu),
        TEST(another_backlog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
