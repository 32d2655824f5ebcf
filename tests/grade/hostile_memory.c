/* It takes memory without an end. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void misbehave(void)
{
    enum { BYTES = 1 << 20 };
    for (char *more; (more = malloc(BYTES)); usleep(100))
        memset(more, 1, BYTES);
    pause();
}

#define FAULT_RUN(batch) ((void)(batch), misbehave())
#include "tests/grade/faulty_poll.h"

const struct driver driver_hostile_memory = {.name = "hostile-memory", FAULTY_POLL};
