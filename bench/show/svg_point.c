#include "svg_point.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct span {
    const char *at; /* or NULL */
    size_t length;
};

enum { DEEPEST = 4 }; /* uses of uses */

/* The value of an attribute of the element that begins at `element`. */
static struct span attribute(const char *element, const char *name)
{
    size_t length = strlen(name), end = strcspn(element, ">");
    for (const char *at = element; (at = memchr(at, ' ', end - (size_t)(at - element))); at++)
        if (!strncmp(at + 1, name, length) && !strncmp(at + 1 + length, "='", 2)) {
            const char *value = at + 1 + length + 2;
            return (struct span){value, strcspn(value, "'>")};
        }
    return (struct span){0};
}

/* The element that a link "#name" means, or NULL. */
static const char *find(const char *picture, struct span link)
{
    char id[64];
    if (link.length < 2 || link.length > 32)
        return NULL;
    snprintf(id, sizeof(id), " id='%.*s'", (int)link.length - 1, link.at + 1);
    const char *found = strstr(picture, id);
    while (found && found > picture && *found != '<')
        found--;
    return found;
}

/* Add text at `*n`, which is beyond the end once something did not fit. */
__attribute__((format(printf, 3, 4))) static void append(char out[SVG_POINT_BYTES], size_t *n,
                                                         const char *format, ...)
{
    va_list arguments;
    if (*n >= SVG_POINT_BYTES)
        return;
    va_start(arguments, format);
    *n += (size_t)vsnprintf(out + *n, SVG_POINT_BYTES - *n, format, arguments);
    va_end(arguments);
}

/* The same without a symbol's id, and in `color` where it asks for that of its use. */
static void append_coloured(char out[SVG_POINT_BYTES], size_t *n, struct span text,
                            struct span color)
{
    static const char id[] = " id='", requested[] = "currentColor";
    for (size_t i = 0; i < text.length;) {
        const char *at = text.at + i;
        if (!strncmp(at, id, strlen(id))) {
            i += strlen(id) + strcspn(at + strlen(id), "'") + 1;
        } else if (!strncmp(at, requested, strlen(requested))) {
            append(out, n, "%.*s", (int)color.length, color.at);
            i += strlen(requested);
        } else {
            append(out, n, "%c", *at);
            i++;
        }
    }
}

bool svg_point(const char *picture, const char *use, char point[SVG_POINT_BYTES])
{
    struct span transforms[DEEPEST], fill = {0}, color = attribute(use, "color");
    const char *element = use;
    size_t depth = 0, n = 0;
    if (!color.at || attribute(use, "id").at || !attribute(use, "transform").at)
        return false; /* a symbol */
    while (!strncmp(element, "<use ", 5)) {
        struct span its_fill = attribute(element, "fill");
        fill = its_fill.at ? its_fill : fill;
        if (depth == DEEPEST)
            return false;
        transforms[depth++] = attribute(element, "transform");
        element = find(picture, attribute(element, "xlink:href"));
        if (!element)
            return false;
    }
    append_coloured(point, &n, (struct span){element, strcspn(element, "/>")}, color);
    if (fill.at && !attribute(element, "fill").at) {
        append(point, &n, " fill='");
        append_coloured(point, &n, fill, color);
        append(point, &n, "'");
    }
    append(point, &n, " transform='");
    for (size_t i = 0; i < depth; i++)
        if (transforms[i].at)
            append(point, &n, "%s%.*s", i ? " " : "", (int)transforms[i].length, transforms[i].at);
    append(point, &n, "'/>");
    return n < SVG_POINT_BYTES;
}
