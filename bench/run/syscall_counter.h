/* Counting a process's system calls: the raw_syscalls:sys_enter tracepoint through
 * perf_event_open(2), including threads and children created later. */
#ifndef WAITBENCH_SYSCALL_COUNTER_H
#define WAITBENCH_SYSCALL_COUNTER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Count the calls of `pid` (0: this process) from now on. Returns a descriptor for reading and
 * closing, or -1 with the reason, and what to do, in `why`. */
int syscall_counter_open(pid_t pid, char *why, size_t size);

/* Keep the kernel's tracing of system calls enabled without counting, until the descriptor is
 * closed. Returns -1 if that is not possible. */
int syscall_counter_hold(void);

/* The count so far, or USAGE_NOT_AVAILABLE (usage.h). */
int64_t syscall_counter_read(int fd);

#endif
