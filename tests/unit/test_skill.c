/* Predictions against the ideal, with figures computed by hand. */
#include "bench/show/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct case_summary case_of(unsigned concurrency, double predicted, double ideal,
                                   double measured)
{
    return (struct case_summary){.c = {.driver = driver_find("libev"), .concurrency = concurrency},
                                 .makespan = {.n = 6, .median = measured},
                                 .predicted_s = predicted,
                                 .ideal_s = ideal};
}

/* Errors of the prediction, as factors: 1.1, 1.1 and 1.21, of the ideal 1, 1.1 and 1.1^7: their
 * logarithms are 4 and 8 times log 1.1. */
static void the_score_is_that_of_logarithms(void **state)
{
    (void)state;
    struct case_summary cases[] = {
        case_of(32, 1.1, 1, 1), case_of(64, 1, 1, 1.1), case_of(128, 1.21, pow(1.1, -7), 1),
        case_of(256, NAN, 1, 1), /* without a prediction */
    };
    const struct judgement judgement = {.cases = cases, .case_count = 4};
    const struct skill skill = skill_of(&judgement);
    assert_int_equal(skill.cases, 3);
    assert_int_equal(skill.predicted_close, 2); /* not 1.21 */
    assert_int_equal(skill.ideal_close, 2);     /* 1 / 1.1 is 0.91, and 1.1^-7 is 0.51 */
    assert_true(fabs(skill.score - 0.5) < 1e-9);
}

static void it_is_told_where_there_are_predictions(void **state)
{
    (void)state;
    struct case_summary cases[] = {case_of(32, 1.1, 0.9, 1), case_of(64, 1, 0.81, 1)};
    struct judgement judgement = {.cases = cases, .case_count = 2};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_print_skill(&judgement, GRID_MARKDOWN, out);
    fclose(out);
    /* log 1.1 = 0.0953, log 0.9 = -0.1054, log 0.81 = -0.2107: 1 - 0.0953 / 0.3161 */
    assert_string_equal(text, "\nPrediction: 2 of 2 cases are within 15% of the measured makespan, "
                              "by the ideal alone 1; skill score 0.70 (1: perfect, 0: no better "
                              "than the ideal).\n");
    free(text);
    judgement.case_count = 0;
    out = open_memstream(&text, &size);
    table_print_skill(&judgement, GRID_MARKDOWN, out);
    fclose(out);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_score_is_that_of_logarithms),
        cmocka_unit_test(it_is_told_where_there_are_predictions),
    };
    return cmocka_run_group_tests_name("skill", tests, NULL, NULL);
}
