/* It starts processes without an end, which stay. */
#include "driver.h"

#include <unistd.h>

static void misbehave(void)
{
    for (;;)
        if (fork() < 0)
            pause();
}

#define FAULT_RUN(batch) ((void)(batch), misbehave())
#include "tests/grade/faulty_poll.h"

const struct driver driver_hostile_forks = {.name = "hostile-forks", FAULTY_POLL};
