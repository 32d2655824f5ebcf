/* One request is taken and never carried. */
#include "driver.h"

#include "engine/intake.h"

static ptrdiff_t next_but_one(struct intake *intake, struct exchange *exchange)
{
    ptrdiff_t index = intake_next(intake, exchange);
    return index == 3 ? intake_next(intake, exchange) : index;
}

#define FAULT_NEXT(intake, exchange) next_but_one(intake, exchange)
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_loses_a_request = {.name = "wrong-loses-a-request", FAULTY_POLL};
