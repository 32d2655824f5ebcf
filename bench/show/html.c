#include "html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

/* "Who: at 1024 …" begins with what it is about. A long beginning is a sentence of its own. */
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
        /* What is indented was laid out by hand. */
        bool laid_out = block[0] == ' ' || strstr(block, "\n ");
        html_format(out, laid_out ? "<pre>%s</pre>\n" : "<p>%s</p>\n", block);
    }
    free(copy);
}
