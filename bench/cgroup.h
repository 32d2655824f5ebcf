/* Control groups: what a container or a service may use, which is less than the machine has. */
#ifndef WAITBENCH_CGROUP_H
#define WAITBENCH_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* The tightest limit of "memory" (bytes) or "pids" on our group and those above it: the limit, and
 * what counts against it already (of memory: what cannot be dropped at once). Returns false where
 * there is none, or none that can be seen. Version 1 and 2 (cgroups(7)). */
bool cgroup_limit(const char *controller, int64_t *limit, int64_t *used);

#endif
