/* Writing a page: text escaped, pictures put inside. */
#ifndef WAITBENCH_HTML_H
#define WAITBENCH_HTML_H

#include <stdio.h>

#include "lib/error.h"

/* Text for between tags or in a quoted attribute. */
void html_text(const char *text, FILE *out);

/* printf whose arguments are all text, %s, each escaped. */
void html_format(FILE *out, const char *format, ...);

/* What `print` writes, escaped, in a <pre>; nothing where it writes nothing. */
void html_preformatted(void (*print)(const void *subject, FILE *out), const void *subject,
                       FILE *out);

/* Put the SVG file inside the page, its ids prefixed by `id` so that several can stand in one page,
 * `label` for who cannot see it. Returns 0; -1 where it cannot be read, and nothing was written. */
int html_svg(const char *path, const char *id, const char *label, FILE *out, struct error *error);

#endif
