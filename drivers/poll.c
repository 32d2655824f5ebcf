/* poll: one thread, one poll() over all sockets.
 *
 * The same state machine as in an event loop, without a library: pass the kernel the list of C
 * sockets, sleep, step the ready ones. Each call copies and scans the whole list, ready or not, so
 * a wake-up costs O(C); epoll keeps the list in the kernel for that reason. Responses that arrive
 * together share that cost; a response that arrives alone pays all of it. Its timeout is in
 * milliseconds; where requests start by a schedule, ppoll() waits until the next is due, to the
 * nanosecond. Choose it for a few hundred connections, or for portability. */
#include "driver.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "engine/intake.h"

struct loop {
    struct intake intake;
    unsigned slots, polled_count;
    struct pollfd *polled; /* polled[i]: what slot i waits for; fd -1: skipped */
    struct exchange *exchanges;
};

/* Wait for what the slot needs; when its request is over, begin the next. Returns false if there is
 * none, or none yet. */
static bool slot_continue(struct loop *loop, struct exchange *exchange, enum exchange_want want)
{
    unsigned i = exchange->slot;
    while (want == EXCHANGE_OVER) {
        loop->polled[i].fd = -1;
        ptrdiff_t index = intake_next(&loop->intake, exchange);
        if (index < 0)
            return false;
        want = exchange_begin(exchange, loop->intake.batch, (size_t)index);
        if (want != EXCHANGE_OVER)
            want = exchange_step(exchange);
    }
    loop->polled[i] =
        (struct pollfd){.fd = exchange->fd, .events = want == EXCHANGE_READ ? POLLIN : POLLOUT};
    if (loop->polled_count <= i)
        loop->polled_count = i + 1;
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

/* Sleep until a socket is ready, or a request due for which a slot is free. */
static int loop_wait(struct loop *loop)
{
    /* Leave out slots at the end that have no request. poll() also refuses a list longer than the
     * limit on descriptors, even if entries are empty. */
    while (loop->polled_count > 0 && loop->polled[loop->polled_count - 1].fd < 0)
        loop->polled_count--;
    nsec_t left = intake_wait(&loop->intake);
    if (left == INT64_MAX)
        return poll(loop->polled, loop->polled_count, -1);
    const struct timespec timeout = clock_timespec(left); /* poll's are in milliseconds */
    return ppoll(loop->polled, loop->polled_count, &timeout, NULL);
}

static int poll_run(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    struct exchange *free;
    unsigned active = 0;
    intake_begin(&loop->intake, batch);
    /* EXCHANGE_OVER: each slot begins its first request. */
    for (unsigned i = 0; i < loop->slots; i++)
        active += slot_continue(loop, &loop->exchanges[i], EXCHANGE_OVER);
    while (active > 0 || intake_is_waiting(&loop->intake)) {
        int ready = loop_wait(loop);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "poll() of %u sockets", loop->polled_count);
        for (unsigned i = 0; i < loop->polled_count && ready > 0; i++)
            if (loop->polled[i].revents) {
                ready--;
                active -=
                    !slot_continue(loop, &loop->exchanges[i], exchange_step(&loop->exchanges[i]));
            }
        while ((free = intake_free(&loop->intake)))
            active += slot_continue(loop, free, EXCHANGE_OVER);
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
