/* Options become cases and an order: which combinations there are and which are left out, that
 * every block holds every case once in an order that its seed repeats, what the options take and
 * what they refuse, and that each preset is one that they take. */
#include "bench/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/drive/campaign_options.h"
#include "bench/plan/memory.h"
#include "lib/rng.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- options ---- */

static const struct option_table table = {.program = "test", .sets = {PLAN_OPTION_SETS(0, NULL)}};

static int take(struct plan_options *options, const char *name, const char *value,
                struct error *error)
{
    const struct option_value values[] = {{name, value}, {0}};
    return options_set(&table, options, values, error);
}

static void must_take(struct plan_options *options, const char *name, const char *value)
{
    struct error error;
    if (take(options, name, value, &error) < 0)
        fail_msg("%s", error.text);
}

static struct plan_options defaults(void)
{
    struct plan_options options = {0};
    assert_int_equal(options_init(&table, &options, NULL), 0);
    return options;
}

static void what_holds_where_nothing_is_said(void **state)
{
    (void)state;
    struct plan_options options = defaults();
    const struct plan_request *request = &options.request;
    assert_int_equal(request->driver_count, 0);
    assert_int_equal(request->concurrency_count, 1);
    assert_int_equal(request->concurrencies[0], CASE_USUAL_CONCURRENCY);
    assert_int_equal(request->arrivals.count, 1);
    assert_int_equal(request->arrivals.items[0], ARRIVALS_CLOSED);
    assert_int_equal(request->backlogs[0], 4096);
    assert_int_equal(request->base.requests, 0); /* as many as usual, which the plan knows */
    assert_ptr_equal(request->base.workload, workloads[0]);
    assert_int_equal(request->base.delay, 100 * NSEC_PER_MSEC);
    assert_false(request->base.keep_alive);
    assert_int_equal(request->base.pipeline, 1);
    assert_int_equal(options.repetitions, 1);
    assert_int_equal(options.run.server.count, 0);
    assert_int_equal(options.run.timeout, 30 * NSEC_PER_SEC);
    assert_int_equal(request->base.usage, USAGE_ON);
}

static void lists_are_taken_whole(void **state)
{
    (void)state;
    struct plan_options options = defaults();
    const struct plan_request *request = &options.request;
    must_take(&options, "driver", "libev,null");
    assert_int_equal(request->driver_count, 2);
    assert_string_equal(request->drivers[0]->name, "libev");
    assert_string_equal(request->drivers[1]->name, "null");
    must_take(&options, "concurrency", "4,1k,1Ki");
    assert_int_equal(request->concurrency_count, 3);
    assert_int_equal(request->concurrencies[0], 4);
    assert_int_equal(request->concurrencies[1], 1000);
    assert_int_equal(request->concurrencies[2], 1024);
    must_take(&options, "arrivals", "burst,closed");
    assert_int_equal(request->arrivals.count, 2);
    assert_int_equal(request->arrivals.items[0], ARRIVALS_BURST);
    must_take(&options, "backlog", "100");
    assert_int_equal(request->backlog_count, 1);
    assert_int_equal(request->backlogs[0], 100);
    must_take(&options, "concurrency", "7"); /* a later one replaces, it does not add */
    assert_int_equal(request->concurrency_count, 1);
}

static void all_is_every_driver_once(void **state)
{
    (void)state;
    struct plan_options options = defaults();
    size_t n = 0;
    for (const struct driver *const *d = drivers; *d; d++)
        n += driver_usable(*d, 1, NULL) == 0; /* a sanitizer may leave one out */
    must_take(&options, "driver", "all");
    assert_int_equal(options.request.driver_count, n);
    must_take(&options, "driver", "libev,all");
    assert_int_equal(options.request.driver_count, n);
    assert_string_equal(options.request.drivers[0]->name, "libev");
}

static void what_is_named_twice_counts_once(void **state)
{
    (void)state;
    struct plan_options options = defaults();
    must_take(&options, "driver", "libev,libev,null,libev");
    assert_int_equal(options.request.driver_count, 2);
    must_take(&options, "concurrency", "4,8,4");
    assert_int_equal(options.request.concurrency_count, 2);
    must_take(&options, "arrivals", "closed,closed");
    assert_int_equal(options.request.arrivals.count, 1);
    must_take(&options, "backlog", "4096,100,4096");
    assert_int_equal(options.request.backlog_count, 2);
}

