/* A ring for the driver io_uring: made in the best way that this kernel has, with a table of
 * sockets and a buffer for each response that can arrive. */
#ifndef WAITBENCH_DRIVERS_IO_URING_RING_H
#define WAITBENCH_DRIVERS_IO_URING_RING_H

#include <liburing.h>

#include "driver.h"

enum {
    /* Handed over at once, at most. A larger portion would save calls, but its first operation
     * would be done long before we hear of it. */
    RING_SUBMISSIONS = 32,
    RING_BUFFERS = 0, /* the group of provided buffers: there is one */
    RING_BUFFER_BYTES = PROTOCOL_RESPONSE_BYTES,
};

struct ring {
    struct io_uring uring; /* its flags and features say what is in use */
    const struct load *load;
    bool multishot;  /* a receive stays armed over many responses */
    unsigned prompt; /* completions of what is queued that need no response, and mostly no wait */
    unsigned buffer_count;
    struct io_uring_buf_ring *buffers;
    char *bytes; /* of the buffers */
};

/* Can one be made here? Returns 0, or -1 with the reason in `why`. */
int ring_probe(const struct driver *self, struct error *why);
const char *ring_version(const struct driver *self);

/* Put into words why none can be made: the kernel's response, and the sysctl
 * kernel.io_uring_disabled (-1: there is none). Returns -1. */
int ring_refused(int errnum, int disabled, struct error *why);

/* A ring for this thread alone, with a table of C sockets and a buffer for each. Returns 0, or -1
 * with nothing left behind. */
int ring_open(struct ring *ring, const struct load *load, struct error *error);

/* Sockets in the table are closed too, but by the kernel and some time later. */
void ring_close(struct ring *ring);

/* Which of several ways it goes, in words. */
void ring_describe(const struct ring *ring, char *text, size_t size);

/* Move a socket from the descriptors to a place in the table. Returns 0 or -1, the descriptor
 * closed in either case. */
int ring_adopt(struct ring *ring, unsigned place, int fd, struct error *error);

/* Hand over what was queued, if anything was, and go as far with it as goes without sleeping.
 * Otherwise sleep: until `wanted` operations have completed or, where the kernel can, a while has
 * passed and any has; where it cannot, until any has. Returns 0 or -1. */
int ring_enter(struct ring *ring, unsigned wanted, struct error *error);

/* The bytes that came with a completion, if it has any; valid until they are given back. */
const char *ring_data(const struct ring *ring, const struct io_uring_cqe *cqe);
void ring_give_back(struct ring *ring, const struct io_uring_cqe *cqe);

#endif
