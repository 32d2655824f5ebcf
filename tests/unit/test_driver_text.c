/* A driver in words: above all the opening comment, in the languages that drivers come in. */
#include "bench/show/driver_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void opens_with(const char *source, const char *expected)
{
    char *text = opening_comment(source);
    assert_string_equal(text, expected);
    free(text);
}

static void a_comment_in_c(void **state)
{
    (void)state;
    opens_with("/* one: two.\n *\n * three\n *   indented */\n#include <a>\n/* more */\n",
               "one: two.\n\nthree\n  indented");
    opens_with("/* one line */\nint a;\n", "one line");
    opens_with("/*\n * from the second line\n */\n", "\nfrom the second line");
    opens_with("/* never ends", "");
}

static void a_comment_in_other_languages(void **state)
{
    (void)state;
    opens_with("#!/usr/bin/env python3\n\"\"\"first\n\nsecond\n\"\"\"\nimport os\n",
               "first\n\nsecond");
    opens_with("#!/bin/sh\n# first\n#\n# second\nset -e\n# third\n", "first\n\nsecond");
    opens_with("// first\n//\n//   second\n\npackage main\n", "first\n\n  second");
    opens_with("// only", "only");
}

static void no_comment(void **state)
{
    (void)state;
    opens_with("", "");
    opens_with("int a; /* late */\n", "");
    opens_with("#!/bin/sh\nset -e\n", "");
    opens_with("#!/bin/sh", "");
}

static void every_driver_opens_with_its_lesson(void **state)
{
    (void)state;
    for (const struct driver *const *d = drivers; *d; d++) {
        char *text = opening_comment(driver_source_text(*d));
        assert_true(strlen(text) > 200); /* a lesson, not a remark */
        assert_null(strstr(text, "*/"));
        free(text);
    }
}

static void traits_in_words(void **state)
{
    (void)state;
    char text[DRIVER_TEXT_BYTES];
    struct driver driver = {.name = "x"};
    assert_string_equal(driver_traits(&driver, text), "–");
    driver.traits = DRIVER_THREADS | DRIVER_PROGRAM;
    driver.concurrency_max = 960;
    assert_string_equal(driver_traits(&driver, text), "C threads, another program, C up to 960");
    assert_string_equal(driver_library(&driver, text), "–");
    driver.library = "libx";
    assert_string_equal(driver_library(&driver, text), "libx");
}

static void what_cannot_run_says_why(void **state)
{
    (void)state;
    struct driver driver = {.name = "x", .concurrency_max = 10};
    struct error why = {0};
    assert_int_equal(driver_usable(&driver, 10, &why), 0);
    assert_int_equal(driver_usable(&driver, 11, &why), -1);
    assert_non_null(strstr(why.text, "10 requests in flight, not 11"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_comment_in_c),  cmocka_unit_test(a_comment_in_other_languages),
        cmocka_unit_test(no_comment),      cmocka_unit_test(every_driver_opens_with_its_lesson),
        cmocka_unit_test(traits_in_words), cmocka_unit_test(what_cannot_run_says_why),
    };
    return cmocka_run_group_tests_name("driver_text", tests, NULL, NULL);
}
