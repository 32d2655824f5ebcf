/* The memory that a run needs at once. Samples and schedule are in shared memory, which is mapped
 * whole before the run starts, so that nothing in it faults; where there is not enough, the kernel
 * ends some process. So whether it fits is checked before. */
#ifndef WAITBENCH_MEMORY_H
#define WAITBENCH_MEMORY_H

#include "case.h"

enum {
    /* Of each request, what the harness takes to compute a run's figures, at most: an intended
     * start, eight phases, and one more of these while it is sorted. (run_record_digest() and
     * breakdown_run(), which are checked against it.) */
    MEMORY_DIGEST_BYTES = 80,
};

/* The samples and the schedule of so many requests. */
size_t memory_of_samples(size_t requests, enum arrivals arrivals);

/* All that a run takes for its requests. */
int64_t memory_of_requests(const struct bench_case *c);

/* The same and the processes of a driver that forks. */
int64_t memory_of_case(const struct bench_case *c);

/* Does a run fit in the `available` bytes (-1: unknown)? Returns 0, or -1 with how many requests
 * would. */
int memory_check(const struct bench_case *c, int64_t available, struct error *error);

#endif
