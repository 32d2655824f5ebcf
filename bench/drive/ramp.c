#include "ramp.h"

/* Nobody needs the knee to the last connection, and noise would not bear it. */
enum { NARROW = 16 };

void climb_init(struct climb *climb, unsigned from, unsigned max)
{
    *climb = (struct climb){.from = from, .max = max};
}

static unsigned next_double(const struct climb *climb)
{
    if (climb->held == 0)
        return climb->from;
    if (climb->held >= climb->max)
        return 0;
    return climb->held <= climb->max / 2 ? climb->held * 2 : climb->max;
}

unsigned climb_next(const struct climb *climb)
{
    unsigned held = climb->held, broke = climb->broke;
    if (broke == 0)
        return next_double(climb);
    if (held == 0 || broke - held <= 1 || climb->refinements >= CLIMB_REFINEMENTS)
        return 0;
    if (climb->hint > held && climb->hint < broke)
        return climb->hint;
    if (climb->hint == held && climb->exact)
        return 0;
    return broke - held > held / NARROW ? held + (broke - held) / 2 : 0;
}

void climb_held(struct climb *climb, unsigned c)
{
    climb->refinements += climb->broke != 0;
    climb->held = c;
}

void climb_broke(struct climb *climb, unsigned c, unsigned hint, bool exact)
{
    climb->refinements += climb->broke != 0;
    climb->broke = c;
    climb->hint = hint;
    climb->exact = exact;
}
