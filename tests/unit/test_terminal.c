/* Text for a terminal: how wide it is, where it breaks, and how further lines are indented. */
#include "lib/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void width_is_counted_in_characters(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("µ–█"), 3);
    assert_int_equal(text_width_of("µs, ms", strlen("µs")), 2);
}

static void control_characters_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", ""},
        {"plain, \tin two\nlines", "plain, \tin two\nlines"},
        {"µs – äöü █", "µs – äöü █"},
        {"\033[31mred\007\r\177", "?[31mred???"},
        {"\xc2\x9b[31m \xc2\xa0", "??[31m \xc2\xa0"},
        {"\xc2", "\xc2"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[64];
        strcpy(text, rows[i].text);
        text_defuse(text);
        assert_string_equal(text, rows[i].expected);
    }
}

static void text_breaks_at_blanks_and_not_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
        const char *first;
    } rows[] = {
        {"", 5, ""},
        {"one", 5, "one"},
        {"one two", 7, "one two"},
        {"one two", 6, "one"},
        {"one two three", 7, "one two"},
        {"one  two", 6, "one"},
        {"extraordinary", 5, "extraordinary"},
        {"extraordinary word", 5, "extraordinary"},
        {"äöü äöü", 6, "äöü"},
        {"äöü äöü", 7, "äöü äöü"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t bytes = text_fit(rows[i].text, rows[i].width);
        assert_int_equal(bytes, strlen(rows[i].first));
        assert_memory_equal(rows[i].text, rows[i].first, bytes);
    }
}

static void assert_wraps(const char *line, size_t width, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    text_wrap(line, width, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void further_lines_are_indented_to_what_they_belong_to(void **state)
{
    (void)state;
    assert_wraps("", 20, "\n");
    assert_wraps("one two three", 8, "one two\nthree\n");
    assert_wraps("  one two three", 10, "  one two\n  three\n");
    assert_wraps("NOISY: too few runs", 14, "NOISY: too few\n  runs\n");
    assert_wraps("  talk.png  the talk's chart", 24, "  talk.png  the talk's\n            chart\n");
    /* No label leaves less than half of the line. */
    assert_wraps("a label of some length  text text", 25, "a label of some length\ntext text\n");
}

/* What a test prints to is no terminal. */
static void what_is_no_terminal_has_no_width(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const char *line =
        "a line that no terminal of a hundred columns could show in one piece, for it "
        "has rather more than a hundred characters in it\n";
    assert_int_equal(terminal_width(out), 0);
    terminal_print(out, "%s", line);
    fclose(out);
    assert_string_equal(text, line);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_is_counted_in_characters),
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(text_breaks_at_blanks_and_not_in_words),
        cmocka_unit_test(further_lines_are_indented_to_what_they_belong_to),
        cmocka_unit_test(what_is_no_terminal_has_no_width),
    };
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