static void single_values(void **state)
{
    (void)state;
    struct plan_options options = defaults();
    must_take(&options, "requests", "2k");
    assert_int_equal(options.request.base.requests, 2000);
    must_take(&options, "workload", "http");
    assert_string_equal(options.request.base.workload->name, "http");
    must_take(&options, "keep-alive", NULL);
    assert_true(options.request.base.keep_alive);
    must_take(&options, "pipeline", "64");
    assert_int_equal(options.request.base.pipeline, 64);
    must_take(&options, "delay", "60s");
    assert_int_equal(options.request.base.delay, 60 * NSEC_PER_SEC);
    must_take(&options, "delay", "0");
    assert_int_equal(options.request.base.delay, 0);
    must_take(&options, "repetitions", "10000");
    assert_int_equal(options.repetitions, 10000);
    must_take(&options, "seed", "9223372036854775807");
    assert_true(options.seed == INT64_MAX);
    must_take(&options, "stack", "16Ki");
    assert_int_equal(options.request.base.stack_bytes, 16384);
    must_take(&options, "timeout", "1500ms");
    assert_int_equal(options.run.timeout, 1500 * NSEC_PER_MSEC);
    must_take(&options, "server", "127.0.0.1:8080");
    assert_int_equal(net_address_port(&options.run.server.items[0]), 8080);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *says;
    } rows[] = {
        {"driver", "nosuch", "there is no driver 'nosuch'"},
        {"driver", "libev,nosuch", "there is no driver 'nosuch'"},
        {"driver", "LIBEV", "there is no driver"},
        {"driver", "libev, null", "there is no driver ' null'"},
        {"driver", "", "empty"},
        {"driver", "libev,", "empty"},
        {"driver", ",libev", "empty"},
        {"driver", "libev,,null", "empty"},
        {"concurrency", "0", "out of range"},
        {"concurrency", "-4", ""},
        {"concurrency", "1000001", "out of range"},
        {"concurrency", "99999999999999999999999", ""},
        {"concurrency", "4x", ""},
        {"concurrency", "4.5", ""},
        {"concurrency", "0x10", ""},
        {"concurrency", "4,,8", "empty"},
        {"concurrency", "4,0", "out of range"},
        {"concurrency",
         "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,"
         "29,30,31,32,33",
         "32 values at most"},
        {"pipeline", "0", "out of range"},
        {"pipeline", "65", "out of range"},
        {"pipeline", "4,8", ""},
        {"arrivals", "round", "'round' is none of: closed, burst"},
        {"arrivals", "closed,", "empty"},
        {"backlog", "0", "out of range"},
        {"backlog", "65536", "out of range"},
        {"backlog", "ten", ""},
        {"requests", "0", "out of range"},
        {"requests", "100000001", "out of range"},
        {"workload", "nosuch", "there is no workload 'nosuch'"},
        {"delay", "61s", "'61s' is out of range: from 0 to 60s"},
        {"delay", "100", ""},
        {"delay", "-1ms", ""},
        {"repetitions", "0", "out of range"},
        {"repetitions", "10001", "out of range"},
        {"seed", "0", "out of range"},
        {"seed", "9223372036854775808", ""},
        {"stack", "16383", "out of range"},
        {"stack", "2Gi", "from 16.0 KiB to 1.0 GiB"},
        {"time-box", "soon", ""},
        {"timeout", "soon", ""},
        {"server", "nonsense", ""},
        {"server", "127.0.0.1:99999", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct plan_options options = defaults();
        struct error error = {0};
        if (take(&options, rows[i].name, rows[i].value, &error) != -1)
            fail_msg("--%s took '%s'", rows[i].name, rows[i].value);
        if (!error.text[0] || !strstr(error.text, rows[i].says))
            fail_msg("--%s '%s' says: %s", rows[i].name, rows[i].value, error.text);
    }
}

/* ---- plans ---- */

static struct plan make_plan(struct plan_options *options)
{
    struct plan plan;
    struct error error;
    if (plan_options_finish(options, &plan, &error) < 0)
        fail_msg("%s", error.text);
    return plan;
}

/* How many cases look like this; ARRIVALS_COUNT and 0 are any. */
static size_t count_cases(const struct plan *plan, const char *driver, enum arrivals arrivals,
                          unsigned concurrency, int backlog)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bench_case *c = &plan->cases[i];
        count += !strcmp(c->driver->name, driver) &&
                 (arrivals == ARRIVALS_COUNT || c->arrivals == arrivals) &&
                 (!concurrency || c->concurrency == concurrency) &&
                 (!backlog || c->backlog == backlog);
    }
    return count;
}

static struct plan_options options_of(const char *names)
{
    struct plan_options options = defaults();
    must_take(&options, "driver", names);
    must_take(&options, "concurrency", "50,100,101,200");
    must_take(&options, "arrivals", "closed,burst");
    must_take(&options, "backlog", "4096,100");
    return options;
}

/* Both arrivals at four sizes with the usual backlog, and with 100 where more than 100 can be on
 * their way at once. */
