/* A run of open arrivals over time, in windows of 100 ms: a stall is a window in which nothing
 * completes, and latencies that fall by the length of a window from each to the next. */
#ifndef WAITBENCH_WINDOWS_H
#define WAITBENCH_WINDOWS_H

#include <stddef.h>

#include "engine/sample.h"

#define WINDOW_LENGTH (100 * NSEC_PER_MSEC)

struct window {
    size_t due;       /* requests whose intended start is in it */
    size_t completed; /* requests that completed in it, whenever they were due */
    /* Of those due in it that completed, from the intended start; -1: too few. */
    nsec_t latency_p50, latency_p99, latency_max;
};

/* Of the run's n >= 1 requests, begun at `started`, and due at schedule[i] since then, in ascending
 * order. The windows begin with the run, and end with the last request that started or ended: what
 * was due later, in a run that was stopped, is in none. Returns their number; the
 * caller frees `*out`. */
size_t windows_of_run(const struct sample *samples, const nsec_t *schedule, size_t n,
                      nsec_t started, struct window **out);

#endif
