/* Helpers of the fuzz targets. A target is one file: libFuzzer calls it with each input, and it
 * asserts what must hold for any input. Inputs are copied into heap blocks of exactly their size,
 * so that AddressSanitizer detects a parser that reads past the end. */
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

/* The same as a string, which ends at the first NUL. The caller frees it. */
static inline char *fuzz_text(const void *data, size_t size)
{
    return strndup(data, size);
}

/* Declare the replacement of a function (-Wl,--wrap in the Makefile) and the function itself. */
#define FUZZ_WRAP(function) __typeof__(function) __wrap_##function, __real_##function

/* The size of the pieces that an input is fed in (the last is shorter): the whole, single bytes (of
 * a long one 256 pieces), and a size derived from the input. The results must be the same. */
enum { FUZZ_CUTS = 3 };

static inline size_t fuzz_piece(const uint8_t *data, size_t size, int cut)
{
    return cut == 0 ? size : cut == 1 ? 1 + size / 256 : 2 + data[size / 2] % 61;
}

#endif
