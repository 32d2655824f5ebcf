/* io_uring: one thread, and operations that the kernel carries out.
 *
 * A readiness loop asks the kernel which sockets are ready and then makes the calls itself. Here
 * the calls are handed over instead: the program writes down what is to be done in a queue that it
 * shares with the kernel, a portion of some thirty with one system call, and reads from another
 * queue what came of it. A connection per request is one chain of linked operations, socket,
 * connect, send, receive, in which a failure cancels the rest; closing it heads the next chain. A
 * kept connection needs a send for each request and no more, for its receive stays armed
 * (multishot) and finds a buffer among those provided. The sockets are direct descriptors: places
 * in a table of the ring's, which no other code sees, and of which the limit on open files bounds
 * the size and nothing else.
 *
 * That saves system calls and wake-ups. What completes waits for the thread to come by instead of
 * interrupting it (DEFER_TASKRUN), and where the first response is there the thread sleeps on for a
 * while, until more are (Linux 6.12). Fewer calls are not always faster: what TCP itself does costs
 * the same whoever asks for it, a response that waits for others is late, and while we sleep nobody
 * is asked. So it waits for a sixteenth of what is in flight, 100 us at most, and below 32 not at
 * all.
 *
 * The price: memory that is the kernel's until it says otherwise, a completion for everything that
 * can go wrong, in any order, and containers that forbid io_uring. What is known of an operation is
 * known when its completion is read, so a connection or a sending is stamped up to a portion late.
 * Choose it where system calls and switches are what costs: many connections, small messages. */
#include "driver.h"

#include <stdlib.h>

#include "io_uring_slot.h"

enum { SHARE_AWAITED = 16 }; /* of what is in flight */

struct loop {
    struct ring ring;
    struct batch *batch;
    unsigned slots_made, active;
    struct slot *slots, *ready, **ready_end; /* ready: slots that can go on, first come first */
};

static void slot_is_ready(struct loop *loop, struct slot *slot)
{
    slot->next = NULL;
    *loop->ready_end = slot;
    loop->ready_end = &slot->next;
}

/* Write a portion down: as many slots as there is room for, for a chain must stay in one. */
static void loop_write_down(struct loop *loop)
{
    while (loop->ready && io_uring_sq_space_left(&loop->ring.uring) >= SLOT_CHAIN_MAX) {
        struct slot *slot = loop->ready;
        loop->ready = slot->next;
        if (!loop->ready)
            loop->ready_end = &loop->ready;
        loop->active -= !slot_continue(slot, &loop->ring, loop->batch);
    }
}

static void loop_take_in(struct loop *loop)
{
    unsigned head, seen = 0;
    struct io_uring_cqe *cqe;
    io_uring_for_each_cqe(&loop->ring.uring, head, cqe)
    {
        struct slot *slot = &loop->slots[slot_of(cqe)];
        if (slot_complete(slot, &loop->ring, cqe))
            slot_is_ready(loop, slot);
        seen++;
    }
    io_uring_cq_advance(&loop->ring.uring, seen);
}

static int uring_run(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    loop->batch = batch;
    loop->active = loop->slots_made;
    loop->ready = NULL;
    loop->ready_end = &loop->ready;
    for (unsigned i = 0; i < loop->slots_made; i++)
        slot_is_ready(loop, &loop->slots[i]);
    for (;;) {
        loop_write_down(loop);
        if (loop->active == 0)
            return 0;
        if (ring_enter(&loop->ring, loop->active / SHARE_AWAITED, error) < 0)
            return -1;
        loop_take_in(loop);
    }
}

/* Connections are closed the way they always are: by a run, in which none is kept any more. */
static void uring_teardown(void *state)
{
    struct loop *loop = state;
    struct batch nothing = {0};
    for (unsigned i = 0; i < loop->slots_made; i++)
        exchange_close(&loop->slots[i].exchange);
    uring_run(loop, &nothing, NULL);
    ring_close(&loop->ring);
    free(loop->slots);
    free(loop);
}

static void *uring_setup(const struct driver *self, const struct load *load, struct error *error)
{
    if (load->workload->nodelay && !load->keep_alive) {
        error_set(error,
                  "%s makes its sockets in the ring, where they get no TCP_NODELAY; with "
                  "--keep-alive they are made, and get it, beforehand",
                  self->name);
        return NULL;
    }
    struct loop *loop = xcalloc(1, sizeof(*loop));
    if (ring_open(&loop->ring, load, error) < 0) {
        free(loop);
        return NULL;
    }
    loop->slots = xcalloc(load->concurrency, sizeof(*loop->slots));
    while (loop->slots_made < load->concurrency) {
        unsigned slot = loop->slots_made++;
        if (slot_open(&loop->slots[slot], &loop->ring, slot, error) < 0) {
            uring_teardown(loop);
            return NULL;
        }
    }
    return loop;
}

static void uring_active(const void *state, char *text, size_t size)
{
    ring_describe(&((const struct loop *)state)->ring, text, size);
}

const struct driver driver_io_uring = {
    .name = "io_uring",
    .summary = "one thread, operations handed to the kernel, which says what came of them",
    .model = MODEL_COMPLETION,
    .library = "liburing",
    .kernel = "io_uring (Linux 5.19 or later)",
    .traits = DRIVER_DIRECT,
    .version = ring_version,
    .probe = ring_probe,
    .setup = uring_setup,
    .run = uring_run,
    .teardown = uring_teardown,
    .active = uring_active,
};
