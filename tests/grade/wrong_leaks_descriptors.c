/* Each request leaves a descriptor open. */
#include "driver.h"

#include <unistd.h>

static void lose_descriptor(void)
{
    if (dup(STDERR_FILENO) < 0)
        return;
}

#define FAULT_OVER(exchange) ((void)(exchange), lose_descriptor())
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_leaks_descriptors = {.name = "wrong-leaks-descriptors",
                                                      FAULTY_POLL};
