/* The loop of drivers/libev.c, for drivers built on it. */
#ifndef WAITBENCH_DRIVER_LIBEV_H
#define WAITBENCH_DRIVER_LIBEV_H

#include <ev.h>
#include <sys/queue.h>

#include "driver.h"
#include "engine/due_timer.h"

struct libev_slot {
    struct exchange exchange;
    ev_io watcher; /* its data is the slot */
    bool idle;     /* it has no request, because the next is not yet due */
    struct libev_loop *loop;
    STAILQ_ENTRY(libev_slot) next; /* for the owner of its job */
};

/* Takes a slot whose request is a job from the loop. Must not block. The thread that executes the
 * job (exchange_work) owns the slot until the loop's thread calls libev_slot_return. */
typedef void libev_offload_fn(void *pool, struct libev_slot *slot);

struct libev_loop {
    struct ev_loop *ev;
    struct intake intake;
    struct loop_timer timer;
    ev_io due; /* watches it while slots are idle */
    unsigned slot_count, active;
    struct libev_slot *slots;
    libev_offload_fn *offload; /* or NULL: jobs are executed in the loop */
    void *pool;
};

/* A loop over all of the load's slots, with their kept connections opened. Returns NULL with
 * `error` filled and everything released. */
struct libev_loop *libev_loop_make(const struct load *load, libev_offload_fn *offload, void *pool,
                                   struct error *error);

/* Before a batch. Returns 0 or -1. */
int libev_loop_prepare(void *loop, struct batch *batch, struct error *error);

/* Execute requests until the batch has no more and all are over. Returns 0. */
int libev_loop_run(void *loop, struct batch *batch, struct error *error);

/* The slot's job is done: begin its next request. To be called in the loop's thread only. */
void libev_slot_return(struct libev_slot *slot);

void libev_loop_free(void *loop);

const char *libev_version(const struct driver *self);

#endif
