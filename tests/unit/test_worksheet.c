/* Worksheets: the same on every machine, and within bounds whatever the seed. */
#include "bench/drive/worksheet_run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct worksheet *make(const char *lab, uint64_t seed, const char *student)
{
    static struct worksheet sheet;
    struct error error;
    const struct worksheet_lab *found = worksheet_find_lab(lab, &error);
    assert_non_null(found);
    assert_int_equal(worksheet_make(&sheet, found, seed, student, &error), 0);
    return &sheet;
}

/* Changing any of these gives a class other worksheets than were handed out. */
static void they_are_the_same_everywhere(void **state)
{
    (void)state;
    const struct worksheet *sheet = make("lab1", 17, "");
    assert_string_equal(sheet->id, "lab1-17-0affe22cc90dfb72");
    assert_int_equal(sheet->count, 5);
    assert_string_equal(sheet->questions[0].cases[0], "-d sequential -n 50 -t 10ms --time-box 0");
    assert_string_equal(sheet->questions[1].cases[0], "-d libev -c 16 -n 160 -t 50ms");
    assert_string_equal(sheet->questions[3].cases[1], "-d epoll -c 48 -n 192 -t 20ms");
    sheet = make("lab2", 1, "Ada");
    assert_string_equal(sheet->questions[1].cases[0],
                        "-d threadpool -s burst -c 960 -b 24 -t 150ms");
    assert_string_equal(sheet->questions[4].cases[0],
                        "-d epoll -S threadpool:1 -t 12ms -c 1024 --arrivals poisson --rate 50 -n "
                        "200");
}

static void students_and_seeds_have_their_own(void **state)
{
    (void)state;
    char id[WORKSHEET_ID_BYTES];
    size_t different = 0;
    strcpy(id, make("lab1", 1, "Ada")->id);
    assert_string_not_equal(id, make("lab1", 1, "Bob")->id);
    assert_string_not_equal(id, make("lab2", 1, "Ada")->id);
    for (uint64_t seed = 2; seed <= 31; seed++) {
        char before[WORKSHEET_TEXT_BYTES];
        strcpy(before, make("lab1", seed - 1, "")->questions[1].text);
        different += strcmp(before, make("lab1", seed, "")->questions[1].text) != 0;
    }
    assert_true(different > 25);
}

static void is_bounded(const struct worksheet_question *question)
{
    const struct worksheet_values *v = &question->values;
    assert_true(isfinite(question->theory.value) && question->theory.value > 0);
    assert_true(question->case_count >= 1);
    assert_true(v->concurrency >= 1 && v->concurrency <= 1024);
    assert_true(v->requests >= v->concurrency && v->requests <= 2048);
    assert_null(strpbrk(question->text, "{}"));
    assert_null(strpbrk(question->cases[0], "{}"));
    assert_null(strpbrk(question->solution, "{}"));
}

/* Every case is one that waitbench takes, and a lab's runs are a minute or two at most. */
static void can_be_planned(const struct worksheet *sheet)
{
    struct campaign campaign;
    struct error error;
    if (worksheet_plan(sheet, &campaign, &error) < 0)
        fail_msg("%s: %s", sheet->id, error.text);
    assert_int_equal(campaign.plan.repetitions, WORKSHEET_REPETITIONS);
    assert_true(campaign_expected_s(&campaign.plan) < 2 * 60);
    plan_release(&campaign.plan);
}

static void every_seed_is_within_bounds(void **state)
{
    (void)state;
    for (const struct worksheet_lab *lab = worksheet_labs; lab->name; lab++)
        for (uint64_t seed = 1; seed <= 60; seed++) {
            const struct worksheet *sheet = make(lab->name, seed, "");
            assert_true(sheet->count >= 3);
            for (size_t i = 0; i < sheet->count; i++)
                is_bounded(&sheet->questions[i]);
            if (seed <= 5) /* each server model is started, which takes time */
                can_be_planned(sheet);
        }
}

