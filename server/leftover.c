#include "leftover.h"

#include <stdlib.h>
#include <string.h>

struct leftover *leftover_new(const char *data, size_t size)
{
    struct leftover *leftover = malloc(sizeof(*leftover) + size);
    if (leftover) {
        leftover->size = (uint32_t)size;
        leftover->done = 0;
        memcpy(leftover->bytes, data, size);
    }
    return leftover;
}
