/* Strings as JSON, which may stand in a page's <script>. */
#include "bench/keep/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_put(const char *text, const char *expected)
{
    char *put;
    size_t size;
    FILE *out = open_memstream(&put, &size);
    store_json_put(text, out);
    fclose(out);
    assert_string_equal(put, expected);
    free(put);
}

static void strings(void **state)
{
    (void)state;
    assert_put("", "\"\"");
    assert_put("plain, 'ä' and \x7f", "\"plain, 'ä' and \x7f\"");
    assert_put("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\"");
    assert_put("line\n\ttab\x01\x1f", "\"line\\u000a\\u0009tab\\u0001\\u001f\"");
    assert_put("</script>&", "\"\\u003c/script\\u003e\\u0026\"");
}

/* Others could not read the whole file. */
static void bytes_that_are_no_text(void **state)
{
    (void)state;
    assert_put("a\xff"
               "b\x80",
               "\"a\\ufffdb\\ufffd\"");
    assert_put("\xc3", "\"\\ufffd\"");
    assert_put("\xc0\x80", "\"\\ufffd\\ufffd\"");
    assert_put("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
    assert_put("\xe2\x82\xac \xf0\x9f\x98\x80", "\"\xe2\x82\xac \xf0\x9f\x98\x80\"");
    assert_put("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(strings),
                                       cmocka_unit_test(bytes_that_are_no_text)};
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
