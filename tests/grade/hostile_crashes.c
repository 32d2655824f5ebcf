/* It writes through a null pointer. */
#include "driver.h"

#include <stddef.h>

static void misbehave(void)
{
    *(volatile int *)NULL = 1;
}

#define FAULT_RUN(batch) ((void)(batch), misbehave())
#include "tests/grade/faulty_poll.h"

const struct driver driver_hostile_crashes = {.name = "hostile-crashes", FAULTY_POLL};
