/* Writing a page: text escaped, pictures put inside. */
#ifndef WAITBENCH_HTML_H
#define WAITBENCH_HTML_H

#include <stdio.h>

#include "lib/error.h"

/* Text for between tags or in a quoted attribute. */
void html_text(const char *text, FILE *out);

/* printf whose arguments are all text, %s, each escaped. */
void html_format(FILE *out, const char *format, ...);

/* What writes lines of text about something. */
typedef void html_print(const void *subject, FILE *out);

/* What `print` writes, escaped: in a <pre>; or as a list, each line an item of it, what it begins
 * with (up to a colon) stressed, and a class. Nothing where it writes nothing. */
void html_preformatted(html_print *print, const void *subject, FILE *out);
void html_list(html_print *print, const void *subject, FILE *out);

/* A text of several lines: a paragraph up to each empty line, lines that are indented as they are.
 */
void html_prose(const char *text, FILE *out);

/* Put the SVG file inside the page, its ids prefixed by `id` so that several can stand in one page,
 * without what cannot be seen in it, `label` for who cannot see it. Returns 0; -1 where it cannot
 * be read, and nothing was written. */
int html_svg(const char *path, const char *id, const char *label, FILE *out, struct error *error);

#endif
