/* Pages: text stays text, lists and prose from lines, pictures as images. */
#include "bench/show/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/show/grid.h"

static char *text;
static size_t size;

static FILE *begin(void)
{
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    return out;
}

static void assert_wrote(FILE *out, const char *expected)
{
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void text_is_escaped(void **state)
{
    (void)state;
    FILE *out = begin();
    html_text("<b a=\"1\" c='2'>&amp; ä</b>", out);
    assert_wrote(out, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp; ä&lt;/b&gt;");
}

static void arguments_are_escaped_and_the_format_is_not(void **state)
{
    (void)state;
    FILE *out = begin();
    html_format(out, "<i title=\"%s\">100% & %s</i>", "\"", "%s<");
    assert_wrote(out, "<i title=\"&quot;\">100% & %s&lt;</i>");
}

static void put(const void *subject, FILE *out)
{
    fputs(subject, out);
}

static void what_is_printed_stays_as_it_is(void **state)
{
    (void)state;
    FILE *out = begin();
    html_preformatted(put, "\n\na < b\n  c\n", out);
    html_preformatted(put, "", out);
    html_preformatted(put, "\n", out);
    assert_wrote(out, "<pre>a &lt; b\n  c\n</pre>\n");
}

static void lines_become_a_list(void **state)
{
    (void)state;
    FILE *out = begin();
    html_list(put, "Result: a < b: c\n\nno head\n<i>: d", out);
    assert_wrote(out, "<ul class=\"lines\">\n"
                      "<li><strong class=\"Result\">Result:</strong> a &lt; b: c</li>\n"
                      "<li>no head</li>\n"
                      "<li><strong class=\"&lt;i&gt;\">&lt;i&gt;:</strong> d</li>\n"
                      "</ul>\n");
    out = begin();
    html_list(put, "a sentence that is long before its colon: no head\n", out);
    assert_wrote(out, "<ul class=\"lines\">\n<li>a sentence that is long before its colon: no "
                      "head</li>\n</ul>\n");
    out = begin();
    html_list(put, "", out);
    html_list(put, "\n\n", out);
    assert_wrote(out, "");
}

static void prose_has_paragraphs(void **state)
{
    (void)state;
    FILE *out = begin();
    html_prose("one <\nline\n\n\nlist:\n  a\n  b\n\n  c\n\nlast", out);
    assert_wrote(out, "<p>one &lt;\nline</p>\n<pre>list:\n  a\n  b</pre>\n<pre>  c</pre>\n"
                      "<p>last</p>\n");
    out = begin();
    html_prose("", out);
    html_prose("\n\n", out);
    assert_wrote(out, "");
}

/* A file of its own that holds `content`; returns its path. */
static const char *file_of(const char *suffix, const char *content, size_t length)
{
    static char path[64];
    snprintf(path, sizeof(path), "/tmp/test_html.XXXXXX%s", suffix);
    int fd = mkstemps(path, (int)strlen(suffix));
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, length), length);
    close(fd);
    return path;
}

/* The three lengths of base64's last group; `base64 <<<...` gives the expected texts. */
static void a_picture_is_an_image(void **state)
{
    (void)state;
    static const struct {
        const char *suffix, *content, *expected;
        size_t length;
    } files[] = {
        {".svg", "<svg>a</svg>\n",
         "<img alt=\"&quot;T&quot; &lt;1&gt;\" "
         "src=\"data:image/svg+xml;base64,PHN2Zz5hPC9zdmc+Cg==\">\n",
         13},
        {".svg", "<svg>ab</svg>\n",
         "<img alt=\"&quot;T&quot; &lt;1&gt;\" "
         "src=\"data:image/svg+xml;base64,PHN2Zz5hYjwvc3ZnPgo=\">\n",
         14},
        {".png", "\x89PN\0G\xff\xfe\0\0\0\0IEND\xae\x42\x60\x82",
         "<img alt=\"&quot;T&quot; &lt;1&gt;\" "
         "src=\"data:image/png;base64,iVBOAEf//gAAAABJRU5ErkJggg==\">\n",
         19},
    };
    struct error error;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path = file_of(files[i].suffix, files[i].content, files[i].length);
        FILE *out = begin();
        assert_int_equal(html_image(path, "\"T\" <1>", out, &error), 0);
        assert_wrote(out, files[i].expected);
        unlink(path);
    }
}

static void no_picture(void **state)
{
    (void)state;
    struct error error;
    FILE *out = begin();
    assert_int_equal(html_image("/no/such.svg", "x", out, &error), -1);
    assert_non_null(strstr(error.text, "No such file"));
    static const char *const bad[][2] = {
        {".svg", ""}, {".svg", "<svg><g>half of it</g>"}, {".png", "<svg>no PNG</svg>"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *path = file_of(bad[i][0], bad[i][1], strlen(bad[i][1]));
        assert_int_equal(html_image(path, "x", out, &error), -1);
        assert_non_null(strstr(error.text, "is not a complete picture"));
        unlink(path);
    }
    assert_wrote(out, "");
}

/* A table's first column names the row; one without a title is for the eye; judgements have a
 * class. */
static void a_table(void **state)
{
    (void)state;
    static const struct grid_column columns[] = {{"empty", GRID_LEFT},
                                                 {"driver", GRID_LEFT},
                                                 {"time <s>", GRID_RIGHT},
                                                 {"", GRID_LEFT},
                                                 {"quality", GRID_LEFT}};
    static const char *const cells[] = {"", "a&b", "1 ms", "██", "OK", "", "c", "–", "", "INVALID"};
    struct grid *grid = grid_make(columns, 5);
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
        grid_cell(grid, "%s", cells[i]);
    grid_name(grid, "a \"name\"");
    FILE *out = begin();
    grid_print(grid, GRID_HTML, out);
    grid_free(grid);
    assert_wrote(
        out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"a &quot;name&quot;\">\n<table class=\"sorts\">\n<thead><tr>"
             "<th scope=\"col\">driver</th><th scope=\"col\" class=\"right\">time &lt;s&gt;</th>"
             "<td></td><th scope=\"col\">quality</th></tr></thead>\n<tbody>\n"
             "<tr><th scope=\"row\">a&amp;b</th><td class=\"right\">1 ms</td>"
             "<td class=\"bar\"><span aria-hidden=\"true\">██</span></td><td>OK</td></tr>\n"
             "<tr><th scope=\"row\">c</th><td class=\"right\">–</td>"
             "<td class=\"bar\"><span aria-hidden=\"true\"></span></td>"
             "<td class=\"INVALID\">INVALID</td></tr>\n"
             "</tbody>\n</table>\n</div>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(arguments_are_escaped_and_the_format_is_not),
        cmocka_unit_test(what_is_printed_stays_as_it_is),
        cmocka_unit_test(lines_become_a_list),
        cmocka_unit_test(prose_has_paragraphs),
        cmocka_unit_test(a_picture_is_an_image),
        cmocka_unit_test(no_picture),
        cmocka_unit_test(a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
