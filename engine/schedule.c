#include "schedule.h"

#include <math.h>

#include "lib/rng.h"

void schedule_constant(nsec_t *starts, size_t n, double rate)
{
    for (size_t i = 0; i < n; i++)
        starts[i] = (nsec_t)((double)i / rate * (double)NSEC_PER_SEC);
}

/* Uniform in (0, 1): 53 bits, as a double has, and half a step, so that it is never 0. */
static double uniform(uint64_t seed, size_t index)
{
    return ((double)(rng_mix(seed, index) >> 11) + 0.5) / 9007199254740992.0;
}

void schedule_poisson(nsec_t *starts, size_t n, double rate, uint64_t seed)
{
    double at = 0;
    for (size_t i = 0; i < n; i++) {
        at -= log(uniform(seed, i)) / rate;
        starts[i] = (nsec_t)(at * (double)NSEC_PER_SEC);
    }
}
