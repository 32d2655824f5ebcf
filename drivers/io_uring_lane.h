/* One of the driver io_uring's C places: which operations carry a request, and what their
 * completions mean. */
#ifndef WAITBENCH_DRIVERS_IO_URING_LANE_H
#define WAITBENCH_DRIVERS_IO_URING_LANE_H

#include "io_uring_ring.h"

enum { LANE_CHAIN_MAX = 5 }; /* operations that it writes down at once, at most */

struct lane {
    struct exchange exchange; /* its lane is our slot in the ring's table of sockets */
    struct lane *next;        /* for the loop's use */
    bool asked;               /* a request is under way */
    bool waiting;             /* for completions, before it can go on */
    bool open;                /* there is a socket in the slot */
    bool sending;             /* a completion of send is to come */
    enum {
        RECEIVE_NONE,
        RECEIVE_ARMED,
        RECEIVE_BOUND, /* to the send before it or to its cancellation: these come first */
    } receive;
};

/* Ready a zeroed lane, and its connection where connections are kept. Returns 0 or -1. */
int lane_open(struct lane *lane, struct ring *ring, uint32_t slot, struct error *error);

/* Write down what comes next. False: nothing does, for the batch has no more requests and the
 * connection is kept or closed. */
bool lane_continue(struct lane *lane, struct ring *ring, struct batch *batch);

/* Take in what came of an operation. True: the lane can go on. */
bool lane_complete(struct lane *lane, struct ring *ring, const struct io_uring_cqe *cqe);
uint32_t lane_of(const struct io_uring_cqe *cqe);

#endif
