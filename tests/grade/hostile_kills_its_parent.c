/* It kills whoever started it. */
#include "driver.h"

#include <signal.h>
#include <unistd.h>

static void misbehave(void)
{
    kill(getppid(), SIGKILL);
    pause();
}

#define FAULT_RUN(batch) ((void)(batch), misbehave())
#include "tests/grade/faulty_poll.h"

const struct driver driver_hostile_kills_its_parent = {.name = "hostile-kills-its-parent",
                                                       FAULTY_POLL};
