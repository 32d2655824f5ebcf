/* The driver poll with a fault: what a wrong_*.c defines before it includes this is done in place
 * of what is right. They are what `waitbench grade` has to refuse, each for its reason. */
#include "driver.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/intake.h"

#ifndef FAULT_SLOTS /* how many slots it has */
#define FAULT_SLOTS(load) ((load)->concurrency)
#endif
#ifndef FAULT_OPEN /* how it opens them */
#define FAULT_OPEN(load, count, error)                                                             \
    exchange_open_slots(load, 0, count, sizeof(struct exchange), EXCHANGE_NONBLOCKING, error)
#endif
#ifndef FAULT_NEXT /* how it takes a request */
#define FAULT_NEXT(intake, exchange) intake_next(intake, exchange)
#endif
#ifndef FAULT_STEP /* how it steps a slot */
#define FAULT_STEP(exchange) exchange_step(exchange)
#endif
#ifndef FAULT_OVER /* what it does when a request is over */
#define FAULT_OVER(exchange) ((void)(exchange))
#endif
#ifndef FAULT_WAIT /* for how long it waits, in ms */
#define FAULT_WAIT(left) ((left) == INT64_MAX ? -1 : (int)((left) / NSEC_PER_MSEC) + 1)
#endif
#ifndef FAULT_ROUNDS /* does it wait for all slots before any begins its next request? */
#define FAULT_ROUNDS(batch) ((void)(batch), false)
#endif
#ifndef FAULT_RUN /* what run() does first */
#define FAULT_RUN(batch) ((void)(batch))
#endif

struct faulty {
    struct intake intake;
    unsigned slots;
    struct pollfd *polled;
    struct exchange *exchanges;
};

/* Is its request over, and no next one begun? */
static bool faulty_continue(struct faulty *faulty, struct exchange *exchange,
                            enum exchange_want want, bool begins)
{
    while (want == EXCHANGE_OVER) {
        faulty->polled[exchange - faulty->exchanges].fd = -1;
        ptrdiff_t index = begins ? FAULT_NEXT(&faulty->intake, exchange) : -1;
        if (index < 0)
            return true;
        want = exchange_begin(exchange, faulty->intake.batch, (size_t)index);
        if (want != EXCHANGE_OVER)
            want = FAULT_STEP(exchange);
        if (want == EXCHANGE_OVER)
            FAULT_OVER(exchange);
    }
    faulty->polled[exchange - faulty->exchanges] =
        (struct pollfd){.fd = exchange->fd, .events = want == EXCHANGE_READ ? POLLIN : POLLOUT};
    return false;
}

static void *faulty_setup(const struct driver *self, const struct load *load, struct error *error)
{
    struct faulty *faulty = xcalloc(1, sizeof(*faulty));
    (void)self;
    faulty->slots = FAULT_SLOTS(load);
    faulty->polled = xcalloc(faulty->slots, sizeof(*faulty->polled));
    faulty->exchanges = FAULT_OPEN(load, faulty->slots, error);
    if (faulty->exchanges)
        return faulty;
    free(faulty->polled);
    free(faulty);
    return NULL;
}

static unsigned faulty_begin(struct faulty *faulty)
{
    unsigned active = 0;
    for (unsigned i = 0; i < faulty->slots; i++)
        active += !faulty_continue(faulty, &faulty->exchanges[i], EXCHANGE_OVER, true);
    return active;
}

static unsigned faulty_step(struct faulty *faulty)
{
    unsigned ended = 0;
    for (unsigned i = 0; i < faulty->slots; i++) {
        struct exchange *exchange = &faulty->exchanges[i];
        if (faulty->polled[i].fd < 0 || !faulty->polled[i].revents)
            continue;
        enum exchange_want want = FAULT_STEP(exchange);
        if (want == EXCHANGE_OVER)
            FAULT_OVER(exchange);
        ended += faulty_continue(faulty, exchange, want, !FAULT_ROUNDS(faulty->intake.batch));
    }
    return ended;
}

/* poll() refuses more than the limit on descriptors, even where they are none. */
static unsigned faulty_polled(const struct faulty *faulty)
{
    unsigned count = faulty->slots;
    while (count > 0 && faulty->polled[count - 1].fd < 0)
        count--;
    return count;
}

static int faulty_run(void *state, struct batch *batch, struct error *error)
{
    struct faulty *faulty = state;
    struct exchange *free_slot;
    FAULT_RUN(batch);
    for (unsigned i = 0; i < faulty->slots; i++)
        faulty->polled[i].fd = -1;
    intake_begin(&faulty->intake, batch);
    unsigned active = faulty_begin(faulty);
    while (active > 0 || intake_is_waiting(&faulty->intake)) {
        nsec_t left = intake_wait(&faulty->intake);
        (void)left;
        int ready = poll(faulty->polled, faulty_polled(faulty), FAULT_WAIT(left));
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "poll()");
        if (ready > 0)
            active -= faulty_step(faulty);
        while ((free_slot = intake_free(&faulty->intake)))
            active += !faulty_continue(faulty, free_slot, EXCHANGE_OVER, true);
        if (FAULT_ROUNDS(batch) && active == 0)
            active = faulty_begin(faulty);
    }
    return 0;
}

static void faulty_teardown(void *state)
{
    struct faulty *faulty = state;
    exchange_close_slots(faulty->exchanges, faulty->slots, sizeof(*faulty->exchanges));
    free(faulty->polled);
    free(faulty);
}

#define FAULTY_POLL                                                                                \
    .summary = "poll, with a fault", .model = MODEL_READINESS, .setup = faulty_setup,              \
    .run = faulty_run, .teardown = faulty_teardown
