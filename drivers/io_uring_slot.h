/* One of the driver io_uring's C places: which operations carry a request, and what their
 * completions mean. */
#ifndef WAITBENCH_DRIVERS_IO_URING_SLOT_H
#define WAITBENCH_DRIVERS_IO_URING_SLOT_H

#include "io_uring_ring.h"

enum { SLOT_CHAIN_MAX = 5 }; /* operations that it writes down at once, at most */

struct slot {
    struct exchange exchange; /* its slot is our slot in the ring's table of sockets */
    struct slot *next;        /* for the loop's use */
    bool requested;           /* a request is under way */
    bool waiting;             /* for completions, before it can go on */
    bool open;                /* there is a socket in the slot */
    bool sending;             /* a completion of send is to come */
    enum {
        RECEIVE_NONE,
        RECEIVE_ARMED,
        RECEIVE_BOUND, /* to the send before it or to its cancellation: these come first */
    } receive;
};

/* Ready a zeroed slot, and its connection where connections are kept. Returns 0 or -1. */
int slot_open(struct slot *slot, struct ring *ring, uint32_t number, struct error *error);

/* Write down what comes next. False: nothing does, for the batch has no more requests and the
 * connection is kept or closed. */
bool slot_continue(struct slot *slot, struct ring *ring, struct batch *batch);

/* Take in what came of an operation. True: the slot can go on. */
bool slot_complete(struct slot *slot, struct ring *ring, const struct io_uring_cqe *cqe);
uint32_t slot_of(const struct io_uring_cqe *cqe);

#endif
