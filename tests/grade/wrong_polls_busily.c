/* It never sleeps, and looks again and again. */
#include "driver.h"

#define FAULT_WAIT(left) 0
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_polls_busily = {.name = "wrong-polls-busily", FAULTY_POLL};
