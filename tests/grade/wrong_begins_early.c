/* A request begins as soon as a slot is free, whenever it is due. */
#include "driver.h"

#define FAULT_NEXT(intake, exchange) batch_next((intake)->batch)
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_begins_early = {.name = "wrong-begins-early", FAULTY_POLL};
