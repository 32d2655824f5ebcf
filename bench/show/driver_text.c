#include "driver_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *driver_traits(const struct driver *driver, char *text)
{
    static const struct {
        enum driver_trait trait;
        const char *name;
    } names[] = {
        {DRIVER_OFFLINE, "sends nothing"},   {DRIVER_SERIAL, "one at a time"},
        {DRIVER_THREADS, "C threads"},       {DRIVER_PROCESSES, "C processes"},
        {DRIVER_PROGRAM, "another program"}, {DRIVER_DIRECT, "no descriptors"},
    };
    text[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (driver->traits & names[i].trait)
            snprintf(text + strlen(text), DRIVER_TEXT_BYTES - strlen(text), "%s%s",
                     text[0] ? ", " : "", names[i].name);
    if (driver->concurrency_max)
        snprintf(text + strlen(text), DRIVER_TEXT_BYTES - strlen(text), "%sC up to %u",
                 text[0] ? ", " : "", driver->concurrency_max);
    return text[0] ? text : strcpy(text, "–");
}

const char *driver_library(const struct driver *driver, char *text)
{
    const char *version = driver->version ? driver->version(driver) : NULL;
    snprintf(text, DRIVER_TEXT_BYTES, "%s%s%s", driver->library ? driver->library : "–",
             version ? " " : "", version ? version : "");
    return text;
}

/* How a comment is marked in the languages that drivers are written in. */
struct comment_style {
    const char *opens, *closes; /* closes: NULL where every line is marked anew */
    const char *line;           /* the mark of a line, or NULL */
};

static const struct comment_style styles[] = {
    {"/*", "*/", " *"},
    {"\"\"\"", "\"\"\"", NULL},
    {"//", NULL, "//"},
    {"#", NULL, "#"},
};

static const char *line_end(const char *line)
{
    return line + strcspn(line, "\n");
}

/* Where the line's text begins, behind the mark and one blank. */
static const char *behind_mark(const char *line, const char *mark)
{
    if (mark && !strncmp(line, mark, strlen(mark))) {
        line += strlen(mark);
        line += *line == ' ';
    }
    return line;
}

static char *comment_in(const struct comment_style *style, const char *source)
{
    char *text = xcalloc(strlen(source) + 2, 1), *to = text;
    const char *line = source + (style->closes ? strlen(style->opens) : 0);
    const char *closes = style->closes ? strstr(line, style->closes) : NULL;
    line += style->closes && *line == ' ';
    while (*line &&
           (style->closes ? line < closes : !strncmp(line, style->line, strlen(style->line)))) {
        const char *end = line_end(line);
        const char *from = behind_mark(line, style->line);
        const char *stop = closes && closes < end ? closes : end;
        if (from < stop) {
            memcpy(to, from, (size_t)(stop - from));
            to += stop - from;
        }
        while (to > text && to[-1] == ' ')
            to--;
        *to++ = '\n';
        line = *end ? end + 1 : end;
    }
    while (to > text && to[-1] == '\n')
        to--;
    *to = '\0';
    return text;
}

char *opening_comment(const char *source)
{
    if (!strncmp(source, "#!", 2)) {
        source = line_end(source);
        source += *source == '\n';
    }
    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
        if (!strncmp(source, styles[i].opens, strlen(styles[i].opens)))
            return comment_in(&styles[i], source);
    return xcalloc(1, 1);
}

void join_paragraphs(char *text)
{
    for (char *line = text, *end; *(end = line + strcspn(line, "\n")); line = end + 1)
        if (end > line && *line != ' ' && end[1] && end[1] != '\n' && end[1] != ' ')
            *end = ' ';
}
