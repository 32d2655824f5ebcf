/* null: does nothing, so that the harness measures itself.
 *
 * It takes every request and stamps its sample, as an exchange would, and sends nothing. What it
 * costs per request is what waitbench adds to every other driver: subtract nothing, just see that
 * it is small (two clock readings and an atomic add). Its responses are nobody's: it proves nothing
 * about I/O. */
#include "driver.h"

static void *null_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    (void)error;
    return (void *)(uintptr_t)load; /* nothing of its own; never written through */
}

static int null_run(void *state, struct batch *batch, struct error *error)
{
    (void)state;
    (void)error;
    ptrdiff_t index;
    while ((index = batch_next(batch)) != BATCH_OVER) {
        struct sample *sample = &batch->samples[index];
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
    .summary = "does nothing: what the harness itself costs",
    .model = MODEL_NONE,
    .traits = DRIVER_SERIAL | DRIVER_OFFLINE,
    .setup = null_setup,
    .run = null_run,
    .teardown = null_teardown,
};
