#include "pending.h"

#include <stdlib.h>
#include <string.h>

struct pending *pending_new(const char *data, size_t size)
{
    struct pending *pending = malloc(sizeof(*pending) + size);
    if (pending) {
        pending->size = (uint32_t)size;
        pending->done = 0;
        memcpy(pending->bytes, data, size);
    }
    return pending;
}
