/* Text for a person at a terminal: how wide it may be, and long lines wrapped at words. */
#ifndef WAITBENCH_TERMINAL_H
#define WAITBENCH_TERMINAL_H

#include <stddef.h>
#include <stdio.h>
/* On a wider terminal, lines of text are no easier to read. */
enum { TERMINAL_WIDTH_MAX = 100 };

/* The columns that a line on `out` may have: the terminal's, at most TERMINAL_WIDTH_MAX. 0, which
 * is no limit, where `out` is not a terminal. */
size_t terminal_width(FILE *out);

/* What is under way, in place of what was said before, on standard error; "" wipes it. Nothing
 * where that is not a terminal that can write over a line. */
void terminal_status(const char *text);

/* The columns that UTF-8 text takes; or so many bytes of it. */
size_t text_width(const char *text);
size_t text_width_of(const char *text, size_t bytes);

/* How many bytes of the text fit into `width` columns, up to a blank. A longer word is not broken.
 */
size_t text_fit(const char *text, size_t width);

/* Replace, in place, what a terminal would act on instead of showing it: control characters but for
 * newlines and tabs. For text that others wrote: a store, an export, a program's output. */
void text_defuse(char *text);

/* Print one line, wrapped. Further lines are indented to where its text begins: behind a label,
 * which is followed by two blanks or more, else by two columns more than the line. */
void text_wrap(const char *line, size_t width, FILE *out);

/* fprintf() of whole lines, wrapped where `out` is a terminal. */
void terminal_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
