#include "error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

static void error_vset(struct error *error, int errnum, const char *format, va_list args)
{
    if (!error)
        return;
    error->errnum = errnum;
    vsnprintf(error->text, sizeof(error->text), format, args);
    if (errnum) {
        size_t used = strlen(error->text);
        snprintf(error->text + used, sizeof(error->text) - used, ": %s", strerror(errnum));
    }
    text_defuse(error->text);
}

int error_set(struct error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(error, 0, format, args);
    va_end(args);
    return -1;
}

int error_errno(struct error *error, int errnum, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(error, errnum, format, args);
    va_end(args);
    return -1;
}

int error_prefix(struct error *error, const char *format, ...)
{
    if (!error)
        return -1;
    struct error cause = *error;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    text_defuse(error->text);
    size_t used = strlen(error->text);
    snprintf(error->text + used, sizeof(error->text) - used, ": %s", cause.text);
    return -1;
}

void *xcalloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory) {
        fprintf(stderr, "out of memory: cannot allocate %zu x %zu bytes\n", count, size);
        exit(1);
    }
    return memory;
}

void *xrealloc(void *old, size_t count, size_t size)
{
    size_t bytes;
    bool fits = !__builtin_mul_overflow(count, size, &bytes);
    void *memory = fits ? realloc(old, bytes ? bytes : 1) : NULL;
    if (!memory) {
        fprintf(stderr, "out of memory: cannot allocate %zu x %zu bytes\n", count, size);
        exit(1);
    }
    return memory;
}