static void every_combination_that_says_something(void **state)
{
    (void)state;
    struct plan_options options = options_of("libev,threadpool");
    struct plan plan = make_plan(&options);
    assert_int_equal(plan.case_count, 2 * 2 * (4 + 2));
    for (int s = ARRIVALS_CLOSED; s <= ARRIVALS_BURST; s++)
        for (size_t i = 0; i < 4; i++) {
            unsigned c = options.request.concurrencies[i];
            assert_int_equal(count_cases(&plan, "libev", (enum arrivals)s, c, 4096), 1);
            assert_int_equal(count_cases(&plan, "threadpool", (enum arrivals)s, c, 100), c > 100);
        }
    for (size_t i = 0; i < plan.case_count; i++) {
        const struct bench_case *c = &plan.cases[i];
        assert_int_equal(c->requests, c->arrivals == ARRIVALS_BURST ? c->concurrency : 1024);
        assert_int_equal(c->time_box, 0);
        assert_int_equal(c->delay, 100 * NSEC_PER_MSEC);
    }
    plan_release(&plan);
}

/* The usual backlog is the first one, and stays even where it is small. */
static void the_first_backlog_is_the_usual_one(void **state)
{
    (void)state;
    struct plan_options options = options_of("libev");
    must_take(&options, "backlog", "100,4096");
    struct plan plan = make_plan(&options);
    assert_int_equal(plan.case_count, 2 * 4);
    assert_int_equal(count_cases(&plan, "libev", ARRIVALS_COUNT, 0, 100), 8);
    plan_release(&plan);
}

static void further_backlogs_in_some_arrivals_only(void **state)
{
    (void)state;
    struct plan_options options = options_of("libev");
    options.request.exclusions.overflow_arrivals =
        (struct arrivals_list){.items = {ARRIVALS_CLOSED}, .count = 1};
    struct plan plan = make_plan(&options);
    assert_int_equal(plan.case_count, 2 * 4 + 2);
    assert_int_equal(count_cases(&plan, "libev", ARRIVALS_CLOSED, 0, 100), 2);
    assert_int_equal(count_cases(&plan, "libev", ARRIVALS_BURST, 0, 100), 0);
    plan_release(&plan);
}

/* One case twice: the shortest, with the usual backlog; serial ones are nobody's control. */
static void a_control_is_a_case_again(void **state)
{
    (void)state;
    struct plan_options options = options_of("sequential,libev");
    must_take(&options, "backlog", "4096,40");
    must_take(&options, "control", "same");
    struct plan plan = make_plan(&options);
    size_t controls = 0;
    for (size_t i = 0; i < plan.case_count; i++)
        if (plan.cases[i].control) {
            struct bench_case original = plan.cases[i];
            original.control = CONTROL_NONE;
            assert_string_equal(original.driver->name, "libev");
            assert_int_equal(original.backlog, 4096);
            assert_int_equal(original.arrivals, ARRIVALS_BURST);
            size_t same = 0;
            for (size_t j = 0; j < plan.case_count; j++)
                same += !plan.cases[j].control &&
                        case_order(&plan.cases[j], &original, case_fields_of(CASE_SAME)) == 0;
            assert_int_equal(same, 1);
            controls++;
        }
    assert_int_equal(controls, 1);
    plan_release(&plan);
    options = options_of("sequential,null"); /* nothing to be one */
    must_take(&options, "control", "same");
    plan = make_plan(&options);
    assert_int_equal(plan.case_count, 2);
    plan_release(&plan);
}

static void serial_drivers_have_one_case(void **state)
{
    (void)state;
    struct plan_options options = options_of("null,sequential,libev");
    must_take(&options, "delay", "20ms");
    struct plan plan = make_plan(&options);
    assert_int_equal(plan.case_count, 2 + 12);
    const struct bench_case *null = &plan.cases[0], *sequential = &plan.cases[1];
    assert_string_equal(null->driver->name, "null");
    assert_string_equal(sequential->driver->name, "sequential");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(plan.cases[i].concurrency, 1);
        assert_int_equal(plan.cases[i].arrivals, ARRIVALS_CLOSED);
        assert_int_equal(plan.cases[i].requests, 1024);
        assert_int_equal(plan.cases[i].backlog, 4096);
    }
    assert_int_equal(null->delay, 0);
    assert_int_equal(null->time_box, 0);
    assert_int_equal(sequential->delay, 20 * NSEC_PER_MSEC);
    assert_int_equal(sequential->time_box, 200 * NSEC_PER_MSEC); /* time for ten */
    plan_release(&plan);
}

static void a_time_box_can_be_said(void **state)
{
    (void)state;
    struct plan_options options = options_of("sequential,libev");
    must_take(&options, "time-box", "3s");
    struct plan plan = make_plan(&options);
    assert_int_equal(plan.cases[0].time_box, 3 * NSEC_PER_SEC);
    assert_int_equal(plan.cases[1].time_box, 0);
    plan_release(&plan);
    must_take(&options, "time-box", "0");
    plan = make_plan(&options);
    assert_int_equal(plan.cases[0].time_box, 0);
    plan_release(&plan);
}

