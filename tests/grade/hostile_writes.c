/* It writes to its standard output without an end. */
#include "driver.h"

#include <stdio.h>

static void misbehave(void)
{
    for (;;)
        puts("no sample, and no end of them");
}

#define FAULT_RUN(batch) ((void)(batch), misbehave())
#include "tests/grade/faulty_poll.h"

const struct driver driver_hostile_writes = {.name = "hostile-writes", FAULTY_POLL};
