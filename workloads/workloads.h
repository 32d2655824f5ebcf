/* The table of workloads. */
#ifndef WAITBENCH_WORKLOADS_H
#define WAITBENCH_WORKLOADS_H

#include "lib/workload.h"

/* NULL-terminated, in the order in which they are listed. */
extern const struct workload *const workloads[];

/* NULL where there is none of that name. */
const struct workload *workload_find(const char *name);

#endif
