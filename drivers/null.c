/* null: does nothing, to measure the harness itself.
 *
 * It takes every request and fills in its sample, as an exchange would, and sends nothing. Its
 * cost per request is what waitbench adds to every other driver. It is not subtracted, only shown
 * to be small: two clock readings and an atomic add. There are no responses: it proves nothing
 * about I/O. */
#include "driver.h"

static void *null_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    (void)error;
    return (void *)(uintptr_t)load; /* it has no state; this is never written through */
}

static int null_run(void *state, struct batch *batch, struct error *error)
{
    (void)state;
    (void)error;
    ptrdiff_t index;
    while ((index = batch_next(batch)) != BATCH_OVER) {
        struct sample *sample = batch_sample(batch, index);
        batch_await(batch, (size_t)index);
        sample->start = clock_now();
        sample->connected = sample->sent = sample->first_byte = sample->start;
        sample->end = clock_now();
        sample->outcome = OUTCOME_OK;
    }
    return 0;
}

static void null_teardown(void *state)
{
    (void)state;
}

const struct driver driver_null = {
    .name = "null",
    .summary = "does nothing: measures the harness itself",
    .model = MODEL_NONE,
    .traits = DRIVER_SERIAL | DRIVER_OFFLINE,
    .setup = null_setup,
    .run = null_run,
    .teardown = null_teardown,
};
