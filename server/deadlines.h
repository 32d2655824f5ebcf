/* A queue of points in time and the objects to call then, as precise as the kernel's
 * high-resolution timers. */
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
    ev_prepare prepare; /* arms it, once per loop iteration */
    nsec_t armed;       /* the timerfd's setting; 0: off */
    deadlines_due_fn *on_due;
    struct deadline *heap;
    size_t count, capacity;
};

/* Returns 0 or -1. After either, deadlines_release is safe. */
int deadlines_init(struct deadlines *deadlines, struct ev_loop *loop, deadlines_due_fn *on_due,
                   struct error *error);
void deadlines_release(struct deadlines *deadlines, struct ev_loop *loop);

/* Make room for `capacity` deadlines in all, so that adding never allocates. Returns 0, or -1 if
 * there is no memory. */
int deadlines_reserve(struct deadlines *deadlines, size_t capacity);

/* There must be room. O(1) if `due` is the latest of all, as it is with equal delays; otherwise
 * O(log n). */
void deadlines_add(struct deadlines *deadlines, nsec_t due, void *owner);

/* Call on_due for the deadlines that have passed, earliest first, `most` at most. The loop does so
 * when the timer fires; long-running callbacks call it in between. Not to be called from on_due. */
void deadlines_run(struct deadlines *deadlines, unsigned most);

#endif
