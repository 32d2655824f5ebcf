/* The table of workloads. */
#ifndef WAITBENCH_WORKLOADS_H
#define WAITBENCH_WORKLOADS_H

#include "engine/workload.h"

/* NULL-terminated, in the order in which they are listed. */
extern const struct workload *const workloads[];

/* NULL where there is none of that name. */
const struct workload *workload_find(const char *name);

/* How many of so many requests are asked of the server; the others are jobs. */
size_t workload_requested(const struct workload *workload, size_t requests);

#endif
