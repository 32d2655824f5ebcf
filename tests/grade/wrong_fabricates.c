/* It sends nothing, and invents the responses. */
#include "driver.h"

#include <stdlib.h>

static void *invent_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    return exchange_open_slots(load, 0, 1, sizeof(struct exchange), EXCHANGE_FOREIGN, error);
}

static int invent_run(void *state, struct batch *batch, struct error *error)
{
    struct exchange *exchange = state;
    char text[PROTOCOL_REQUEST_BYTES];
    size_t size;
    (void)error;
    for (ptrdiff_t index; (index = batch_next(batch)) >= 0;) {
        batch_await(batch, (size_t)index);
        exchange_begin(exchange, batch, (size_t)index);
        const struct timespec pause = clock_timespec(5 * NSEC_PER_MSEC);
        nanosleep(&pause, NULL);
        if (!exchange->kept)
            exchange_on_connect(exchange, 0);
        exchange_unsent(exchange, text, &size);
        exchange_on_send(exchange, (ssize_t)size);
        exchange_on_receive(exchange, "0\n", 2);
    }
    return 0;
}

static void invent_teardown(void *state)
{
    exchange_close_slots(state, 1, sizeof(struct exchange));
}

const struct driver driver_wrong_fabricates = {
    .name = "wrong-fabricates",
    .summary = "no I/O at all",
    .model = MODEL_SERIAL,
    .traits = DRIVER_SERIAL,
    .setup = invent_setup,
    .run = invent_run,
    .teardown = invent_teardown,
};