static void nothing_to_run_is_an_error(void **state)
{
    (void)state;
    struct plan_options options = defaults();
    struct plan plan;
    struct error error = {0};
    assert_int_equal(plan_options_finish(&options, &plan, &error), -1);
    assert_non_null(strstr(error.text, "nothing to run"));
}

static void a_seed_is_kept_or_made(void **state)
{
    (void)state;
    struct plan_options options = options_of("libev");
    must_take(&options, "seed", "5");
    struct plan plan = make_plan(&options);
    assert_int_equal(plan.seed, 5);
    plan_release(&plan);
    options = options_of("libev");
    plan = make_plan(&options);
    assert_true(plan.seed != 0 && plan.seed <= INT64_MAX); /* SQLite's integers are signed */
    assert_true(plan.seed == options.seed);
    plan_release(&plan);
}

/* ---- order ---- */

enum { CASES = 20, BLOCKS = 50 };

static void order_of(uint64_t seed, unsigned block, size_t order[CASES])
{
    struct plan plan = {.case_count = CASES, .seed = seed};
    plan_order(&plan, block, order);
}

static void every_block_holds_every_case_once(void **state)
{
    (void)state;
    for (unsigned block = 0; block < BLOCKS; block++) {
        size_t order[CASES];
        unsigned seen[CASES] = {0};
        order_of(7, block, order);
        for (size_t i = 0; i < CASES; i++) {
            assert_true(order[i] < CASES);
            seen[order[i]]++;
        }
        for (size_t i = 0; i < CASES; i++)
            assert_int_equal(seen[i], 1);
    }
}

static void an_order_is_its_seed_s_and_its_block_s(void **state)
{
    (void)state;
    size_t first[CASES], again[CASES], block[CASES], seed[CASES];
    order_of(7, 3, first);
    order_of(7, 3, again);
    order_of(7, 4, block);
    order_of(8, 3, seed);
    assert_memory_equal(first, again, sizeof(first));
    assert_memory_not_equal(first, block, sizeof(first));
    assert_memory_not_equal(first, seed, sizeof(first));
    assert_memory_not_equal(block, seed, sizeof(first));
}

/* Each case comes first about as often: 2000 blocks of 20 cases, 100 each, give or take six
 * standard deviations of a binomial. */
static void no_case_is_favoured(void **state)
{
    (void)state;
    unsigned first[CASES] = {0};
    for (unsigned block = 0; block < 2000; block++) {
        size_t order[CASES];
        order_of(11, block, order);
        first[order[0]]++;
    }
    for (size_t i = 0; i < CASES; i++)
        assert_in_range(first[i], 100 - 59, 100 + 59);
}

/* ---- presets ---- */

/* Those of 'waitbench campaign' with this preset, which is no option of `run`. */
static struct plan_options preset_options(const char *name)
{
    struct campaign_options options = {0};
    const struct option_value values[] = {{"preset", name}, {0}};
    struct error error;
    if (options_init(&campaign_option_table, &options, &error) < 0 ||
        options_set(&campaign_option_table, &options, values, &error) < 0)
        fail_msg("%s", error.text);
    assert_string_equal(options.name, name);
    return options.plan;
}

/* A preset's values are in place of those before it. */
static void a_preset_has_the_usual_requests(void **state)
{
    (void)state;
    struct campaign_options options = {0};
    const struct option_value values[] = {{"requests", "5"}, {"preset", "talk"}, {0}};
    struct error error;
    assert_int_equal(options_init(&campaign_option_table, &options, &error), 0);
    assert_int_equal(options_set(&campaign_option_table, &options, values, &error), 0);
    struct plan plan = make_plan(&options.plan);
    assert_int_equal(plan.cases[0].requests, 1024);
    plan_release(&plan);
}

/* How many cases of threadpool a campaign with these options, in this order, has with these
 * arrivals and so many in flight. */
static size_t count_of_campaign(const struct option_value *values, enum arrivals arrivals,
                                unsigned concurrency)
{
    struct campaign_options options = {0};
    struct error error;
    if (options_init(&campaign_option_table, &options, &error) < 0 ||
        options_set(&campaign_option_table, &options, values, &error) < 0)
        fail_msg("%s", error.text);
    struct plan plan = make_plan(&options.plan);
    size_t n = count_cases(&plan, "threadpool", arrivals, concurrency, 4096);
    plan_release(&plan);
    return n;
}

