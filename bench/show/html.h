/* Writing an HTML page that needs no other file: style, script and pictures are inside it. */
#ifndef WAITBENCH_HTML_H
#define WAITBENCH_HTML_H

#include <stdio.h>

#include "lib/error.h"

/* The page's start, up to and with <body>, and its end. */
void html_open_page(const char *title, FILE *out);
void html_close_page(FILE *out);

/* Text for between tags or in a quoted attribute. */
void html_text(const char *text, FILE *out);

/* printf whose arguments are all text, %s, each escaped. */
void html_format(FILE *out, const char *format, ...);

/* Bytes as text of letters, digits, '+', '/' and '=' (RFC 4648). */
void html_base64(const unsigned char *bytes, size_t size, FILE *out);

/* What writes lines of text about something. */
typedef void html_print(const void *subject, FILE *out);

/* What `print` writes, escaped: in a <pre>; or as a list, one item a line, the beginning of each
 * (up to a colon) emphasised and its class. Nothing where it writes nothing. */
void html_preformatted(html_print *print, const void *subject, FILE *out);
void html_list(html_print *print, const void *subject, FILE *out);

/* A text of several lines: a paragraph up to each empty line; indented lines stay as they are. */
void html_prose(const char *text, FILE *out);

/* A file's contents in base64. Returns 0; -1 where it cannot be read, and nothing was written. */
int html_file(const char *path, FILE *out, struct error *error);

/* An <img> that holds the SVG or PNG file at `path` as a data: URL; `alt` is its accessible name.
 * Returns 0; -1 where the file cannot be read or is not whole, and nothing was written. */
int html_image(const char *path, const char *alt, FILE *out, struct error *error);

#endif
