/* Control groups: what a container or a service may use, which is less than the machine has. */
#ifndef WAITBENCH_CGROUP_H
#define WAITBENCH_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* The tightest limit of "memory" (bytes) or "pids" on our group and those above it: the limit, and
 * what counts against it already (of memory: what cannot be dropped at once). Returns false where
 * there is none, or none that can be seen. Version 1 and 2 (cgroups(7)). */
bool cgroup_limit(const char *controller, int64_t *limit, int64_t *used);

enum { CGROUP_PATH_BYTES = 512 };

/* The tightest quota of CPU time on our group and those above it, and the folder of the group that
 * has it. */
struct cgroup_quota {
    double cores; /* CPU time per time; 0: there is none */
    char folder[CGROUP_PATH_BYTES];
};

/* Returns false where there is none. */
bool cgroup_cpu_quota(struct cgroup_quota *quota);

/* For how long that group was stopped so far for having used its quota up, each core for itself; 0
 * where there is no quota, -1 where it is not told (Documentation/scheduler/sched-bwc.rst). */
int64_t cgroup_throttled_ns(const struct cgroup_quota *quota);

#endif