/* C limits open arrivals: a preset's list of it is for the others. */
static void open_arrivals_have_one_limit_unless_told(void **state)
{
    (void)state;
    const struct option_value both[] = {{"driver", "threadpool,libev"},
                                        {"arrivals", "closed,poisson"},
                                        {"rate", "100,200,400"},
                                        {0}};
    assert_int_equal(count_of_campaign(both, ARRIVALS_POISSON, 1024), 3);
    assert_int_equal(count_of_campaign(both, ARRIVALS_POISSON, 32), 0);
    assert_int_equal(count_of_campaign(both, ARRIVALS_CLOSED, 32), 1);
    const struct option_value given[] = {{"driver", "threadpool,libev"},
                                         {"arrivals", "poisson"},
                                         {"rate", "100"},
                                         {"concurrency", "32,1024"},
                                         {0}};
    assert_int_equal(count_of_campaign(given, ARRIVALS_POISSON, 32), 1);
    assert_int_equal(count_of_campaign(given, ARRIVALS_POISSON, 1024), 1);
    const struct option_value preset[] = {{"concurrency", "8"}, /* which the preset takes back */
                                          {"preset", "fib"},
                                          {"driver", "threadpool"},
                                          {"arrivals", "poisson"},
                                          {"rate", "100"},
                                          {0}};
    assert_int_equal(count_of_campaign(preset, ARRIVALS_POISSON, 1024), 1);
    assert_int_equal(count_of_campaign(preset, ARRIVALS_POISSON, 8), 0);
}

static size_t count_server(const struct plan *plan, const char *model, unsigned concurrency)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->case_count; i++)
        n += !strcmp(plan->cases[i].server_model, model) &&
             plan->cases[i].concurrency == concurrency;
    return n;
}

/* A kept connection holds a worker, so that no more can be served than there are workers. */
static void each_server_model_gets_every_case_it_can_serve(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        struct plan_options options = defaults();
        must_take(&options, "driver", "libev,epoll");
        must_take(&options, "concurrency", "4,8");
        must_take(&options, "server-model", "libev,prefork:4,libev,reuseport");
        options.request.base.keep_alive = kept;
        struct plan plan = make_plan(&options);
        assert_int_equal(count_server(&plan, "libev", 4), 2);
        assert_int_equal(count_server(&plan, "reuseport", 8), 2);
        assert_int_equal(count_server(&plan, "prefork:4", 4), 2);
        assert_int_equal(count_server(&plan, "prefork:4", 8), kept ? 0 : 2);
        plan_release(&plan);
    }
}

static void unknown_server_models_are_refused(void **state)
{
    static const char *const wrong[] = {"nope", "prefork:0", "prefork:x", "prefork:", "", "libev,"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct plan_options options = defaults();
        struct error error;
        assert_int_equal(take(&options, "server-model", wrong[i], &error), -1);
        assert_non_null(strstr(error.text, "server-model"));
    }
}

/* Waiting and working, over new and over kept connections; what one worker at a time would make too
 * long is left out. */
static void the_matrix_crosses_drivers_with_server_models(void **state)
{
    (void)state;
    struct plan_options options = preset_options("matrix");
    struct plan plan = make_plan(&options);
    size_t each = options.request.driver_count, kept = 0, working = 0, most = 0;
    for (size_t i = 0; i < each; i++)
        most += driver_usable(options.request.drivers[i], 1024, NULL) == 0;
    assert_true(each >= 12 && options.request.server_count >= 12);
    assert_int_equal(count_server(&plan, "epoll", 1024), 4 * most);
    assert_int_equal(count_server(&plan, "threadpool", 1024), 2 * most); /* not kept */
    assert_int_equal(count_server(&plan, "threadpool", 32), 4 * each);
    assert_int_equal(count_server(&plan, "iterative", 32), each); /* working, not kept */
    for (size_t i = 0; i < plan.case_count; i++) {
        kept += plan.cases[i].keep_alive;
        working += plan.cases[i].work > 0;
        assert_true((plan.cases[i].work > 0) == (plan.cases[i].delay == 0));
    }
    assert_true(kept > plan.case_count / 3 && working > plan.case_count / 3);
    plan_release(&plan);
}

static void every_preset_is_taken(void **state)
{
    (void)state;
    size_t count = 0;
    for (; preset_words[count].name; count++) {
        struct plan_options options = preset_options(preset_words[count].name);
        struct plan plan = make_plan(&options);
        assert_true(plan.case_count > 10);
        assert_true(plan.repetitions >= 3); /* the talk's mean is of the best three */
        plan_release(&plan);
    }
    assert_true(count >= 3);
}

