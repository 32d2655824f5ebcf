/* A climb: at which concurrencies one driver is measured to find where it ends. It doubles until a
 * step does not hold, then halves the gap a few times. Pure arithmetic: what holds is for others to
 * say. */
#ifndef WAITBENCH_RAMP_H
#define WAITBENCH_RAMP_H

#include <stdbool.h>

enum { RAMP_REFINEMENTS = 3 };

struct ramp {
    unsigned from, max;   /* the first step, and the last one that may be tried */
    unsigned held;        /* the largest C that held; 0: none yet */
    unsigned broke;       /* the least C that did not; 0: none yet */
    unsigned hint;        /* the largest C that the limit met is thought to allow; 0: not known */
    bool exact;           /* that limit lets through so many and not one more */
    unsigned refinements; /* steps made since it broke */
};

/* from <= max */
void ramp_init(struct ramp *ramp, unsigned from, unsigned max);

/* The next C to measure, 0 once there is none: the top was reached, the gap is narrow (a sixteenth
 * of what held), RAMP_REFINEMENTS were made, or the very first step did not hold. */
unsigned ramp_next(const struct ramp *ramp);

/* How the step at ramp_next() came out. Where it broke, `hint` is the largest C that what broke it
 * allows, as far as is known: it is tried before the middle, and with `exact` nothing after it. */
void ramp_held(struct ramp *ramp, unsigned c);
void ramp_broke(struct ramp *ramp, unsigned c, unsigned hint, bool exact);

#endif
