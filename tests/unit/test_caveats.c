/* Caveats of synthetic campaigns: each is said once, of all the cases that have it, and an overload
 * has a reason. */
#include "bench/show/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workloads.h"

enum { CASES_MAX = 12 };

static struct {
    struct case_summary cases[CASES_MAX];
    struct stored_run runs[CASES_MAX];
} made;

static struct judgement judgement;

static int start(void **state)
{
    (void)state;
    judgement = (struct judgement){.cases = made.cases};
    return 0;
}

/* A case of one run: C = 64, poisson arrivals, 20 ms of server delay. */
static struct case_summary *add(const char *driver, unsigned rate)
{
    size_t n = judgement.case_count++;
    struct case_summary *s = &made.cases[n];
    assert_in_range(n, 0, CASES_MAX - 1);
    made.runs[n] = (struct stored_run){0};
    *s = (struct case_summary){.c = {.driver = driver_find(driver),
                                     .workload = workload_find("randint"),
                                     .arrivals = ARRIVALS_POISSON,
                                     .rate = rate,
                                     .requests = 100,
                                     .concurrency = 64,
                                     .pipeline = 1,
                                     .delay = 20 * NSEC_PER_MSEC,
                                     .backlog = 4096},
                               .runs = &made.runs[n],
                               .run_count = 1};
    return s;
}

static void make_noisy(struct case_summary *s, const char *caveat, const char *reason)
{
    s->quality = QUALITY_NOISY;
    strcpy(s->caveats, caveat);
    strcpy(s->reasons, reason);
    s->noisy_count = *reason ? 1 : 0;
}

static void assert_prints(enum grid_style style, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_print_caveats(&judgement, style, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

#define SETTING ", server delay 20 ms, backlog 4096"

static void what_holds_of_all_cases_is_said_once(void **state)
{
    (void)state;
    for (unsigned rate = 100; rate <= 400; rate += 100)
        make_noisy(add("epoll", rate), "1 run is too few", "");
    assert_prints(GRID_TEXT, "NOISY: all 4 cases: 1 run is too few\n");
    strcpy(made.cases[2].reasons, "a storm");
    made.cases[2].noisy_count = 1;
    assert_prints(GRID_TEXT,
                  "NOISY: all 4 cases: 1 run is too few\n"
                  "NOISY: poisson 300/s epoll(64)" SETTING ": 1 of 1 runs, such as: a storm\n");
}

static void what_holds_of_some_cases_names_them(void **state)
{
    (void)state;
    make_noisy(add("epoll", 100), "", "a storm");
    make_noisy(add("libev", 100), "", "a storm");
    add("libev", 200);
    make_noisy(add("epoll", 200), "1 run is too few", "a flood");
    assert_prints(GRID_TEXT,
                  "NOISY: poisson 100/s epoll(64)" SETTING " and poisson 100/s libev(64)" SETTING
                  ": 1 of 1 runs, such as: a storm\n"
                  "NOISY: poisson 200/s epoll(64)" SETTING
                  ": 1 run is too few; also 1 of 1 runs, such as: a flood\n");
}

static void runs_in_two_modes_are_said_with_their_figures(void **state)
{
    (void)state;
    struct case_summary *s = add("epoll", 100);
    s->c.arrivals = ARRIVALS_CLOSED;
    s->c.rate = 0;
    s->makespan_modes = (struct stats_modes){.two = true, .fast = {2, 0.132}, .slow = {4, 1.15}};
    assert_prints(GRID_TEXT, "two modes: closed epoll(64)" SETTING
                             " (132 ms in 2 runs, 1.15 s in 4): the makespans of some runs are far "
                             "from those of the others\n");
}

/* A terminal has the first lines, and the first names in a line. */
static void a_terminal_has_the_first_of_them(void **state)
{
    (void)state;
    static const char *const reasons[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < 5; i++)
        make_noisy(add("epoll", 100), "", reasons[i]);
    for (unsigned rate = 1; rate <= 5; rate++) {
        struct case_summary *s = add("libev", rate);
        make_noisy(s, "", "broken");
        s->quality = QUALITY_INVALID;
        s->invalid_count = 1;
    }
    assert_prints(GRID_SCREEN,
                  "INVALID: poisson 1/s libev(64)" SETTING ", poisson 2/s libev(64)" SETTING
                  ", poisson 3/s libev(64)" SETTING " and 2 more: 1 of 1 runs, such as: broken\n"
                  "NOISY: poisson 100/s epoll(64)" SETTING ": 1 of 1 runs, such as: a\n"
                  "NOISY: poisson 100/s epoll(64)" SETTING ": 1 of 1 runs, such as: b\n"
                  "NOISY: poisson 100/s epoll(64)" SETTING ": 1 of 1 runs, such as: c\n"
                  "2 more such lines: --all prints all\n");
}

static void an_overload_has_a_reason(void **state)
{
    (void)state;
    struct case_summary *of_workers = add("epoll", 600), *of_slots = add("libev", 200),
                        *unknown = add("poll", 100);
    made.runs[0].serves_at_once = 8;
    made.runs[2].serves_at_once = 8;
    of_slots->c.concurrency = 2;
    of_workers->overloaded = of_slots->overloaded = unknown->overloaded = true;
    assert_prints(GRID_TEXT, "overloaded: poisson 600/s epoll(64)" SETTING
                             ": 8 workers at 20ms each serve 400 requests/s at most\n"
                             "overloaded: poisson 200/s libev(2)" SETTING
                             ": C = 2 at 20ms each: 100 requests/s at most\n"
                             "overloaded: poisson 100/s poll(64)" SETTING
                             ": requests were due faster than they completed\n");
    made.runs[0].serves_at_once = 1;
    of_slots->overloaded = unknown->overloaded = false;
    assert_prints(GRID_TEXT, "overloaded: poisson 600/s epoll(64)" SETTING
                             ": 1 worker at 20ms each serves 50 requests/s at most\n");
    of_workers->c.work = NSEC_PER_MSEC; /* how long a request takes is not known then */
    assert_prints(GRID_TEXT,
                  "overloaded: poisson 600/s epoll(64), server delay 20 ms, backlog 4096, "
                  "server work 1 ms: requests were due faster than they completed\n");
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_holds_of_all_cases_is_said_once),
        TEST(what_holds_of_some_cases_names_them),
        TEST(runs_in_two_modes_are_said_with_their_figures),
        TEST(a_terminal_has_the_first_of_them),
        TEST(an_overload_has_a_reason),
    };
    return cmocka_run_group_tests_name("caveats", tests, NULL, NULL);
}
