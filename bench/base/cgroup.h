/* Control groups: the limits of a container or service, which are below the machine's. */
#ifndef WAITBENCH_CGROUP_H
#define WAITBENCH_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* The tightest limit on "memory" (bytes) or "pids" of this process's group and its ancestors, and
 * the current usage (of memory: without what can be reclaimed at once). Returns false if there is
 * none, or none that is visible. Version 1 and 2 (cgroups(7)). */
bool cgroup_limit(const char *controller, int64_t *limit, int64_t *used);

enum { CGROUP_PATH_BYTES = 512 };

/* The tightest quota of CPU time of this process's group and its ancestors, and the directory of
 * the group that has it. */
struct cgroup_quota {
    double cores; /* CPU time per wall time; 0: no quota */
    char folder[CGROUP_PATH_BYTES];
};

/* Returns false if there is none. */
bool cgroup_cpu_quota(struct cgroup_quota *quota);

/* How long the group has been throttled so far, summed over the cores; 0 without a quota, -1 if
 * unknown (Documentation/scheduler/sched-bwc.rst). */
int64_t cgroup_throttled_ns(const struct cgroup_quota *quota);

#endif
