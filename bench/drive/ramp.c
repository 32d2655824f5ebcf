#include "ramp.h"

/* A more precise capacity is neither needed nor possible with noise. */
enum { NARROW = 16 };

void ramp_init(struct ramp *ramp, unsigned from, unsigned max)
{
    *ramp = (struct ramp){.from = from, .max = max};
}

static unsigned next_double(const struct ramp *ramp)
{
    if (ramp->passed == 0)
        return ramp->from;
    if (ramp->passed >= ramp->max)
        return 0;
    return ramp->passed <= ramp->max / 2 ? ramp->passed * 2 : ramp->max;
}

unsigned ramp_next(const struct ramp *ramp)
{
    unsigned passed = ramp->passed, failed = ramp->failed;
    if (failed == 0)
        return next_double(ramp);
    if (passed == 0 || failed - passed <= 1 || ramp->refinements >= RAMP_REFINEMENTS)
        return 0;
    if (ramp->hint > passed && ramp->hint < failed)
        return ramp->hint;
    if (ramp->hint == passed && ramp->exact)
        return 0;
    return failed - passed > passed / NARROW ? passed + (failed - passed) / 2 : 0;
}

void ramp_passed(struct ramp *ramp, unsigned c)
{
    ramp->refinements += ramp->failed != 0;
    ramp->passed = c;
}

void ramp_failed(struct ramp *ramp, unsigned c, unsigned hint, bool exact)
{
    ramp->refinements += ramp->failed != 0;
    ramp->failed = c;
    ramp->hint = hint;
    ramp->exact = exact;
}
