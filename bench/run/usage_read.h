/* Reading counters from /proc, getrusage and CPU clocks: each call fills what it can in an array of
 * USAGE_METRICS values and leaves the rest alone. */
#ifndef WAITBENCH_USAGE_READ_H
#define WAITBENCH_USAGE_READ_H

#include "bench/base/family.h"
#include "usage.h"

/* Any process of ours: CPU and waiting time (all its threads that still live), context switches,
 * memory, threads, faults. Sources: proc(5), Documentation/scheduler/sched-stats.rst. */
void usage_read_process(pid_t pid, int64_t *value);

/* This process, including threads that have ended and children that were waited for:
 * getrusage(2). */
void usage_read_usage(int64_t *value);

/* The sums over a family (family.h), as far as they are not in anybody's getrusage yet: the CPU
 * clocks of those who are there, including threads that have ended, which is exact and costs a few
 * calls for each ... */
void usage_read_family_clocks(const struct family *family, int64_t *sum);
/* ... and what is in files: 60 us each. */
void usage_read_family_files(const struct family *family, int64_t *sum);

/* The machine (/proc/stat) and this network namespace (/proc/net/netstat). */
void usage_read_system(int64_t *value);

/* Kernel memory of all TCP sockets in this network namespace, now; -1 where it is not told. */
int64_t usage_socket_memory(void);

/* Bytes of kernel memory for the stacks of all threads there are, or -1. */
int64_t usage_kernel_stacks(void);

#endif