/* The talk's own sizes, both arrivals, and the small backlog where it can overflow: 128 to 1024. */
static void the_talk_is_the_talk(void **state)
{
    (void)state;
    struct plan_options options = preset_options("talk");
    struct plan plan = make_plan(&options);
    assert_int_equal(options.request.base.delay, 100 * NSEC_PER_MSEC);
    assert_int_equal(plan.repetitions, 6);
    for (unsigned c = 32; c <= 1024; c *= 2)
        for (int s = ARRIVALS_CLOSED; s <= ARRIVALS_BURST; s++) {
            assert_int_equal(count_cases(&plan, "libev", (enum arrivals)s, c, 4096), 1);
            assert_int_equal(count_cases(&plan, "threadpool", (enum arrivals)s, c, 100), c > 100);
        }
    assert_int_equal(count_cases(&plan, "sequential", ARRIVALS_COUNT, 0, 0), 1);
    assert_int_equal(count_cases(&plan, "null", ARRIVALS_COUNT, 0, 0), 1);
    plan_release(&plan);
}

/* The talk's eight elements at once, and enough of them to tell; nobody listens, so no backlogs. */
static void the_talks_work_for_the_cpu(void **state)
{
    (void)state;
    struct plan_options options = preset_options("fib");
    struct plan plan = make_plan(&options);
    for (unsigned c = 1; c <= 8; c *= 2) {
        assert_int_equal(count_cases(&plan, "prefork", ARRIVALS_CLOSED, c, 4096), 1);
        assert_int_equal(count_cases(&plan, "prefork", ARRIVALS_BURST, c, 4096), c == 8);
    }
    for (size_t i = 0; i < plan.case_count; i++) {
        const struct bench_case *c = &plan.cases[i];
        assert_string_equal(c->workload->name, "fib");
        assert_int_equal(c->requests, c->arrivals == ARRIVALS_BURST ? 8 : 1024);
        assert_int_equal(c->delay, 0);
    }
    plan_release(&plan);
}

/* All work of each arrivals, at the head of its table, without a time box. */
static void serial_drivers_do_all_the_work(void **state)
{
    (void)state;
    struct plan_options options = options_of("libev,sequential");
    must_take(&options, "workload", "fib");
    must_take(&options, "concurrency", "2,4");
    must_take(&options, "arrivals", "closed,burst");
    must_take(&options, "requests", "100");
    must_take(&options, "backlog", "4096,1");
    must_take(&options, "time-box", "1ms");
    struct plan plan = make_plan(&options);
    assert_int_equal(plan.case_count, 6); /* none at the further backlog */
    for (size_t i = 0; i < plan.case_count; i += 3) {
        const struct bench_case *serial = &plan.cases[i];
        assert_string_equal(serial->driver->name, "sequential");
        assert_int_equal(serial->arrivals, i ? ARRIVALS_BURST : ARRIVALS_CLOSED);
        assert_int_equal(serial->requests, i ? 4 : 100);
        assert_int_equal(serial->concurrency, 1);
        assert_int_equal(serial->time_box, 0);
    }
    plan_release(&plan);
    must_take(&options, "workload", "randint");
    plan = make_plan(&options);
    assert_int_equal(count_cases(&plan, "sequential", ARRIVALS_COUNT, 0, 0), 1);
    assert_int_equal(plan.cases[0].time_box, NSEC_PER_MSEC);
    plan_release(&plan);
}

static void burst_from_so_many_on(void **state)
{
    (void)state;
    struct plan_options options = options_of("libev");
    must_take(&options, "concurrency", "2,4,8");
    must_take(&options, "arrivals", "closed,burst");
    options.request.exclusions.burst_from = 4;
    struct plan plan = make_plan(&options);
    assert_int_equal(count_cases(&plan, "libev", ARRIVALS_CLOSED, 0, 0), 3);
    assert_int_equal(count_cases(&plan, "libev", ARRIVALS_BURST, 0, 0), 2);
    assert_int_equal(count_cases(&plan, "libev", ARRIVALS_BURST, 2, 0), 0);
    plan_release(&plan);
}

/* ---- how long it should take ---- */

static void ideal_times(void **state)
{
    (void)state;
    const nsec_t delay = 100 * NSEC_PER_MSEC;
    assert_int_equal(ideal_makespan(1024, 1024, 1, delay), delay);
    assert_int_equal(ideal_makespan(1024, 1025, 1, delay), delay);
    assert_int_equal(ideal_makespan(1024, 1023, 1, delay), 2 * delay);
    assert_int_equal(ideal_makespan(1024, 256, 1, delay), 4 * delay);
    assert_int_equal(ideal_makespan(1024, 1, 1, delay), 1024 * delay);
    assert_int_equal(ideal_makespan(1, 1, 1, delay), delay);
    assert_int_equal(ideal_makespan(10, 4, 1, delay), 3 * delay);
    assert_int_equal(ideal_makespan(1024, 4, 1, 0), 0);
    assert_int_equal(ideal_makespan(0, 4, 1, delay), 0);
    assert_true(ideal_makespan(CASE_REQUESTS_MAX, 1, 1, PROTOCOL_DELAY_MAX) > 0); /* no overflow */
    /* The server delays those of a connection one by one, and slots take P at a time. */
    assert_int_equal(ideal_makespan(1024, 256, 4, delay), 4 * delay);
    assert_int_equal(ideal_makespan(1024, 256, 8, delay), 8 * delay); /* half the slots have none */
    assert_int_equal(ideal_makespan(64, 8, 4, delay), 8 * delay);
    assert_int_equal(ideal_makespan(65, 8, 4, delay), 9 * delay);
    assert_int_equal(ideal_makespan(70, 8, 4, delay), 12 * delay);
    assert_int_equal(ideal_makespan(3, 8, 4, delay), 3 * delay);
    assert_int_equal(ideal_makespan(0, 8, 4, delay), 0);
    assert_int_equal(ideal_makespan(10, 4, 0, delay), 3 * delay); /* 0 is as good as 1 */
}

