/* Errors as values: a function that can fail returns -1 (or NULL) and fills a struct error. Only
 * main() prints it and exits. */
#ifndef WAITBENCH_ERROR_H
#define WAITBENCH_ERROR_H

#include <stddef.h>

struct error {
    int errnum;     /* the errno behind it, or 0 */
    char text[320]; /* a sentence: what failed and, if known, what to do */
};

/* Fill `error` (may be NULL) and return -1, so that callers can `return error_set(...)`. The text
 * may quote what others wrote: control characters are replaced. */
int error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with ": " and the text of `errnum` after the message. */
int error_errno(struct error *error, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "WHAT: " before the text that is already there; returns -1. */
int error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For setup only: they print a line and exit if memory runs out. */
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size);

#endif
