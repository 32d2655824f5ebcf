/* The loop of drivers/libev.c, for drivers that are made of it. */
#ifndef WAITBENCH_DRIVER_LIBEV_H
#define WAITBENCH_DRIVER_LIBEV_H

#include <ev.h>
#include <sys/queue.h>

#include "driver.h"

struct libev_slot {
    ev_io watcher;
    struct exchange exchange;
    struct libev_loop *loop;
    STAILQ_ENTRY(libev_slot) next; /* for whoever has its job */
};

/* Takes a slot whose request is a job, away from the loop. Must not block. Whoever carries the job
 * (exchange_work) has the slot to itself until the loop's thread gives it back. */
typedef void libev_offload_fn(void *pool, struct libev_slot *slot);

struct libev_loop {
    struct ev_loop *ev;
    struct batch *batch;
    unsigned slots_made, active;
    struct libev_slot *slots;
    libev_offload_fn *offload; /* or NULL: jobs are done where they are begun */
    void *pool;
};

/* A loop over all of the load's slots; their kept connections are opened. Returns NULL with `error`
 * filled and nothing left behind. */
struct libev_loop *libev_loop_make(const struct load *load, libev_offload_fn *offload, void *pool,
                                   struct error *error);

/* Carry requests until the batch has no more and all of them are over. */
void libev_loop_run(struct libev_loop *loop, struct batch *batch);

/* The slot's job is done, and so its request: on to the next. The loop's thread alone may say so.
 */
void libev_slot_return(struct libev_slot *slot);

void libev_loop_free(struct libev_loop *loop);

#endif
