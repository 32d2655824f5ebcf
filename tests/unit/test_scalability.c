/* The Universal Scalability Law: coefficients that are known are found again, and forecasts are
 * held against figures computed by hand. */
#include "bench/predict/scalability.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/plan/case_fields.h"
#include "bench/show/table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-6 * fabs(expected)))
        fail_msg("%.9g is not %.9g", value, expected);
}

/* lambda 120, sigma 1/4, kappa 1/8: 120 N / (1 + (N - 1) / 4 + N (N - 1) / 8). */
static struct scalability_point retrograde[] = {
    {1, 120}, {2, 240 / 1.5}, {3, 360 / 2.25}, {4, 480 / 3.25}, {5, 600 / 4.5}};

/* lambda 100, sigma 1/100, kappa 1/10000. */
static struct scalability_point slow[] = {
    {1, 100}, {11, 1100 / 1.111}, {21, 2100 / 1.242}, {101, 10100 / 3.01}};

static struct scalability_series series_of(struct scalability_point *points, size_t n)
{
    return (struct scalability_series){.points = points, .point_count = n};
}

static void what_made_the_points_is_found_again(void **state)
{
    (void)state;
    struct scalability_series series[] = {series_of(retrograde, COUNT(retrograde)),
                                          series_of(slow, COUNT(slow))};
    struct error error;
    assert_int_equal(scalability_fit(series, 2, &error), 0);
    assert_true(series[0].law.fitted && series[1].law.fitted);
    assert_near(series[0].law.lambda.value, 120);
    assert_near(series[0].law.sigma.value, 0.25);
    assert_near(series[0].law.kappa.value, 0.125);
    assert_near(scalability_peak(&series[0].law), sqrt(6));
    assert_near(series[1].law.lambda.value, 100);
    assert_near(series[1].law.sigma.value, 0.01);
    assert_near(series[1].law.kappa.value, 0.0001);
    assert_near(scalability_rate(&series[1].law, 401), 40100 / 21.04);
    assert_true(series[1].law.sigma.error < 1e-6);
}

/* Deviations of 1% up and down: an error that is of that order, and coefficients within a few of
 * them. */
static void the_error_is_that_of_the_points(void **state)
{
    (void)state;
    struct scalability_point points[] = {{1, 101},
                                         {11, 1100 / 1.111 * 0.99},
                                         {21, 2100 / 1.242 * 1.01},
                                         {51, 5100 / 1.755 * 0.99},
                                         {101, 10100 / 3.01 * 1.01}};
    struct scalability_series series = series_of(points, COUNT(points));
    struct error error;
    assert_int_equal(scalability_fit(&series, 1, &error), 0);
    assert_true(series.law.fitted);
    assert_true(series.law.lambda.error > 0.3 && series.law.lambda.error < 3);
    assert_true(fabs(series.law.lambda.value - 100) < 3 * series.law.lambda.error);
    assert_true(series.law.sigma.error > 1e-4 && series.law.sigma.error < 3e-3);
    assert_true(fabs(series.law.sigma.value - 0.01) < 3 * series.law.sigma.error);
}

/* 100 N / (1 + (N - 1) / 100 - N (N - 1) / 100000) would have a pole: kappa is held at 0. And 100 N
 * / (1 - (N - 1) / 1000
 * + N (N - 1) / 100000), superlinear up to 100 in flight: sigma is. */
