#include "ramp.h"

/* Nobody needs the knee to the last connection, and noise would not bear it. */
enum { NARROW = 16 };

void ramp_init(struct ramp *ramp, unsigned from, unsigned max)
{
    *ramp = (struct ramp){.from = from, .max = max};
}

static unsigned next_double(const struct ramp *ramp)
{
    if (ramp->held == 0)
        return ramp->from;
    if (ramp->held >= ramp->max)
        return 0;
    return ramp->held <= ramp->max / 2 ? ramp->held * 2 : ramp->max;
}

unsigned ramp_next(const struct ramp *ramp)
{
    unsigned held = ramp->held, broke = ramp->broke;
    if (broke == 0)
        return next_double(ramp);
    if (held == 0 || broke - held <= 1 || ramp->refinements >= RAMP_REFINEMENTS)
        return 0;
    if (ramp->hint > held && ramp->hint < broke)
        return ramp->hint;
    if (ramp->hint == held && ramp->exact)
        return 0;
    return broke - held > held / NARROW ? held + (broke - held) / 2 : 0;
}

void ramp_held(struct ramp *ramp, unsigned c)
{
    ramp->refinements += ramp->broke != 0;
    ramp->held = c;
}

void ramp_broke(struct ramp *ramp, unsigned c, unsigned hint, bool exact)
{
    ramp->refinements += ramp->broke != 0;
    ramp->broke = c;
    ramp->hint = hint;
    ramp->exact = exact;
}
