/* How an event loop takes requests that have intended starts: it holds the next one until that is
 * due, and the slots that are free meanwhile. Without a schedule a request is due at once, and this
 * is batch_next().
 *
 *   intake_next   for a slot without a request: the next one's index. LATER: there is one, but not
 *                 yet; the slot is kept here, as free
 *   intake_free   in each turn of the loop, until it returns NULL: a free slot whose request is due
 *   intake_wait   how long the loop may sleep for that
 *
 * A request is held by one loop only while that has a free slot, so none waits for a busy loop
 * while another is idle. */
#ifndef WAITBENCH_INTAKE_H
#define WAITBENCH_INTAKE_H

#include <sys/epoll.h>

#include "exchange.h"

enum { INTAKE_LATER = -2 };

struct intake {
    struct batch *batch;
    ptrdiff_t held; /* the next request, or BATCH_OVER: none is held */
    struct exchange *free;
};

static inline void intake_begin(struct intake *intake, struct batch *batch)
{
    *intake = (struct intake){.batch = batch, .held = BATCH_OVER};
}

/* Some slots are free, because their request is not yet due. */
static inline bool intake_is_waiting(const struct intake *intake)
{
    return intake->free != NULL;
}

/* The index of the slot's next request, BATCH_OVER, or INTAKE_LATER. */
ptrdiff_t intake_next_scheduled(struct intake *intake, struct exchange *exchange);
static inline ptrdiff_t intake_next(struct intake *intake, struct exchange *exchange)
{
    if (!intake->batch->schedule)
        return batch_next(intake->batch);
    return intake_next_scheduled(intake, exchange);
}

/* A free slot whose request is due, or NULL: to be continued with intake_next(). */
struct exchange *intake_free(struct intake *intake);

/* From now until intake_free() will have one: 0 or more; INT64_MAX: no free slot waits. */
nsec_t intake_wait(const struct intake *intake);

/* After INTAKE_LATER: the point in time at which the held request is due. For a timer; it may fire
 * for a request that a slot has taken meanwhile, never later than the held one is due. */
static inline nsec_t intake_due(const struct intake *intake)
{
    return batch_intended(intake->batch, (size_t)intake->held);
}

/* The next request is not yet due: for a slot that has to be tidied up before it can be free. */
bool intake_is_early(struct intake *intake);

/* epoll_wait() until a socket is ready or intake_free() has a slot. */
int intake_epoll_wait(const struct intake *intake, int epoll, struct epoll_event *events, int most);

#endif
