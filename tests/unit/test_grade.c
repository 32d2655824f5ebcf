/* The parts of `waitbench grade` that need no program: what a source defines, tests that end. */
#include "bench/grade/build_driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/grade/claim.h"
#include "bench/grade/expect.h"
#include "bench/grade/grade.h"

static void a_source_names_its_driver(void **state)
{
    char name[BUILD_NAME_BYTES];
    (void)state;
    assert_true(build_find_driver("const struct driver driver_mine = {", name));
    assert_string_equal(name, "mine");
    assert_true(build_find_driver("extern const struct driver driver_a;\n"
                                  "const struct driver driver_b2_c\n= {",
                                  name));
    assert_string_equal(name, "b2_c");
    assert_false(build_find_driver("const struct driver driver_declared;", name));
    assert_false(build_find_driver("struct driver driver_ = {", name));
    assert_false(build_find_driver("struct driver driver_a; rm = {", name));
    assert_false(build_find_driver("", name));
    char longest[256] = "struct driver driver_";
    memset(longest + strlen(longest), 'x', BUILD_NAME_BYTES);
    strcat(longest, " = {");
    assert_false(build_find_driver(longest, name));
}

static void expects_more_than_there_is(const void *count)
{
    expect(*(const int *)count > 1, "there is %d", *(const int *)count);
}

static void a_test_ends_with_its_reason(void **state)
{
    struct error error = {0};
    int one = 1, two = 2;
    (void)state;
    assert_int_equal(expect_run(expects_more_than_there_is, &one, &error), -1);
    assert_string_equal(error.text, "there is 1");
    assert_int_equal(expect_run(expects_more_than_there_is, &two, &error), 0);
}

static void points_add_up(void **state)
{
    static struct grade all, one = {.only = "small loads"}, none = {.only = "nothing like it"};
    (void)state;
    assert_int_equal(grade_list(&all, NULL), 0);
    assert_int_equal(grade_most(&all, GRADE_GROUPS), 100);
    assert_int_equal(grade_most(&all, GRADE_CLAIM), GRADE_CLAIM_POINTS);
    all.rows[0].outcome = GRADE_FAILED;
    all.rows[all.row_count - 1].outcome = GRADE_UNDECIDED; /* no fault of the student's */
    assert_int_equal(grade_score(&all, GRADE_GROUPS), 100 - (int)all.rows[0].points);
    assert_int_equal(grade_list(&one, NULL), 0);
    assert_int_equal(one.row_count, 1);
    assert_int_equal(grade_list(&none, NULL), -1);
    for (size_t i = 0; i < all.row_count; i++)
        assert_non_null(grade_advice(all.rows[i].group, all.rows[i].name));
}

static void a_reference_is_of_the_same_kind(void **state)
{
    (void)state;
    assert_string_equal(claim_reference(MODEL_THREADS, 0)->name, "threadpool");
    assert_string_equal(claim_reference(MODEL_READINESS, DRIVER_SERIAL)->name, "sequential");
    assert_string_equal(claim_reference(MODEL_NONE, 0)->name, "epoll");
    assert_string_equal(claim_reference(UINT32_MAX, 0)->name, "epoll"); /* a student's program */
}

static void what_is_not_in_effect_is_named(void **state)
{
    char text[512];
    (void)state;
    confine_describe(~0U, text, sizeof(text));
    assert_null(strstr(text, "not in effect"));
    confine_describe(CONFINED_USER, text, sizeof(text));
    assert_non_null(strstr(text, "; not in effect here: sight of its own processes only, "));
    assert_true(strstr(text, "a user or") < strstr(text, "not in effect"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_names_its_driver),
        cmocka_unit_test(a_test_ends_with_its_reason),
        cmocka_unit_test(points_add_up),
        cmocka_unit_test(a_reference_is_of_the_same_kind),
        cmocka_unit_test(what_is_not_in_effect_is_named),
    };
    return cmocka_run_group_tests_name("grade", tests, NULL, NULL);
}
