#include "terminal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where the terminal does not know its size (a serial line, some editors). */
enum { WIDTH_UNKNOWN = 80, WIDTH_MIN = 40 };

/* A label is no wider than this. */
enum { LABEL_MAX = 32 };

size_t terminal_width(FILE *out)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (!isatty(fileno(out)))
        return 0;
    size_t width = WIDTH_UNKNOWN;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col)
        width = size.ws_col;
    else if (columns && atoi(columns) > 0)
        width = (size_t)atoi(columns);
    return width > TERMINAL_WIDTH_MAX ? TERMINAL_WIDTH_MAX : width < WIDTH_MIN ? WIDTH_MIN : width;
}

/* UTF-8's continuation bytes take no place. */
static bool is_column(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

size_t text_width_of(const char *text, size_t bytes)
{
    size_t width = 0;
    for (size_t i = 0; i < bytes; i++)
        width += is_column(text[i]);
    return width;
}

size_t text_width(const char *text)
{
    return text_width_of(text, strlen(text));
}

size_t text_fit(const char *text, size_t width)
{
    size_t columns = 0, end = 0, i = 0;
    for (; text[i]; i++) {
        if (text[i] == ' ' && i && text[i - 1] != ' ') {
            if (columns <= width || !end)
                end = i;
            if (columns > width)
                return end;
        }
        columns += is_column(text[i]);
    }
    return columns <= width || !end ? i : end;
}

void text_defuse(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c == 0x7f || (*c < ' ' && *c != '\n' && *c != '\t'))
            *c = '?';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) /* U+0080 to U+009F in UTF-8 */
            c[0] = c[1] = '?';
}

void terminal_status(const char *text)
{
    const char *kind = getenv("TERM");
    size_t width = terminal_width(stderr);
    if (!width || !kind || !*kind || !strcmp(kind, "dumb"))
        return;
    size_t bytes = strlen(text);
    while (text_width_of(text, bytes) >= width)
        bytes--;
    fprintf(stderr, "\r\033[K%.*s", (int)bytes, text);
    fflush(stderr);
}

/* Under the text behind a label, "  page  what it is"; under one that a colon ends, by two columns.
 */
static size_t hanging_indent(const char *line, size_t leading, size_t width)
{
    const char *gap = strstr(line + leading, "  "), *colon = strstr(line + leading, ": ");
    if (gap) {
        size_t label = text_width(line) - text_width(gap + strspn(gap, " "));
        if (label <= LABEL_MAX && label <= width / 2)
            return label;
    }
    return colon && colon - line <= LABEL_MAX && leading + 2 < width ? leading + 2 : leading;
}

void text_wrap(const char *line, size_t width, FILE *out)
{
    size_t indent = strspn(line, " "), hanging = hanging_indent(line, indent, width);
    line += indent;
    do {
        size_t bytes = text_fit(line, width > indent ? width - indent : 1);
        fprintf(out, "%*s%.*s\n", *line ? (int)indent : 0, "", (int)bytes, line);
        line += bytes;
        line += strspn(line, " ");
        indent = hanging;
    } while (*line);
}

void terminal_print(FILE *out, const char *format, ...)
{
    size_t width = terminal_width(out);
    char *text = NULL, *line;
    va_list args;
    va_start(args, format);
    if (!width)
        vfprintf(out, format, args);
    else if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    for (char *rest = text; rest && *rest && (line = strsep(&rest, "\n"));)
        text_wrap(line, width, out);
    free(text);
}
