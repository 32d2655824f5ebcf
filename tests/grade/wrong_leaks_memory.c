/* Each request leaves 64 KiB of memory behind. */
#include "driver.h"

#include <stdlib.h>

static void lose_memory(void)
{
    enum { BYTES = 65536, PAGE = 4096 };
    volatile char *lost = malloc(BYTES);
    for (int i = 0; lost && i < BYTES; i += PAGE)
        lost[i] = 1;
}

#define FAULT_OVER(exchange) ((void)(exchange), lose_memory())
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_leaks_memory = {.name = "wrong-leaks-memory", FAULTY_POLL};
