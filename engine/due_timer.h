/* A timer for loops of libraries whose own timers are in milliseconds: a descriptor (timerfd) to
 * watch, readable from the point in time it is set to until it is set again. It need not be read.
 */
#ifndef WAITBENCH_DUE_TIMER_H
#define WAITBENCH_DUE_TIMER_H

#include "lib/clock.h"
#include "lib/error.h"

/* Returns the descriptor, or -1 with `error` filled. */
int due_timer_open(struct error *error);

void due_timer_set(int timer, nsec_t due);

#endif