static void pipelining_needs_what_it_needs(void **state)
{
    (void)state;
    static const struct {
        const char *workload;
        bool keep_alive;
        const char *says;
    } rows[] = {{"randint", false, "add --keep-alive"},
                {"http", false, "add --keep-alive"},
                {"nap", true, "workload nap has jobs"},
                {"fib", true, "workload fib has jobs"},
                {"split", true, "sends each request in two pieces"},
                {"split-nodelay", true, "sends each request in two pieces"},
                {"randint", true, NULL},
                {"http", true, NULL},
                {"slow", true, NULL}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct plan_options options = defaults();
        must_take(&options, "driver", "libev");
        must_take(&options, "pipeline", "4");
        must_take(&options, "workload", rows[i].workload);
        options.request.base.keep_alive = rows[i].keep_alive;
        struct plan plan = {0};
        struct error error = {0};
        int result = plan_options_finish(&options, &plan, &error);
        assert_int_equal(result, rows[i].says ? -1 : 0);
        if (rows[i].says && !strstr(error.text, rows[i].says))
            fail_msg("%s: %s", rows[i].workload, error.text);
        plan_release(&plan);
    }
}

/* Named, another program is refused; among all of them it is left out. */
static void other_programs_do_not_pipeline(void **state)
{
    (void)state;
    static const struct driver program = {.name = "a-program", .traits = DRIVER_PROGRAM};
    for (int all = 0; all <= 1; all++) {
        struct plan_options options = defaults();
        must_take(&options, "driver", "libev,poll");
        must_take(&options, "keep-alive", NULL);
        must_take(&options, "pipeline", "4");
        options.request.drivers[options.request.driver_count++] = options.request.drivers[1];
        options.request.drivers[1] = &program;
        options.request.all_drivers = all;
        struct plan plan = {0};
        struct error error = {0};
        assert_int_equal(plan_options_finish(&options, &plan, &error), all ? 0 : -1);
        assert_int_equal(plan.case_count, all ? 2 : 0);
        if (all)
            assert_string_equal(plan.cases[1].driver->name, "poll");
        else
            assert_non_null(strstr(error.text, "driver a-program is another program"));
        plan_release(&plan);
    }
}

static void pipelined_cases(void **state)
{
    (void)state;
    struct plan_options options = defaults();
    must_take(&options, "driver", "libev");
    must_take(&options, "concurrency", "8");
    must_take(&options, "arrivals", "closed,burst");
    must_take(&options, "requests", "50");
    must_take(&options, "keep-alive", NULL);
    must_take(&options, "pipeline", "4");
    struct plan plan = {0};
    struct error error = {0};
    assert_int_equal(plan_options_finish(&options, &plan, &error), 0);
    assert_int_equal(plan.case_count, 2);
    assert_int_equal(plan.cases[0].pipeline, 4);
    assert_int_equal(plan.cases[0].requests, 50);
    assert_int_equal(plan.cases[1].requests, 32); /* all at once: 8 connections, 4 on each */
    assert_int_equal(case_in_flight(&plan.cases[1]), 32);
    plan_release(&plan);
}

static void expected_times(void **state)
{
    (void)state;
    struct bench_case c = {.requests = 100, .concurrency = 1, .delay = 10 * NSEC_PER_MSEC};
    assert_int_equal(case_expected(&c), NSEC_PER_SEC);
    c.time_box = 55 * NSEC_PER_MSEC; /* then the one in flight still finishes */
    assert_int_equal(case_expected(&c), 65 * NSEC_PER_MSEC);
    c.time_box = 2 * NSEC_PER_SEC; /* a box that does not bind */
    assert_int_equal(case_expected(&c), NSEC_PER_SEC);
    c.time_box = 55 * NSEC_PER_MSEC;
    c.pipeline = 4; /* a whole group still finishes */
    assert_int_equal(case_expected(&c), 95 * NSEC_PER_MSEC);
}

