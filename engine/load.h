/* What the harness asks of a driver: a load, fixed for the life of the process, and batches of
 * requests to run under it. */
#ifndef WAITBENCH_LOAD_H
#define WAITBENCH_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/net.h"
#include "sample.h"
#include "workload.h"

/* Known at setup. Read-only, and outlives the driver's state. */
struct load {
    const struct workload *workload;
    struct net_address server;
    unsigned concurrency; /* C: lanes with a request in flight, at most and aimed at */
    bool keep_alive;      /* connections are opened in setup and reused */
    unsigned pipeline;    /* P: asks that a lane sends at once on its connection; up to 1 is one */
    char *pipelines;      /* where P > 1, what C lanes need for it: see pipeline.h */
    uint64_t seed;        /* of the bounds asked for */
    bool timing;          /* ask the server when it did what */
    nsec_t give_up;       /* a point in time: who still waits then should fail, and say what for,
                           * before it is ended from outside; 0 is never */
    const char *folder;   /* an empty one, for files of the workload's own; gone afterwards */
    const char *database; /* one that is there already, or NULL */
    size_t stack_bytes;   /* of a driver's threads or coroutines; 0 is its own default */
};

/* One call of run(). It and its samples lie in memory that was mapped, shared, before setup: a
 * process forked from there on may take requests and write samples too. */
struct batch {
    const struct load *load;
    bool warmup;            /* not the batch that counts */
    size_t requests;        /* how many, and the length of samples */
    nsec_t delay;           /* sent with each ask, or PROTOCOL_DELAY_DEFAULT */
    nsec_t deadline;        /* no request starts after this point in time; 0 is never */
    struct sample *samples; /* slot i belongs to request i */
    atomic_size_t next;     /* the next request to hand out */
};

enum { BATCH_OVER = -1 };

/* Hand out the next request's index, or BATCH_OVER. Safe from any thread or process; costs an
 * atomic add (and a clock reading when time-boxed). */
static inline ptrdiff_t batch_next(struct batch *batch)
{
    if (batch->deadline && clock_now() >= batch->deadline)
        return BATCH_OVER;
    size_t index = atomic_fetch_add_explicit(&batch->next, 1, memory_order_relaxed);
    return index < batch->requests ? (ptrdiff_t)index : BATCH_OVER;
}

/* The bound that request `index` asks for: from 0 (one in sixteen, where only 0 is right) up,
 * evenly over the orders of magnitude to 10^9, the same for every driver given the same seed. */
int64_t load_bound(const struct load *load, size_t index);

/* Write the ask of request `index` into PROTOCOL_REQUEST_BYTES of `buffer` and its bound into
 * `*bound`; returns its length. */
static inline size_t load_request(const struct load *load, const struct batch *batch, size_t index,
                                  char *buffer, int64_t *bound)
{
    const struct workload *workload = load->workload;
    nsec_t delay =
        workload->delay ? workload->delay(index, batch->requests, batch->delay) : batch->delay;
    *bound = load_bound(load, index);
    const struct request request = {
        .bound = *bound, .delay = delay, .keep_alive = load->keep_alive, .timing = load->timing};
    return workload->request(buffer, &request);
}

#endif
