#include "svg_point.h"

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

/* The first `length` bytes of `text` without the name in it, in the colour where they ask for the
 * use's. Returns how much `out` now holds. */
static size_t write_coloured(const char *text, size_t length, struct span color,
                             char out[SVG_POINT_BYTES], size_t n)
{
    static const char name[] = " id='", asked[] = "currentColor";
    for (size_t i = 0; i < length && n < SVG_POINT_BYTES;) {
        if (!strncmp(text + i, name, strlen(name))) {
            i += strlen(name);
            i += strcspn(text + i, "'") + 1;
        } else if (!strncmp(text + i, asked, strlen(asked))) {
            n +=
                (size_t)snprintf(out + n, SVG_POINT_BYTES - n, "%.*s", (int)color.length, color.at);
            i += strlen(asked);
        } else {
            out[n++] = text[i++];
        }
    }
    return n;
}

bool svg_point(const char *picture, const char *use, char point[SVG_POINT_BYTES])
{
    struct span transforms[DEEPEST], fill = {0}, color = attribute(use, "color");
    const char *element = use;
    size_t depth = 0;
    if (attribute(use, "id").at || !attribute(use, "transform").at)
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
    if (depth == 0 || !color.at)
        return false;
    size_t n = write_coloured(element, strcspn(element, "/>"), color, point, 0);
    if (fill.at && !attribute(element, "fill").at) {
        fill.at -= strlen(" fill='");
        n = write_coloured(fill.at, fill.length + strlen(" fill=''"), color, point, n);
    }
    for (size_t i = 0; i < depth && n < SVG_POINT_BYTES; i++)
        if (transforms[i].at)
            n +=
                (size_t)snprintf(point + n, SVG_POINT_BYTES - n, "%s%.*s", i ? " " : " transform='",
                                 (int)transforms[i].length, transforms[i].at);
    if (n < SVG_POINT_BYTES)
        n += (size_t)snprintf(point + n, SVG_POINT_BYTES - n, "'/>");
    return n < SVG_POINT_BYTES;
}
