/* Reading resource usage around the timed region, in the process that is measured. */
#ifndef WAITBENCH_USAGE_PROBE_H
#define WAITBENCH_USAGE_PROBE_H

#include <sys/types.h>

#include "bench/base/cgroup.h"
#include "bench/base/family.h"
#include "usage.h"

enum { USAGE_SERVER_TASKS_MAX = 16 };

/* What has to be open while measuring. */
struct usage_probe {
    pid_t server;                                /* 0: not our child */
    int client_syscalls;                         /* a perf counter, or -1 */
    int server_syscalls[USAGE_SERVER_TASKS_MAX]; /* one for each thread there is */
    unsigned server_tasks;                       /* how many of them; 0: they are not counted */
    struct cgroup_quota quota;                   /* of CPU time, for both processes */
    struct usage base;                           /* readings before setup */
    char why_no_syscalls[160];                   /* "" if they are counted */
};

/* Call before setup, in the process to be measured, before it creates threads. Never fails: what
 * cannot be opened is not available. */
void usage_open(struct usage_probe *probe, pid_t server, bool with_syscalls);
void usage_close(struct usage_probe *probe);

/* Read all values, before a run and after it. Reading takes system calls and CPU time itself, so
 * their counters are read last before and first after. */
void usage_read_before(const struct usage_probe *probe, struct usage *usage);
void usage_read_after(const struct usage_probe *probe, struct usage *usage);

/* Compute the run's usage from the readings before and after it, in `after`. */
void usage_settle(const struct usage_probe *probe, const struct usage *before, struct usage *after);

/* Raise the client's peaks in a settled usage to the sampled size of its processes. */
void usage_raise_peaks(struct usage *usage, const struct family_size *size);

/* Bytes of kernel memory of all TCP sockets in this network namespace, now; -1 if unknown. */
int64_t usage_socket_memory(void);

/* Keep the kernel's tracing of system calls enabled without counting, until the descriptor is
 * closed. Returns -1 if that is not possible. */
int usage_hold_tracing(void);

#endif
