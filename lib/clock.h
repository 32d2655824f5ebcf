/* Time in integer nanoseconds. Figures come from one clock, CLOCK_MONOTONIC: clock_now(). */
#ifndef WAITBENCH_CLOCK_H
#define WAITBENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

/* A point in time since an arbitrary start (usually boot), or a duration, in nanoseconds. */
typedef int64_t nsec_t;

/* Later than any clock shows: 73 years. The sum of three is no overflow. */
#define CLOCK_MAX (INT64_MAX / 4)

#define NSEC_PER_USEC INT64_C(1000)
#define NSEC_PER_MSEC INT64_C(1000000)
#define NSEC_PER_SEC  INT64_C(1000000000)

/* Inline because drivers call it in the timed region: about 30 ns through the vDSO. */
static inline nsec_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (nsec_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Another clock: the time of day, or CPU time. 0 where it cannot be read. */
static inline nsec_t clock_read(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (nsec_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* The sum of two that are not negative, or the largest there is. */
static inline nsec_t clock_add(nsec_t a, nsec_t b)
{
    nsec_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static inline struct timespec clock_timespec(nsec_t t)
{
    return (struct timespec){.tv_sec = t / NSEC_PER_SEC, .tv_nsec = t % NSEC_PER_SEC};
}

static inline double clock_seconds(nsec_t t)
{
    return (double)t / (double)NSEC_PER_SEC;
}

#endif
