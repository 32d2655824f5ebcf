/* A ring for the driver io_uring: set up in the best way that this kernel supports, with a table of
 * sockets and a buffer for each response that can arrive. */
#ifndef WAITBENCH_DRIVERS_IO_URING_RING_H
#define WAITBENCH_DRIVERS_IO_URING_RING_H

#include <liburing.h>

#include "driver.h"

enum {
    /* Most that is submitted at once. More would save calls, but the first operation would be done
       long before its completion is read. */
    RING_SUBMISSIONS = 32,
    RING_BUFFERS = 0, /* the group of provided buffers: there is one */
};

struct ring {
    struct io_uring uring; /* its flags and features are those in use */
    const struct load *load;
    bool multishot;     /* a receive stays armed for many responses */
    unsigned immediate; /* queued operations that complete without a response, usually at once */
    unsigned buffer_count, buffer_bytes; /* of each */
    struct io_uring_buf_ring *buffers;
    char *bytes;       /* of the buffers */
    size_t text_bytes; /* of a request's text, which the kernel reads when it sends it */
    char *texts;       /* of the requests of C slots */
};

/* Check that one can be created here. Returns 0, or -1 with the reason in `why`. */
int ring_probe(const struct driver *self, struct error *why);
const char *ring_version(const struct driver *self);

/* Explain why none can be created, from the kernel's errno and the sysctl kernel.io_uring_disabled
 * (-1: there is none). Returns -1. */
int ring_explain(int errnum, int disabled, struct error *why);

/* A ring for this thread only, with a table of C sockets, and a buffer and room for a request's
 * text for each. Returns 0, or -1 with everything released. */
int ring_open(struct ring *ring, const struct load *load, struct error *error);

/* The kernel closes sockets in the table too, but some time later. */
void ring_close(struct ring *ring);

/* Describe which of its features are in use. */
void ring_describe(const struct ring *ring, char *text, size_t size);

/* Move a socket from the descriptors to a place in the table. Returns 0 or -1, the descriptor
 * closed in either case. */
int ring_adopt(struct ring *ring, unsigned place, int fd, struct error *error);

/* Submit the queued operations, if any, and run them as far as they go without sleeping. If there
 * are none, sleep until `wanted` operations have completed, or for a while if at least one has; on
 * older kernels until one has. In any case no longer than `most`. Returns 0 or -1. */
int ring_enter(struct ring *ring, unsigned wanted, nsec_t most, struct error *error);

/* Where the text of a request is formatted: at the place of its socket. */
static inline char *ring_text(const struct ring *ring, unsigned place)
{
    return ring->texts + place * ring->text_bytes;
}

/* The bytes of a completion, if it has any; valid until the buffer is returned. */
const char *ring_data(const struct ring *ring, const struct io_uring_cqe *cqe);
void ring_return_buffer(struct ring *ring, const struct io_uring_cqe *cqe);

#endif
