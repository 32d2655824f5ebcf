/* Pictures inside a page. gnuplot writes each point of a curve with a style of its own and curves
 * with names for nobody: a page of all drivers' pictures would be twice as large. What is left out
 * here cannot be seen. */
#include "html.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "svg_point.h"

static char *read_file(const char *path, struct error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "re");
    if (!in) {
        error_errno(error, errno, "%s", path);
        return NULL;
    }
    ssize_t length = getdelim(&text, &size, '\0', in); /* a text: it holds no NUL */
    fclose(in);
    const char *svg = length > 0 ? strstr(text, "<svg") : NULL;
    if (svg && strstr(svg, "</svg>")) /* half of one would take the page with it */
        return text;
    free(text);
    error_set(error, "%s is not a picture", path);
    return NULL;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *skip_blanks(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

/* Behind an element that shows nothing, or NULL: a group of nothing or of an empty text, and names,
 * which a browser would show under the mouse: "gnuplot_plot_1". */
static const char *behind_nothing(const char *svg)
{
    static const char *const names[][2] = {{"<title>", "</title>"}, {"<desc>", "</desc>"}};
    static const char empty_text[] = "<text></text>", end_of_group[] = "</g>";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *end = begins(svg, names[i][0]) ? strstr(svg, names[i][1]) : NULL;
        if (end)
            return end + strlen(names[i][1]);
    }
    const char *inside = begins(svg, "<g ") ? strchr(svg, '>') : NULL;
    if (!inside)
        return NULL;
    inside = skip_blanks(inside + 1);
    if (begins(inside, empty_text))
        inside = skip_blanks(inside + strlen(empty_text));
    return begins(inside, end_of_group) ? inside + strlen(end_of_group) : NULL;
}

/* What an attribute says anyway: SVG's own values, and what report.css says for all pictures. */
static const char *skip_attribute(const char *at)
{
    static const char *const usual[] = {
        " stroke-linecap=\"butt\"",
        " stroke-linejoin=\"miter\"",
        " font-family=\"DejaVu Sans, Verdana, sans-serif\"",
        " class=\"gridline\"",
    };
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (begins(at, usual[i]))
            return at + strlen(usual[i]);
    return at;
}

/* A coordinate's decimals, "123.45" to "123.4" and "123.04" to "123": a tenth of a pixel is enough.
 * Small numbers may be sizes, and keep theirs. Returns how much was read. */
static size_t write_decimals(const char *tag, const char *at, FILE *out)
{
    bool hundredths = isdigit((unsigned char)at[1]) && isdigit((unsigned char)at[2]) &&
                      !isdigit((unsigned char)at[3]);
    if (!hundredths || at - tag < 2 || !isdigit((unsigned char)at[-1]) ||
        !isdigit((unsigned char)at[-2]))
        return 0;
    if (at[1] != '0')
        fprintf(out, ".%c", at[1]);
    return 3;
}

/* Where an id is made or meant. Returns how long the mark is, or 0. */
static size_t id_mark(const char *at)
{
    static const char *const marks[] = {"id=\"", "id='", "href=\"#", "href='#", "url(#"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (begins(at, marks[i]))
            return strlen(marks[i]);
    return 0;
}

/* From "<" to ">", the ids in it prefixed. Returns what comes after. */
static const char *write_tag(const char *tag, const char *id, FILE *out)
{
    const char *at = tag;
    while (*at && *at != '>') {
        size_t length = id_mark(at);
        if (length) {
            fwrite(at, 1, length, out);
            fprintf(out, "%s-", id);
            at += length;
        } else if (isspace((unsigned char)*at)) {
            const char *next = skip_attribute(at);
            if (next == at) {
                next = skip_blanks(at);
                if (*next != '>' && *next != '/')
                    fputc(' ', out);
            }
            at = next;
        } else if (*at == '.' && (length = write_decimals(tag, at, out)) > 0) {
            at += length;
        } else {
            fputc(*at++, out);
        }
    }
    return at;
}

static void write_picture(const char *svg, const char *id, FILE *out)
{
    const char *picture = svg;
    char point[SVG_POINT_BYTES];
    svg = write_tag(svg, id, out); /* the rest of the first */
    while (*svg) {
        const char *next = behind_nothing(svg);
        if (next) {
            svg = next;
        } else if (begins(svg, "<use ") && svg_point(picture, svg, point)) {
            write_tag(point, id, out);
            svg += strcspn(svg, ">"); /* both up to the ">" */
        } else if (*svg == '<') {
            svg = write_tag(svg, id, out);
        } else if (*svg == '\n') {
            fputc('\n', out);
            svg = skip_blanks(svg);
        } else {
            fputc(*svg++, out);
        }
    }
}

int html_svg(const char *path, const char *id, const char *label, FILE *out, struct error *error)
{
    char *text = read_file(path, error);
    if (!text)
        return -1;
    const char *svg = strstr(text, "<svg") + strlen("<svg"); /* behind the XML declaration */
    html_format(out, "<svg role=\"img\" aria-label=\"%s\"", label);
    write_picture(svg, id, out);
    free(text);
    return 0;
}
