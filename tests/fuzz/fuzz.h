/* What the fuzz targets share. A target is one file: libFuzzer calls it with every input, and it
 * asserts what has to hold whatever the input is. Inputs are copied into heap blocks of just their
 * size, so that AddressSanitizer sees a parser that reads too far. */
#ifndef WAITBENCH_FUZZ_H
#define WAITBENCH_FUZZ_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The caller frees it. */
static inline char *fuzz_copy(const void *data, size_t size)
{
    char *copy = malloc(size);
    assert(copy || !size);
    return size ? memcpy(copy, data, size) : copy;
}

/* The same as a string, to its first NUL or its end. */
static inline char *fuzz_text(const void *data, size_t size)
{
    return strndup(data, size);
}

/* Declare what stands in for a function (-Wl,--wrap in the Makefile), and the function itself. */
#define FUZZ_WRAP(function) __typeof__(function) __wrap_##function, __real_##function

/* Sizes of the pieces that a message is fed in, all but the last: all at once, byte by byte (a long
 * one in 256 pieces), and one that depends on the message. The results have to be the same. */
enum { FUZZ_CUTS = 3 };

static inline size_t fuzz_piece(const uint8_t *data, size_t size, int cut)
{
    return cut == 0 ? size : cut == 1 ? 1 + size / 256 : 2 + data[size / 2] % 61;
}

#endif
