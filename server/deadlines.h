/* A queue of points in time and the objects to call then. */
#ifndef WAITBENCH_SERVER_DEADLINES_H
#define WAITBENCH_SERVER_DEADLINES_H

#include <stddef.h>

#include "lib/clock.h"

struct deadline {
    nsec_t due; /* on the clock of lib/clock.h */
    void *owner;
};

typedef void deadlines_due_fn(void *owner);

/* Zero it and set on_due. */
struct deadlines {
    deadlines_due_fn *on_due;
    struct deadline *heap;
    size_t count, capacity;
};

void deadlines_release(struct deadlines *deadlines);

/* Make room for `capacity` deadlines in all, so that adding never allocates. Returns 0, or -1 if
 * there is no memory. */
int deadlines_reserve(struct deadlines *deadlines, size_t capacity);

/* There must be room. O(1) if `due` is the latest of all, as it is with equal delays; otherwise
 * O(log n). */
void deadlines_add(struct deadlines *deadlines, nsec_t due, void *owner);

/* The earliest; INT64_MAX if there is none. */
nsec_t deadlines_next(const struct deadlines *deadlines);

/* Call on_due for the deadlines that have passed, earliest first, `most` at most. Not to be called
 * from on_due. */
void deadlines_run(struct deadlines *deadlines, unsigned most);

#endif
