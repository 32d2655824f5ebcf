/* The table of workloads. */
#ifndef WAITBENCH_WORKLOADS_H
#define WAITBENCH_WORKLOADS_H

#include "engine/workload.h"

/* NULL-terminated, in the order in which they are listed. */
extern const struct workload *const workloads[];

/* NULL if there is none of that name. */
const struct workload *workload_find(const char *name);

/* How many of `requests` are sent to the server; the others are jobs. */
size_t workload_server_requests(const struct workload *workload, size_t requests);

#endif
