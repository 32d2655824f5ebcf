/* No slot begins its next request before all are over. */
#include "driver.h"

#define FAULT_ROUNDS(batch) (!(batch)->schedule)
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_waits_for_all = {.name = "wrong-waits-for-all", FAULTY_POLL};