/* By hand: ceil(N/C) x delay, C / delay, a second and the delay, load / (2 (1 - load)) x D. */
static void theory_is_that_of_the_handout(void **state)
{
    (void)state;
    const struct worksheet *sheet = make("lab1", 17, "");
    const struct worksheet_values *v = &sheet->questions[2].values;
    double rounds = ceil((double)v->requests / v->concurrency);
    assert_true(fabs(sheet->questions[2].theory.value - rounds * clock_seconds(v->delay)) < 1e-9);
    v = &sheet->questions[4].values;
    assert_true(fabs(sheet->questions[4].theory.value - v->concurrency / clock_seconds(v->delay)) <
                1e-6);
    sheet = make("lab2", 17, "");
    assert_int_equal(sheet->questions[1].theory.relation, AT_LEAST);
    assert_true(sheet->questions[1].theory.value > 1);
    v = &sheet->questions[4].values;
    double load = v->rate * clock_seconds(v->delay) / v->workers;
    double wait = load / (2 * (1 - load)) * clock_seconds(v->delay);
    assert_true(fabs(sheet->questions[4].theory.value - wait) < 1e-6);
}

static void predictions_have_the_unit_of_their_question(void **state)
{
    (void)state;
    double value;
    struct error error;
    struct worksheet_row row = {.unit = "s"};
    const struct worksheet_question question = {.row = &row, .name = "q1"};
    assert_int_equal(worksheet_parse_prediction(&question, "1.5s", &value, &error), 0);
    assert_true(fabs(value - 1.5) < 1e-9);
    assert_int_equal(worksheet_parse_prediction(&question, "1.5", &value, &error), -1);
    assert_int_equal(worksheet_parse_prediction(&question, "0s", &value, &error), -1);
    row.unit = "bytes";
    assert_int_equal(worksheet_parse_prediction(&question, "4Ki", &value, &error), 0);
    assert_true(fabs(value - 4096) < 1e-9);
    row.unit = "times";
    assert_int_equal(worksheet_parse_prediction(&question, "2.5", &value, &error), 0);
    assert_true(fabs(value - 2.5) < 1e-9);
    for (const char *const *wrong = (const char *const[]){"", "x", "2x", "nan", "inf", "-1", NULL};
         *wrong; wrong++)
        assert_int_equal(worksheet_parse_prediction(&question, *wrong, &value, &error), -1);
    assert_non_null(strstr(error.text, "q1"));
}

static void names_are_names(void **state)
{
    (void)state;
    struct worksheet sheet;
    struct error error;
    char longest[WORKSHEET_STUDENT_BYTES + 1];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(worksheet_make(&sheet, worksheet_labs, 1, longest, &error), -1);
    assert_int_equal(worksheet_make(&sheet, worksheet_labs, 1, "a\nb", &error), -1);
    assert_int_equal(worksheet_make(&sheet, worksheet_labs, 1, "a\tb", &error), -1);
    assert_int_equal(worksheet_make(&sheet, worksheet_labs, 1, "a\x1b[2J", &error), -1);
    assert_int_equal(worksheet_make(&sheet, worksheet_labs, 1, "Zoë O'Neil", &error), 0);
    assert_null(worksheet_find_lab("lab9", &error));
    assert_non_null(strstr(error.text, "lab1, lab2, lab3"));
}

static void says(double predicted, const struct worksheet_outcome *outcome, const char *expected)
{
    char remark[WORKSHEET_REMARK_BYTES];
    assert_string_equal(worksheet_remark(predicted, outcome, remark), expected);
}

static void remarks_are_honest(void **state)
{
    (void)state;
    char remark[WORKSHEET_REMARK_BYTES];
    struct worksheet_outcome outcome = {.measured = 2, .interval = {1.9, 2.2, 0.969}};
    const struct worksheet_theory least = {1, AT_LEAST}, most = {1, AT_MOST};
    says(1.95, &outcome, "within the interval");
    says(1, &outcome, "too low by a factor of 2");
    says(5, &outcome, "too high by a factor of 2.5");
    says(1.88, &outcome, "too low by 6.0%");
    assert_string_equal(worksheet_remark_theory(&least, &outcome, remark), "met");
    assert_string_equal(worksheet_remark_theory(&most, &outcome, remark), "not met");
    outcome.interval.coverage = 0.75; /* a range */
    says(1.95, &outcome, "too low by 2.5%");
    outcome.measured = NAN;
    strcpy(outcome.reasons, "a response was wrong");
    says(2, &outcome, "not judged: a response was wrong");
    assert_string_equal(worksheet_remark_theory(&least, &outcome, remark),
                        "not judged: a response was wrong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_the_same_everywhere),
        cmocka_unit_test(students_and_seeds_have_their_own),
        cmocka_unit_test(every_seed_is_within_bounds),
        cmocka_unit_test(theory_is_that_of_the_handout),
        cmocka_unit_test(predictions_have_the_unit_of_their_question),
        cmocka_unit_test(names_are_names),
        cmocka_unit_test(remarks_are_honest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
