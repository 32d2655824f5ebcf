/* perf_event_open(2), which has no wrapper in the C library. */
#ifndef WAITBENCH_PERF_EVENT_H
#define WAITBENCH_PERF_EVENT_H

#include <linux/perf_event.h>
#include <stddef.h>
#include <sys/types.h>

/* An event of `pid` (0: this process) on `cpu` (-1: any). Returns a descriptor, or -1 with errno.
 */
int perf_event_make(struct perf_event_attr *attributes, pid_t pid, int cpu);

/* Why that failed, from errno, and what to do; `level` is the kernel.perf_event_paranoid that
 * permits it. */
void perf_event_explain(int level, char *why, size_t size);

#endif
