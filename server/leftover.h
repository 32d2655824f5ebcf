/* Bytes whose turn has not come: the tail of what was read or of what is to be written. */
#ifndef WAITBENCH_LEFTOVER_H
#define WAITBENCH_LEFTOVER_H

#include <stddef.h>
#include <stdint.h>

struct leftover {
    uint32_t size, done;
    char bytes[];
};

/* A copy, for the caller to free(); NULL when there is no memory. */
struct leftover *leftover_new(const char *data, size_t size);

#endif
