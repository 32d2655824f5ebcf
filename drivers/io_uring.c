/* io_uring: one thread, and operations that the kernel executes.
 *
 * A readiness loop learns from the kernel which sockets are ready and then makes the calls itself.
 * Here the calls are submitted instead: the program writes operations into a queue that it shares
 * with the kernel, submits up to 32 with one system call, and reads the results from a second
 * queue. A request on a new connection is one chain of linked operations, socket, connect, send,
 * receive, in which a failure cancels the rest; the close of the previous connection heads the
 * chain. A request on a kept connection needs only a send, because its receive stays armed
 * (multishot) and takes a buffer from those provided. The sockets are direct descriptors: entries
 * of the ring's own table. The limit on open files bounds the size of that table, but its sockets
 * take no descriptors.
 *
 * This saves system calls and wake-ups. What the kernel has to do in this thread after an event
 * (task work: receive the data, post the completion) it does when the thread gets completions,
 * in io_uring_enter() with IORING_ENTER_GETEVENTS, and at no other time: not at the end of other
 * system calls, and not by interrupting it (DEFER_TASKRUN: io_uring_setup(2)). After the first
 * completion the thread can sleep on for a while, until there are more (Linux 6.12). Fewer calls
 * are not always faster: the work of TCP costs the same in either case, a response that waits for
 * others is delayed, and while the thread sleeps no new request is sent. So it waits for a
 * sixteenth of the requests in flight, 100 us at most, and not at all below 32. For requests that
 * start by a schedule the sleep has a timeout, until the next is due.
 *
 * The price: memory that belongs to the kernel until an operation completes, a completion for
 * everything that can fail, in any order, and containers that forbid io_uring. The end of an
 * operation is known only when its completion is read, so the times of connecting and sending may
 * be late by the processing of up to 32 operations. Choose it if system calls and context switches
 * dominate the cost: many connections, small messages. */
#include "driver.h"

#include <stdlib.h>

#include "io_uring_slot.h"

enum { SHARE_AWAITED = 16 }; /* wait for 1/16 of the requests in flight */

struct loop {
    struct ring ring;
    struct intake intake;
    unsigned slots_made, active;
    struct slot *slots, *ready, **ready_end; /* ready: queue of slots that can continue */
};

static void loop_add_ready(struct loop *loop, struct slot *slot)
{
    slot->next = NULL;
    *loop->ready_end = slot;
    loop->ready_end = &slot->next;
}

/* The next slot that can continue, or that is free and whose request is due. */
static struct slot *loop_next(struct loop *loop)
{
    struct slot *slot = loop->ready;
    if (!slot) {
        slot = (struct slot *)intake_free(&loop->intake);
        loop->active += slot != NULL;
        return slot;
    }
    loop->ready = slot->next;
    if (!loop->ready)
        loop->ready_end = &loop->ready;
    return slot;
}

/* Queue operations of as many slots as fit: a chain must be submitted as a whole. */
static void loop_queue_ready(struct loop *loop)
{
    struct slot *slot;
    while (io_uring_sq_space_left(&loop->ring.uring) >= SLOT_CHAIN_MAX && (slot = loop_next(loop)))
        loop->active -= !slot_continue(slot, &loop->ring, &loop->intake);
}

static void loop_handle_completions(struct loop *loop)
{
    unsigned head, seen = 0;
    struct io_uring_cqe *cqe;
    io_uring_for_each_cqe(&loop->ring.uring, head, cqe)
    {
        struct slot *slot = &loop->slots[slot_of(cqe)];
        if (slot_complete(slot, &loop->ring, cqe))
            loop_add_ready(loop, slot);
        seen++;
    }
    io_uring_cq_advance(&loop->ring.uring, seen);
}

static int uring_run(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    intake_begin(&loop->intake, batch);
    loop->active = loop->slots_made;
    loop->ready = NULL;
    loop->ready_end = &loop->ready;
    for (unsigned i = 0; i < loop->slots_made; i++)
        loop_add_ready(loop, &loop->slots[i]);
    for (;;) {
        loop_queue_ready(loop);
        if (loop->active == 0 && !intake_is_waiting(&loop->intake))
            return 0;
        if (ring_enter(&loop->ring, loop->active / SHARE_AWAITED, intake_wait(&loop->intake),
                       error) < 0)
            return -1;
        loop_handle_completions(loop);
    }
}

/* Close the connections by a run without requests, in which none is kept. */
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
    if (load->workload->prepare && !load->keep_alive) {
        error_set(error,
                  "%s creates its sockets in the ring, where the options of workload %s cannot be "
                  "set; use --keep-alive, which creates them in setup, or another driver",
                  self->name, load->workload->name);
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
    .summary = "one thread, operations submitted to the kernel, which reports their results",
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
