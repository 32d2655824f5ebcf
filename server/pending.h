/* Bytes to process later: the rest of what was read, or of what is to be written. */
#ifndef WAITBENCH_SERVER_PENDING_H
#define WAITBENCH_SERVER_PENDING_H

#include <stddef.h>
#include <stdint.h>

struct pending {
    uint32_t size, done;
    char bytes[];
};

/* A copy, which the caller frees with free(); NULL if there is no memory. */
struct pending *pending_new(const char *data, size_t size);

#endif
