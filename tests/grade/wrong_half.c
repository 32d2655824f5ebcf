/* It never has more than C/2 in flight. */
#include "driver.h"

#define FAULT_SLOTS(load) (((load)->concurrency + 1) / 2)
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_half = {.name = "wrong-half", FAULTY_POLL};
