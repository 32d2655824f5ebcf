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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(strings)};
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
