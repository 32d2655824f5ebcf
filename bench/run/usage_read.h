/* Reading counters from /proc, getrusage and CPU clocks: each call sets the values it can read in
 * an array of USAGE_READINGS, and leaves the rest unchanged. */
#ifndef WAITBENCH_USAGE_READ_H
#define WAITBENCH_USAGE_READ_H

#include "bench/base/family.h"
#include "usage.h"

/* Any process: CPU and waiting time (of its existing threads), context switches, memory, threads,
 * faults. Sources: proc(5), Documentation/scheduler/sched-stats.rst. */
void usage_read_process(pid_t pid, int64_t *value);

/* This process, including threads that have ended and reaped children: getrusage(2). */
void usage_read_usage(int64_t *value);

/* The sums over a family (family.h), without reaped processes, which are in getrusage(): the CPU
 * clocks of existing processes, including threads that have ended, which is exact and costs a few
 * calls each ... */
void usage_read_family_clocks(const struct family *family, int64_t *sum);
/* ... and the values in files: 60 us each. */
void usage_read_family_files(const struct family *family, int64_t *sum);

/* The machine (/proc/stat) and this network namespace (/proc/net/netstat). */
void usage_read_system(int64_t *value);

/* Kernel memory of all TCP sockets in this network namespace, now; -1 if unknown. */
int64_t usage_socket_memory(void);

/* Bytes of kernel memory for the stacks of all threads, or -1. */
int64_t usage_kernel_stacks(void);

#endif
