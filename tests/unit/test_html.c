/* Pages: text stays text, lists and prose from lines, pictures put inside without clashing. */
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
    html_list(put, "Who: a < b: c\n\nno head\n<i>: d", out);
    assert_wrote(out, "<ul class=\"lines\">\n"
                      "<li><strong class=\"Who\">Who:</strong> a &lt; b: c</li>\n"
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
static const char *file_of(const char *content)
{
    static char path[32];
    strcpy(path, "/tmp/test_html.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
    return path;
}

static void a_picture_inside(void **state)
{
    (void)state;
    struct error error;
    const char *path = file_of("<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<svg width=\"4\">"
                               "<title>Gnuplot</title><desc>by GNUPLOT</desc>"
                               "<g id=\"a\"><title>gnuplot_plot_1</title><path id='b'/></g>"
                               "<use xlink:href='#b' fill=\"url(#a)\" href=\"#a\"/>"
                               "<text>id=1 #b</text></svg>");
    FILE *out = begin();
    assert_int_equal(html_svg(path, "talk", "\"Talk\" <1>", out, &error), 0);
    assert_wrote(out, "<svg role=\"img\" aria-label=\"&quot;Talk&quot; &lt;1&gt;\" width=\"4\">"
                      "<g id=\"talk-a\"><path id='talk-b'/></g>"
                      "<use xlink:href='#talk-b' fill=\"url(#talk-a)\" href=\"#talk-a\"/>"
                      "<text>id=1 #b</text></svg>");
    unlink(path);
}

/* gnuplot's style of every point, empty groups, hundredths of a pixel. */
static void a_picture_is_made_smaller(void **state)
{
    (void)state;
    struct error error;
    const char *path = file_of(
        "<svg \n width=\"9\">\n\n<g fill=\"none\" stroke-width=\"1.25\" stroke-linecap=\"butt\" "
        "stroke-linejoin=\"miter\">\n</g>\n<g id=\"a\">\n\t<path d='M10.25,3.75 L100.00,20.04 "
        "1.123,12.345'  />\n</g>\n<g transform=\"translate(12.34,5.67) scale(0.05)\" "
        "font-family=\"DejaVu Sans, Verdana, sans-serif\" font-weight=\"bold\">\n\t<text>10.25  "
        "ms</text>\n</g><g x=\"1\">\n<text></text>\n</g>\n<path stroke='rgb( 1,   2,  3)'\td='' />"
        "</svg>\n");
    FILE *out = begin();
    assert_int_equal(html_svg(path, "p", "x", out, &error), 0);
    assert_wrote(out, "<svg role=\"img\" aria-label=\"x\" width=\"9\">\n\n<g id=\"p-a\">\n"
                      "<path d='M10.2,3.75 L100,20 1.123,12.345'/>\n</g>\n"
                      "<g transform=\"translate(12.3,5.67) scale(0.05)\" font-weight=\"bold\">\n"
                      "<text>10.25  ms</text>\n</g>\n<path stroke='rgb( 1, 2, 3)' d=''/></svg>\n");
    unlink(path);
}

/* A point is the symbol itself, filled and turned as the uses between say. Symbols stay, and so
 * does what is none of gnuplot's. */
static void points_are_arrivals(void **state)
{
    (void)state;
    struct error error;
    static const char symbols[] =
        "<rect id='p3' stroke-width='0.281' stroke='currentColor' x='-1' width='2'/>\n"
        "<use xlink:href='#p3' id='p11' stroke='currentColor' transform='rotate(45)'/>\n"
        "<use xlink:href='#p11' id='p12' fill='currentColor' stroke='none'/>\n"
        "<use xlink:href='#round' id='round'/></defs>\n";
    static const char points[] =
        "<use xlink:href='#p3' transform='translate(412.93,10) scale(3.20)' color='red'/>\n"
        "<use xlink:href='#p12' transform='scale(1)' color='blue'/>\n";
    static const char others[] = "<use xlink:href='#round' transform='scale(1)' color='blue'/>\n"
                                 "<use xlink:href='#none' transform='scale(1)' color='blue'/>\n"
                                 "<use xlink:href='#p3' transform='scale(1)'/></svg>";
    char svg[2048];
    snprintf(svg, sizeof(svg), "<svg><defs>\n%s%s%s", symbols, points, others);
    const char *path = file_of(svg);
    FILE *out = begin();
    assert_int_equal(html_svg(path, "a", "x", out, &error), 0);
    assert_wrote(
        out, "<svg role=\"img\" aria-label=\"x\"><defs>\n"
             "<rect id='a-p3' stroke-width='0.281' stroke='currentColor' x='-1' width='2'/>\n"
             "<use xlink:href='#a-p3' id='a-p11' stroke='currentColor' transform='rotate(45)'/>\n"
             "<use xlink:href='#a-p11' id='a-p12' fill='currentColor' stroke='none'/>\n"
             "<use xlink:href='#a-round' id='a-round'/></defs>\n"
             "<rect stroke-width='0.281' stroke='red' x='-1' width='2' "
             "transform='translate(412.9,10) scale(3.20)'/>\n"
             "<rect stroke-width='0.281' stroke='blue' x='-1' width='2' fill='blue' "
             "transform='scale(1) rotate(45)'/>\n"
             "<use xlink:href='#a-round' transform='scale(1)' color='blue'/>\n"
             "<use xlink:href='#a-none' transform='scale(1)' color='blue'/>\n"
             "<use xlink:href='#a-p3' transform='scale(1)'/></svg>");
    unlink(path);
}

static void no_picture(void **state)
{
    (void)state;
    struct error error;
    FILE *out = begin();
    assert_int_equal(html_svg("/no/such.svg", "x", "x", out, &error), -1);
    assert_non_null(strstr(error.text, "No such file"));
    const char *const bad[] = {"", "PNG", "<svg", "<title>"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *path = file_of(bad[i]);
        assert_int_equal(html_svg(path, "x", "x", out, &error), -1);
        assert_non_null(strstr(error.text, "is not a picture"));
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
        cmocka_unit_test(a_picture_inside),
        cmocka_unit_test(a_picture_is_made_smaller),
        cmocka_unit_test(points_are_arrivals),
        cmocka_unit_test(no_picture),
        cmocka_unit_test(a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
