/* mine: your model in one line.
 *
 * Describe here how a request waits in your model, what that costs, and when to choose it: this
 * comment is what `waitbench explain` prints. */
#include "drivers/driver.h"

#include <stdlib.h>

/* The state: C slots, each with an exchange, which is one request's life on a socket. */
struct mine {
    struct exchange *slots;
    unsigned count;
};

/* Everything that is paid once belongs here: threads, loops, memory, kept connections. */
static void *mine_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct mine *mine = xcalloc(1, sizeof(*mine));
    mine->count = load->concurrency;
    /* EXCHANGE_NONBLOCKING for a loop that waits until sockets are ready. */
    mine->slots =
        exchange_open_slots(load, 0, mine->count, sizeof(*mine->slots), EXCHANGE_BLOCKING, error);
    if (mine->slots)
        return mine;
    free(mine);
    return NULL;
}

/* Everything in here is timed. To be written:
 *
 *   1. take requests with batch_next(batch) until it returns BATCH_OVER;
 *   2. carry each in a free slot, with exchange_run() where a thread may block, or with
 *      exchange_begin() and exchange_step() where a loop waits for readiness;
 *   3. have C requests in flight as long as there are any, and never more;
 *   4. return when the last one is over. A failed request is not a failed run. */
static int mine_run(void *state, struct batch *batch, struct error *error)
{
    struct mine *mine = state;
    (void)batch;
    return error_set(error,
                     "mine_run() is not written yet: it takes no request. Take each with "
                     "batch_next(), and have %u in flight",
                     mine->count);
}

/* Join threads, close descriptors, free memory: nothing may be left. */
static void mine_teardown(void *state)
{
    struct mine *mine = state;
    exchange_close_slots(mine->slots, mine->count, sizeof(*mine->slots));
    free(mine);
}

/* MODEL_… is the kind of your model, and .traits says what the harness has to know of it:
 * DRIVER_THREADS if there are up to C threads, DRIVER_PARALLEL for a few (drivers/driver.h). */
const struct driver driver_mine = {
    .name = "mine",
    .summary = "your model in one line",
    .model = MODEL_THREADS,
    .traits = DRIVER_THREADS,
    .setup = mine_setup,
    .run = mine_run,
    .teardown = mine_teardown,
};