static void what_would_be_negative_is_zero(void **state)
{
    (void)state;
    struct scalability_point pole[5], superlinear[5];
    const unsigned in_flight[] = {1, 11, 21, 51, 101};
    for (size_t i = 0; i < 5; i++) {
        double n = in_flight[i];
        pole[i] = (struct scalability_point){in_flight[i],
                                             100 * n / (1 + (n - 1) / 100 - n * (n - 1) / 100000)};
        superlinear[i] = (struct scalability_point){
            in_flight[i], 100 * n / (1 - (n - 1) / 1000 + n * (n - 1) / 100000)};
    }
    struct scalability_series series[] = {series_of(pole, 5), series_of(superlinear, 5)};
    struct error error;
    assert_int_equal(scalability_fit(series, 2, &error), 0);
    const struct scalability_law *amdahl = &series[0].law, *coherent = &series[1].law;
    assert_true(amdahl->fitted && coherent->fitted);
    assert_near(amdahl->kappa.unbounded, -0.00001);
    assert_true(amdahl->kappa.value == 0 && isnan(amdahl->kappa.error));
    assert_true(amdahl->sigma.value > 0.008 && amdahl->sigma.value < 0.01);
    assert_true(amdahl->sigma.error > 0);
    assert_true(isinf(scalability_peak(amdahl)));
    assert_near(coherent->sigma.unbounded, -0.001);
    assert_true(coherent->sigma.value == 0 && isnan(coherent->sigma.error));
    assert_true(coherent->kappa.value >= 0 && coherent->kappa.value < 0.00001);
}

/* Both would be: what is left is growth in proportion, of the mean rate of one in flight. */
static void faster_than_in_proportion_is_in_proportion(void **state)
{
    (void)state;
    struct scalability_point points[] = {{1, 98}, {10, 1000}, {50, 5050}, {100, 10200}};
    struct scalability_series series = series_of(points, COUNT(points));
    struct error error;
    assert_int_equal(scalability_fit(&series, 1, &error), 0);
    assert_true(series.law.fitted);
    assert_true(series.law.sigma.value == 0 && series.law.kappa.value < 1e-9);
    assert_true(series.law.lambda.value > 99 && series.law.lambda.value < 102);
}

static void a_rate_that_does_not_grow(void **state)
{
    (void)state;
    struct scalability_point points[] = {{8, 500}, {16, 501}, {32, 499}, {64, 500}, {128, 500}};
    struct scalability_series series = series_of(points, COUNT(points));
    struct error error;
    assert_int_equal(scalability_fit(&series, 1, &error), 0);
    assert_true(series.law.fitted);
    assert_true(fabs(scalability_rate(&series.law, 64) - 500) < 2);
}

/* ---- gnuplots that are missing or fail ---- */

