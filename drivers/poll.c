/* poll: one thread, one poll() over all sockets.
 *
 * The same state machine as in an event loop, without a library: pass the kernel the list of C
 * sockets, sleep, step the ready ones. Each call copies and scans the whole list, ready or not, so
 * a wake-up costs O(C); epoll keeps the list in the kernel for that reason. Responses that arrive
 * together share that cost; a response that arrives alone pays all of it. Choose it for a few
 * hundred connections, or for portability. */
#include "driver.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

struct loop {
    unsigned slots;
    struct pollfd *polled; /* polled[i]: what slot i waits for; fd -1: skipped */
    struct exchange *exchanges;
};

/* Wait for what slot `i` needs; when its request is over, begin the next. Returns false if there is
 * none. */
static bool slot_continue(struct loop *loop, unsigned i, struct batch *batch,
                          enum exchange_want want)
{
    struct exchange *exchange = &loop->exchanges[i];
    while (want == EXCHANGE_OVER) {
        loop->polled[i].fd = -1;
        ptrdiff_t index = batch_next(batch);
        if (index == BATCH_OVER)
            return false;
        want = exchange_begin(exchange, batch, (size_t)index);
        if (want != EXCHANGE_OVER)
            want = exchange_step(exchange);
    }
    loop->polled[i] =
        (struct pollfd){.fd = exchange->fd, .events = want == EXCHANGE_READ ? POLLIN : POLLOUT};
    return true;
}

static void poll_teardown(void *state)
{
    struct loop *loop = state;
    exchange_close_slots(loop->exchanges, loop->slots, sizeof(*loop->exchanges));
    free(loop->polled);
    free(loop);
}

static void *poll_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->slots = load->concurrency;
    loop->polled = xcalloc(loop->slots, sizeof(*loop->polled));
    loop->exchanges = exchange_open_slots(load, 0, loop->slots, sizeof(*loop->exchanges),
                                          EXCHANGE_NONBLOCKING, error);
    if (loop->exchanges)
        return loop;
    poll_teardown(loop);
    return NULL;
}

static int poll_run(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    unsigned active = 0, polled = loop->slots;
    /* EXCHANGE_OVER: each slot begins its first request. */
    for (unsigned i = 0; i < loop->slots; i++)
        active += slot_continue(loop, i, batch, EXCHANGE_OVER);
    while (active > 0) {
        /* Leave out slots at the end that have no more requests. poll() also refuses a list longer
         * than the limit on descriptors, even if entries are empty. */
        while (loop->polled[polled - 1].fd < 0)
            polled--;
        int ready = poll(loop->polled, polled, -1);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "poll() of %u sockets", polled);
        for (unsigned i = 0; i < polled && ready > 0; i++)
            if (loop->polled[i].revents) {
                ready--;
                active -= !slot_continue(loop, i, batch, exchange_step(&loop->exchanges[i]));
            }
    }
    return 0;
}

const struct driver driver_poll = {
    .name = "poll",
    .summary = "one thread, poll() over non-blocking sockets",
    .model = MODEL_READINESS,
    .setup = poll_setup,
    .run = poll_run,
    .teardown = poll_teardown,
};
