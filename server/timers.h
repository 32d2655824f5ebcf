/* What a loop waits for besides its descriptors: delays that end, and connections that are idle or
 * draining for too long. */
#ifndef WAITBENCH_SERVER_TIMERS_H
#define WAITBENCH_SERVER_TIMERS_H

#include "deadlines.h"
#include "dialogue.h"
#include "timeout_list.h"

struct timers {
    struct deadlines deadlines;   /* connections during the delay */
    struct timeout_list idle;     /* connections receiving or sending */
    struct timeout_list draining; /* connections draining */
};

/* The struct must not be moved afterwards; release its deadlines in the end. */
void timers_init(struct timers *timers, const struct worker *worker, deadlines_due_fn *on_due,
                 timeout_expire_fn *on_expired);

/* Send a few of the responses that are due, and expire what has waited too long. Returns the time.
 */
nsec_t timers_run(struct timers *timers);

/* When timers_run is to be called at the latest: the earliest of them and of `other`, 0 for none.
 * INT64_MAX: never. */
nsec_t timers_next(const struct timers *timers, nsec_t other);

/* How long it is until `next`, at least 0; INT64_MAX stays what it is. */
nsec_t timers_left(nsec_t next);

#endif