struct place {
    char folder[64], program[96], data[96], path[4096];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    snprintf(place->path, sizeof(place->path), "%s", getenv("PATH"));
    strcpy(place->folder, "/tmp/test-scalability.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->program, sizeof(place->program), "%s/gnuplot", place->folder);
    snprintf(place->data, sizeof(place->data), "%s/data", place->folder);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    setenv("PATH", place->path, 1);
    unlink(place->program);
    unlink(place->data);
    rmdir(place->folder);
    free(place);
    return 0;
}

/* Another gnuplot, of a shell's commands, is found first. */
static void install(const struct place *place, const char *commands)
{
    char path[sizeof(place->path) + sizeof(place->folder)];
    FILE *out = fopen(place->program, "w");
    assert_non_null(out);
    fprintf(out, "#!/bin/sh\n%s\n", commands);
    fclose(out);
    chmod(place->program, 0755);
    snprintf(path, sizeof(path), "%s:%s", place->folder, place->path);
    setenv("PATH", path, 1);
}

static void without_gnuplot(void **state)
{
    const struct place *place = *state;
    struct scalability_series series = series_of(slow, COUNT(slow));
    struct error error;
    setenv("PATH", place->folder, 1);
    assert_int_equal(scalability_fit(&series, 1, &error), -1);
    assert_string_equal(error.text, "gnuplot is missing: './run.sh deps' installs it");
    assert_false(series.law.fitted);
}

/* What was fitted before it failed counts. */
static void a_gnuplot_that_fails(void **state)
{
    struct scalability_series series[] = {series_of(slow, COUNT(slow)),
                                          series_of(slow, COUNT(slow))};
    struct error error;
    install(*state, "echo fit 0 1 100 1 0.01 0.001 0.01 0.0001 0.00001 0.0001\n"
                    "printf '\\n         ^\\n \"-\" line 41: Singular matrix\\n\\n' >&2\nexit 1");
    assert_int_equal(scalability_fit(series, 2, &error), -1);
    assert_string_equal(error.text, "gnuplot's fit failed: \"-\" line 41: Singular matrix");
    assert_true(series[0].law.fitted);
    assert_near(series[0].law.kappa.error, 0.00001);
    assert_false(series[1].law.fitted);
}

/* Not converged, not complete, of no series, and coefficients that cannot be. */
static void figures_that_are_no_fit(void **state)
{
    struct scalability_series series[3] = {0};
    struct error error;
    for (size_t i = 0; i < 3; i++)
        series[i] = series_of(slow, COUNT(slow));
    install(*state, "echo fit 0 0 100 1 0.01 0.001 0.01 0.0001 0.00001 0.0001\n"
                    "echo fit 1 1 100 1 0.01\n"
                    "echo fit 9 1 100 1 0.01 0.001 0.01 0.0001 0.00001 0.0001\n"
                    "echo fit 2 1 NaN NaN 0.01 0.001 0.01 0.0001 0.00001 0.0001\n");
    assert_int_equal(scalability_fit(series, 3, &error), 0);
    for (size_t i = 0; i < 3; i++)
        assert_false(series[i].law.fitted);
}

/* ---- tables ---- */

enum { CASES = 6 };

/* The points of `slow`; at 201 and 401 in flight the law says 20100 / 7.02 and 40100 / 21.04. */
static void fill(struct case_summary *cases, const struct driver *driver)
{
    const double rates[CASES] = {100,          1100 / 1.111,       2100 / 1.242,
                                 10100 / 3.01, 20100 / 7.02 / 1.1, 40100 / 21.04 / 0.8};
    const unsigned in_flight[CASES] = {1, 11, 21, 101, 201, 401};
    for (size_t i = 0; i < CASES; i++) {
        cases[i] = (struct case_summary){.c = case_usual(),
                                         .makespan = {.n = 3, .median = in_flight[i] / rates[i]},
                                         .per_request = {.n = 3, .median = 1 / rates[i]}};
        cases[i].c.driver = driver;
        cases[i].c.arrivals = ARRIVALS_BURST;
        cases[i].c.concurrency = in_flight[i];
        cases[i].c.requests = in_flight[i];
    }
}

static char *print(struct case_summary *cases, size_t n, enum grid_style style)
{
    const struct judgement judgement = {.cases = cases, .case_count = n};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_print_scalability(&judgement, style, out);
    fclose(out);
    return text;
}

static void assert_prints(struct case_summary *cases, size_t n, const char *expected)
{
    char *text = print(cases, n, GRID_MARKDOWN);
    if (!strstr(text, expected))
        fail_msg("no \"%s\" in:\n%s", expected, text);
    free(text);
}

/* Of linear growth 40100 / 3.01 over 40100 / 21.04 / 0.8 is 5.592, of the last rate 10100
 * / 3.01 1.408. */
static void errors_of_forecasts(void **state)
{
    (void)state;
    struct case_summary cases[CASES];
    fill(cases, driver_find("libev"));
    assert_prints(cases, CASES,
                  "| libev  | burst | 201 |       2603 |     2863 | +10.0% |       "
                  "+156.5% |             +28.9% |\n");
    assert_prints(cases, CASES,
                  "| libev  | burst | 401 |       2382 |     1906 | -20.0% |       "
                  "+459.2% |             +40.8% |\n");
    assert_prints(cases, CASES,
                  "|     99 |      15.0% |           307.9% |                 34.9% | "
                  "OK      |\n");
    assert_prints(cases, CASES,
                  "The law is closest for 1 of 1; mean error 15.0% by the law, 307.9% "
                  "by linear growth, 34.9% by the last rate kept.\n");
    char *text = print(cases, CASES, GRID_SCREEN);
    assert_non_null(strstr(text, "fitted on C up to 128"));
    assert_null(strstr(text, "Forecasts"));
    free(text);
}

/* Four points to fit and one to forecast, of cases that are alike. */
static void not_without_the_points(void **state)
{
    (void)state;
    struct case_summary cases[CASES];
    fill(cases, driver_find("libev"));
    for (size_t left_out = 0; left_out < 4; left_out++) {
        fill(cases, driver_find("libev"));
        cases[left_out].makespan.n = 0; /* INVALID */
        char *text = print(cases, CASES, GRID_MARKDOWN);
        assert_string_equal(text, "");
        free(text);
    }
    fill(cases, driver_find("libev"));
    char *text = print(cases, 4, GRID_MARKDOWN);
    assert_string_equal(text, "");
    free(text);
    cases[0].c.keep_alive = true; /* another curve's */
    text = print(cases, CASES, GRID_MARKDOWN);
    assert_string_equal(text, "");
    free(text);
}

/* In any order. */
static void a_campaigns_order_does_not_matter(void **state)
{
    (void)state;
    struct case_summary cases[CASES], swapped;
    fill(cases, driver_find("libev"));
    swapped = cases[0];
    cases[0] = cases[CASES - 1];
    cases[CASES - 1] = swapped;
    assert_prints(cases, CASES, "mean error 15.0% by the law");
}

static void a_line_says_why_there_is_no_fit(void **state)
{
    const struct place *place = *state;
    struct case_summary cases[2 * CASES];
    fill(cases, driver_find("libev"));
    fill(cases + CASES, driver_find("epoll"));
    setenv("PATH", place->folder, 1);
    char *text = print(cases, 2 * CASES, GRID_MARKDOWN);
    assert_string_equal(text,
                        "\nNo fit of the Universal Scalability Law to libev, epoll: gnuplot is "
                        "missing: './run.sh deps' installs it\n");
    free(text);
    install(place, "echo fit 0 1 100 1 0.01 0.001 0.01 0.0001 0.00001 0.0001\n"
                   "echo fit 1 0 100 1 0.01 0.001 0.01 0.0001 0.00001 0.0001");
    assert_prints(cases, 2 * CASES,
                  "\nNo fit of the Universal Scalability Law to epoll: the least squares "
                  "did not converge\n");
    assert_prints(cases, 2 * CASES, "| epoll  | burst |      4 |        no fit |");
    assert_prints(cases, 2 * CASES, "The law is closest for 1 of 1; ");
}

/* The name of a driver is a path that anybody chooses. */
static void gnuplot_gets_numbers_alone(void **state)
{
    const struct place *place = *state;
    const struct driver hostile = {.name =
                                       "exec:/'`touch /tmp/canary`'\nsystem('touch /tmp/canary')"};
    struct case_summary cases[CASES];
    char commands[256], line[256];
    fill(cases, &hostile);
    snprintf(commands, sizeof(commands), "cat /dev/fd/3 >%s; cat >/dev/null", place->data);
    install(place, commands);
    free(print(cases, CASES, GRID_MARKDOWN));
    FILE *data = fopen(place->data, "r");
    assert_non_null(data);
    size_t points = 0;
    for (; fgets(line, sizeof(line), data); points += *line != '\n')
        assert_int_equal(strspn(line, "0123456789.e+- \n"), strlen(line));
    fclose(data);
    assert_int_equal(points, 4);
}

int main(void)
{
#define TEST_IN_PLACE(function) cmocka_unit_test_setup_teardown(function, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_made_the_points_is_found_again),
        cmocka_unit_test(the_error_is_that_of_the_points),
        cmocka_unit_test(what_would_be_negative_is_zero),
        cmocka_unit_test(faster_than_in_proportion_is_in_proportion),
        cmocka_unit_test(a_rate_that_does_not_grow),
        TEST_IN_PLACE(without_gnuplot),
        TEST_IN_PLACE(a_gnuplot_that_fails),
        TEST_IN_PLACE(figures_that_are_no_fit),
        cmocka_unit_test(errors_of_forecasts),
        cmocka_unit_test(not_without_the_points),
        cmocka_unit_test(a_campaigns_order_does_not_matter),
        TEST_IN_PLACE(a_line_says_why_there_is_no_fit),
        TEST_IN_PLACE(gnuplot_gets_numbers_alone),
    };
    return cmocka_run_group_tests_name("scalability", tests, NULL, NULL);
}