static void arrivals_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < ARRIVALS_COUNT; i++)
        assert_int_equal(
            option_word_find(arrivals_words, arrivals_words[(enum arrivals)i].name, NULL), i);
    assert_int_equal(option_word_find(arrivals_words, "fixed", NULL), ARRIVALS_CLOSED);
    assert_int_equal(option_word_find(arrivals_words, "gather", NULL), ARRIVALS_BURST);
}

/* ---- memory ---- */

static void memory_goes_by_requests_and_processes(void **state)
{
    (void)state;
    struct bench_case c = {
        .driver = driver_find("libev"), .workload = workloads[0], .requests = 100000000};
    c.concurrency = 1000;
    assert_int_equal(memory_of_case(&c), INT64_C(1000) * (64 + 80)); /* summed up */
    c.driver = driver_find("threadpool");
    assert_int_equal(memory_of_case(&c), INT64_C(100000000) * (64 + 80));
    c.arrivals = ARRIVALS_POISSON; /* with a schedule */
    assert_int_equal(memory_of_case(&c), INT64_C(100000000) * (64 + 8 + 80));
    c.driver = driver_find("prefork");
    assert_int_equal(memory_of_case(&c) - memory_of_requests(&c), 1000 * 192 * 1024);
}

static void memory_is_refused_with_what_fits(void **state)
{
    (void)state;
    struct error error;
    struct bench_case c = {.driver = driver_find("libev"),
                           .workload = workloads[0],
                           .arrivals = ARRIVALS_CONSTANT,
                           .requests = 1000,
                           .concurrency = 10};
    assert_int_equal(memory_check(&c, 152000, &error), 0);
    assert_int_equal(memory_check(&c, -1, &error), 0); /* unknown */
    assert_int_equal(memory_check(&c, 151999, &error), -1);
    assert_string_equal(error.text,
                        "the 1000 requests of a run need 148.4 KiB of memory and 148.4 KiB are "
                        "available, enough for 999: lower --rate, --duration or --requests");
    c.arrivals = ARRIVALS_BURST;
    assert_int_equal(memory_check(&c, 1440, &error), -1);
    assert_non_null(strstr(error.text, "enough for 10: lower the concurrency"));
    c.arrivals = ARRIVALS_CLOSED;
    assert_int_equal(memory_check(&c, 0, &error), -1);
    assert_non_null(strstr(error.text, "enough for 0: lower --requests"));
    c.driver = driver_find("prefork");
    assert_int_equal(memory_check(&c, 1966079, &error), -1);
    assert_non_null(strstr(error.text, "the processes may need 1.9 MiB of memory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_where_nothing_is_said),
        cmocka_unit_test(lists_are_taken_whole),
        cmocka_unit_test(all_is_every_driver_once),
        cmocka_unit_test(what_is_named_twice_counts_once),
        cmocka_unit_test(single_values),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(every_combination_that_says_something),
        cmocka_unit_test(the_first_backlog_is_the_usual_one),
        cmocka_unit_test(further_backlogs_in_some_arrivals_only),
        cmocka_unit_test(a_control_is_a_case_again),
        cmocka_unit_test(serial_drivers_have_one_case),
        cmocka_unit_test(a_time_box_can_be_said),
        cmocka_unit_test(nothing_to_run_is_an_error),
        cmocka_unit_test(a_seed_is_kept_or_made),
        cmocka_unit_test(every_block_holds_every_case_once),
        cmocka_unit_test(an_order_is_its_seed_s_and_its_block_s),
        cmocka_unit_test(no_case_is_favoured),
        cmocka_unit_test(each_server_model_gets_every_case_it_can_serve),
        cmocka_unit_test(unknown_server_models_are_refused),
        cmocka_unit_test(the_matrix_crosses_drivers_with_server_models),
        cmocka_unit_test(every_preset_is_taken),
        cmocka_unit_test(the_talk_is_the_talk),
        cmocka_unit_test(the_talks_work_for_the_cpu),
        cmocka_unit_test(serial_drivers_do_all_the_work),
        cmocka_unit_test(burst_from_so_many_on),
        cmocka_unit_test(ideal_times),
        cmocka_unit_test(pipelining_needs_what_it_needs),
        cmocka_unit_test(other_programs_do_not_pipeline),
        cmocka_unit_test(pipelined_cases),
        cmocka_unit_test(a_preset_has_the_usual_requests),
        cmocka_unit_test(open_arrivals_have_one_limit_unless_told),
        cmocka_unit_test(expected_times),
        cmocka_unit_test(memory_goes_by_requests_and_processes),
        cmocka_unit_test(memory_is_refused_with_what_fits),
        cmocka_unit_test(arrivals_have_names),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
