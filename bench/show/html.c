/* Pictures are <img> elements and not inline <svg>: what a file of the results folder holds can
 * then neither run scripts nor load anything, its ids and styles cannot clash with the page's, and
 * it is embedded as gnuplot wrote it. The page's own CSS still inverts it in dark mode. Where there
 * is JavaScript, pictures.js replaces them by those of their elements that it allows. */
#include "html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/keep/folder.h"
#include "lib/embed.h"

EMBED(report_css, "bench/show/report.css");
EMBED(replay_css, "bench/show/replay.css");
EMBED(view_js, "bench/show/view.js");
EMBED(report_js, "bench/show/report.js");
EMBED(pictures_js, "bench/show/pictures.js");
EMBED(controls_js, "bench/show/controls.js");

void html_open_page(const char *title, FILE *out)
{
    html_format(out,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>%s: waitbench</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n",
                title);
    fputs(report_css, out);
    fputs(replay_css, out);
    fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to content</a>\n", out);
}

void html_close_page(FILE *out)
{
    static const char *const scripts[] = {view_js, report_js, pictures_js, controls_js};
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
        fputs("<script>\n", out);
        fputs(scripts[i], out);
        fputs("</script>\n", out);
    }
    fputs("</body>\n</html>\n", out);
}

void html_text(const char *text, FILE *out)
{
    for (; *text; text++)
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*text, out);
        }
}

void html_format(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *at = format; *at; at++)
        if (at[0] == '%' && at[1] == 's') {
            html_text(va_arg(args, const char *), out);
            at++;
        } else {
            fputc(*at, out);
        }
    va_end(args);
}

/* What `print` writes, to be freed; NULL where there is no memory for it. */
static char *print_to_text(html_print *print, const void *subject)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return NULL;
    print(subject, memory);
    fclose(memory);
    return text;
}

void html_preformatted(html_print *print, const void *subject, FILE *out)
{
    char *text = print_to_text(print, subject);
    const char *from = text ? text + strspn(text, "\n") : "";
    if (*from)
        html_format(out, "<pre>%s</pre>\n", from);
    free(text);
}

enum { HEAD_MAX = 32 };

/* "Result: at 1024 …" begins with its subject. A long beginning is a sentence of its own. */
static void print_item(char *line, FILE *out)
{
    char *colon = strstr(line, ": ");
    if (!colon || colon - line > HEAD_MAX) {
        html_format(out, "<li>%s</li>\n", line);
        return;
    }
    *colon = '\0';
    html_format(out, "<li><strong class=\"%s\">%s:</strong> %s</li>\n", line, line, colon + 2);
}

void html_list(html_print *print, const void *subject, FILE *out)
{
    char *text = print_to_text(print, subject), *rest = text, *line;
    bool any = false;
    while (rest && (line = strsep(&rest, "\n"))) {
        if (!*line)
            continue;
        if (!any)
            fputs("<ul class=\"lines\">\n", out);
        any = true;
        print_item(line, out);
    }
    if (any)
        fputs("</ul>\n", out);
    free(text);
}

/* Up to the next empty line, which is skipped. */
static char *take_block(char **rest)
{
    char *block = *rest + strspn(*rest, "\n");
    char *end = strstr(block, "\n\n");
    *rest = end ? end + 2 : block + strlen(block);
    if (end)
        *end = '\0';
    return *block ? block : NULL;
}

void html_prose(const char *text, FILE *out)
{
    char *copy = strdup(text), *rest = copy, *block;
    while (copy && (block = take_block(&rest))) {
        /* Indented lines were laid out by hand. */
        bool laid_out = block[0] == ' ' || strstr(block, "\n ");
        html_format(out, laid_out ? "<pre>%s</pre>\n" : "<p>%s</p>\n", block);
    }
    free(copy);
}

void html_base64(const unsigned char *bytes, size_t size, FILE *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned group = (unsigned)bytes[i] << 16;
        group |= i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0;
        group |= i + 2 < size ? bytes[i + 2] : 0;
        fputc(digits[group >> 18], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(i + 1 < size ? digits[group >> 6 & 63] : '=', out);
        fputc(i + 2 < size ? digits[group & 63] : '=', out);
    }
}

int html_file(const char *path, FILE *out, struct error *error)
{
    size_t size = 0;
    char *bytes = folder_read_file(path, &size, error);
    if (!bytes)
        return -1;
    html_base64((const unsigned char *)bytes, size, out);
    free(bytes);
    return 0;
}

int html_image(const char *path, const char *alt, FILE *out, struct error *error)
{
    const char *dot = strrchr(path, '.');
    bool is_png = dot && !strcmp(dot, ".png");
    const char *ending = is_png ? "IEND" : "</svg>";
    enum { ENDING_BYTES = 12 }; /* the last of either kind of file */
    size_t size = 0;
    char *bytes = folder_read_file(path, &size, error);
    if (!bytes)
        return -1;
    if (size < ENDING_BYTES ||
        !memmem(bytes + size - ENDING_BYTES, ENDING_BYTES, ending, strlen(ending))) {
        free(bytes);
        return error_set(error, "%s is not a complete picture", path);
    }
    html_format(out, "<img alt=\"%s\" src=\"data:image/%s;base64,", alt,
                is_png ? "png" : "svg+xml");
    html_base64((const unsigned char *)bytes, size, out);
    fputs("\">\n", out);
    free(bytes);
    return 0;
}
