/* A barrier between a process and its supervisor, in memory that both map: the process reports that
 * it is ready, waits, and passes at an agreed instant, so that processes on several machines begin
 * together. A zeroed barrier is none: it is passed at once. */
#ifndef WAITBENCH_BARRIER_H
#define WAITBENCH_BARRIER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

enum barrier_state {
    BARRIER_NONE,
    BARRIER_CLOSED,
    BARRIER_REACHED, /* the process waits */
    BARRIER_OPEN,    /* `instant` is set */
};

struct barrier {
    _Atomic uint32_t state; /* enum barrier_state; a futex */
    nsec_t instant;         /* when to pass, on the process's clock */
    nsec_t lag;             /* how much later it passed */
};

/* ---- by the supervisor ---- */

/* Close it, before the process starts. */
void barrier_close(struct barrier *barrier);

/* Has the process reached it, or does it within `timeout`? */
bool barrier_is_reached(struct barrier *barrier, nsec_t timeout);

/* Let the process pass at that point in time. */
void barrier_open(struct barrier *barrier, nsec_t instant);

/* ---- by the process ---- */

/* Is there a barrier? */
bool barrier_is_there(const struct barrier *barrier);

/* Report that it is ready, and sleep until the instant is set and no more than `ahead` away. */
void barrier_wait(struct barrier *barrier, nsec_t ahead);

/* After barrier_wait(): sleep until the instant, which is returned; without a barrier return the
 * present. What is measured begins then, however late this process was woken. */
nsec_t barrier_pass(struct barrier *barrier);

#endif
