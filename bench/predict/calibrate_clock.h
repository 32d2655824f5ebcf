/* Clocks and medians for the parts of a calibration. */
#ifndef WAITBENCH_CALIBRATE_CLOCK_H
#define WAITBENCH_CALIBRATE_CLOCK_H

#include <stddef.h>

#include "lib/clock.h"

enum {
    CALIBRATE_BURST = 96, /* requests or threads at once: enough to be batched as under load */
};

#define CALIBRATE_SETTLE (1 * NSEC_PER_MSEC) /* for other threads to finish */

static inline nsec_t calibrate_read(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (nsec_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* CPU time of this process so far, all threads. */
static inline nsec_t calibrate_cpu(void)
{
    return calibrate_read(CLOCK_PROCESS_CPUTIME_ID);
}

static inline void calibrate_rest(nsec_t time)
{
    struct timespec left = clock_timespec(time);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &left, NULL);
}

/* Sorts. */
nsec_t calibrate_median(nsec_t *values, size_t n);

#endif
