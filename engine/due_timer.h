/* A timer for loops of libraries whose own timers are in milliseconds: a descriptor (timerfd) to
 * watch, readable from the point in time it is set to until it is set again. It need not be read.
 */
#ifndef WAITBENCH_DUE_TIMER_H
#define WAITBENCH_DUE_TIMER_H

#include "intake.h"

/* Returns the descriptor, or -1 with `error` filled. */
int due_timer_open(struct error *error);

void due_timer_set(int timer, nsec_t due);

/* The timer of an event loop with an intake. The loop watches it only while slots are free, since
 * it stays readable. Zeroed, it is closed. */
struct loop_timer {
    int fd;
    bool open;
    bool watched;
};

/* Open it, where the batch is the first with a schedule. Returns 1 if it did, else 0, or -1. */
int loop_timer_prepare(struct loop_timer *timer, const struct batch *batch, struct error *error);
void loop_timer_close(struct loop_timer *timer);

/* After INTAKE_LATER: wake the loop when the request is due. Returns whether the loop has to start
 * watching the timer. */
bool loop_timer_start(struct loop_timer *timer, const struct intake *intake);

/* The timer was readable, and intake_free() has no slot any more. Returns whether the loop has to
 * stop watching the timer; else it is set to when the next request is due. */
bool loop_timer_stop(struct loop_timer *timer, const struct intake *intake);

#endif
