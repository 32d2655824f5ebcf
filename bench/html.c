#include "html.h"

#include <errno.h>
#include <stdarg.h>
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

void html_preformatted(void (*print)(const void *subject, FILE *out), const void *subject,
                       FILE *out)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    print(subject, memory);
    fclose(memory);
    const char *from = text + strspn(text, "\n");
    if (*from)
        html_format(out, "<pre>%s</pre>\n", from);
    free(text);
}

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
    if (length > 0 && strstr(text, "<svg"))
        return text;
    free(text);
    error_set(error, "%s is not a picture", path);
    return NULL;
}

/* Where an id is made or meant, in gnuplot's SVG. */
static const char *const id_marks[] = {"id=\"", "id='", "href=\"#", "href='#", "url(#"};

static void write_with_ids(const char *svg, const char *id, FILE *out)
{
    while (*svg) {
        size_t mark = 0;
        for (size_t i = 0; i < sizeof(id_marks) / sizeof(id_marks[0]) && !mark; i++)
            if (!strncmp(svg, id_marks[i], strlen(id_marks[i])))
                mark = strlen(id_marks[i]);
        if (mark) {
            fwrite(svg, 1, mark, out);
            fprintf(out, "%s-", id);
            svg += mark;
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
    write_with_ids(svg, id, out);
    free(text);
    return 0;
}
