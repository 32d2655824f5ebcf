/* It never ends. */
#include "driver.h"

static void misbehave(void)
{
    for (volatile int i = 0;; i++)
        continue;
}

#define FAULT_RUN(batch) ((void)(batch), misbehave())
#include "tests/grade/faulty_poll.h"

const struct driver driver_hostile_loops = {.name = "hostile-loops", FAULTY_POLL};
