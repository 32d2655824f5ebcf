/* A response is over with the first bytes that are read. */
#include "driver.h"

static enum exchange_want step_once(struct exchange *exchange)
{
    enum exchange_want want = exchange_step(exchange);
    if (want != EXCHANGE_READ || !exchange->sample->first_byte)
        return want;
    exchange->sample->outcome = OUTCOME_OK;
    exchange->sample->end = clock_now();
    exchange_close(exchange);
    return EXCHANGE_OVER;
}

#define FAULT_STEP(exchange) step_once(exchange)
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_short_reads = {.name = "wrong-short-reads", FAULTY_POLL};
