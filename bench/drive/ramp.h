/* The steps of a search for a driver's largest concurrency: it doubles C until a step fails, then
 * halves the interval a few times. Arithmetic only: the caller decides whether a step passes. */
#ifndef WAITBENCH_RAMP_H
#define WAITBENCH_RAMP_H

#include <stdbool.h>

enum { RAMP_REFINEMENTS = 3 };

struct ramp {
    unsigned from, max;   /* the first step, and the highest that may be tried */
    unsigned passed;      /* the largest C that passed; 0: none yet */
    unsigned failed;      /* the smallest C that failed; 0: none yet */
    unsigned hint;        /* the largest C that the limit hit is expected to allow; 0: unknown */
    bool exact;           /* the limit allows exactly `hint` */
    unsigned refinements; /* steps since the first failure */
};

/* from <= max */
void ramp_init(struct ramp *ramp, unsigned from, unsigned max);

/* The next C to measure, or 0 if there is none: the top was reached, the interval is narrow (1/16
 * of the largest C that passed), RAMP_REFINEMENTS steps were made, or the first step failed. */
unsigned ramp_next(const struct ramp *ramp);

/* The result of the step at ramp_next(). If it failed, `hint` is the largest C that the limit
 * allows, if known: it is tried before the middle, and with `exact` no step after it. */
void ramp_passed(struct ramp *ramp, unsigned c);
void ramp_failed(struct ramp *ramp, unsigned c, unsigned hint, bool exact);

#endif
