/* A queue of points in time at which somebody wants to be called, exact to what the kernel's
 * high-resolution timers give. */
#ifndef WAITBENCH_SERVER_DEADLINES_H
#define WAITBENCH_SERVER_DEADLINES_H

#include <stddef.h>

#include <ev.h>

#include "lib/clock.h"
#include "lib/error.h"

struct deadline {
    nsec_t due; /* on the clock of lib/clock.h */
    void *owner;
};

typedef void deadlines_due_fn(void *owner, nsec_t due);

struct deadlines {
    ev_io watcher;      /* of the timerfd */
    ev_prepare prepare; /* arms it, once per turn of the loop */
    nsec_t armed;       /* what the timerfd is set to; 0 is off */
    deadlines_due_fn *on_due;
    struct deadline *heap;
    size_t count, capacity;
};

/* Returns 0 or -1. After either, deadlines_release is safe. */
int deadlines_init(struct deadlines *deadlines, struct ev_loop *loop, deadlines_due_fn *on_due,
                   struct error *error);
void deadlines_release(struct deadlines *deadlines, struct ev_loop *loop);

/* Make room for `capacity` deadlines in all, so that adding never allocates. Returns 0, or -1
 * when there is no memory. */
int deadlines_reserve(struct deadlines *deadlines, size_t capacity);

/* There must be room. O(1) when `due` is the latest of all, as it is when everybody waits equally
 * long; O(log n) otherwise. */
void deadlines_add(struct deadlines *deadlines, nsec_t due, void *owner);

/* Call the owners of what has fallen due, earliest first, and of no more than `most`. The loop does
 * so when the time comes; whoever keeps the loop busy calls it in between. Not from on_due. */
void deadlines_run(struct deadlines *deadlines, unsigned most);

#endif
