/* sequential: one blocking request after another.
 *
 * The model that is usually written first: connect, send, wait, read, and only then the next.
 * During the server's delay the program sleeps, so N requests take N times the delay, on any
 * machine. Requests cannot interfere because there is never more than one. Where they start by a
 * schedule, it sleeps until the next is due. Choose it if the waits are short or few; the other
 * drivers are for cases where they are not. */
#include "driver.h"

#include <stdlib.h>

static void *sequential_setup(const struct driver *self, const struct load *load,
                              struct error *error)
{
    (void)self;
    struct exchange *exchange = xcalloc(1, sizeof(*exchange));
    exchange_init(exchange, load, 0, EXCHANGE_BLOCKING);
    if (exchange_open(exchange, error) < 0) {
        free(exchange);
        return NULL;
    }
    return exchange;
}

static int sequential_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    ptrdiff_t index;
    while ((index = batch_next(batch)) != BATCH_OVER)
        exchange_run(state, batch, (size_t)index);
    return 0;
}

static void sequential_teardown(void *state)
{
    exchange_close(state);
    free(state);
}

const struct driver driver_sequential = {
    .name = "sequential",
    .summary = "one blocking request after another",
    .model = MODEL_SERIAL,
    .traits = DRIVER_SERIAL,
    .setup = sequential_setup,
    .run = sequential_run,
    .teardown = sequential_teardown,
};
