/* A slot of the driver io_uring: which operations execute a request, and what their completions
 * mean. */
#ifndef WAITBENCH_DRIVERS_IO_URING_SLOT_H
#define WAITBENCH_DRIVERS_IO_URING_SLOT_H

#include "engine/intake.h"

#include "io_uring_ring.h"

enum { SLOT_CHAIN_MAX = 5 }; /* most operations that a slot queues at once */

struct slot {
    struct exchange exchange; /* its slot number is also its index in the ring's table of sockets */
    struct slot *next;        /* for the loop's use */
    bool in_flight;           /* it has a request */
    bool waiting;             /* for completions, before it can continue */
    bool open;                /* it has a socket */
    bool sending;             /* the completion of a send is pending */
    enum {
        RECEIVE_NONE,
        RECEIVE_ARMED,
        RECEIVE_LINKED, /* linked to a send, or cancelled: that completes first */
    } receive;
};

_Static_assert(sizeof(struct slot) + sizeof(struct sample) <= CONNECTION_BYTES_MAX,
               "a million connections");

/* Initialise a zeroed slot, and its connection if connections are kept. Returns 0 or -1. */
int slot_open(struct slot *slot, struct ring *ring, uint32_t number, struct error *error);

/* Queue the slot's next operations. Returns false if there are none: there is no request for it, or
 * none yet, and the connection is kept or closed. */
bool slot_continue(struct slot *slot, struct ring *ring, struct intake *intake);

/* Handle a completion. Returns true if the slot can continue. */
bool slot_complete(struct slot *slot, struct ring *ring, const struct io_uring_cqe *cqe);
uint32_t slot_of(const struct io_uring_cqe *cqe);

#endif
