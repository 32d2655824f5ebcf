/* Counting a process's system calls: the raw_syscalls:sys_enter tracepoint through
 * perf_event_open(2), threads and children made afterwards included. */
#ifndef WAITBENCH_SYSCALL_COUNTER_H
#define WAITBENCH_SYSCALL_COUNTER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Count for `pid` (0: ourselves) from now on. Returns a descriptor for reading and closing, or -1
 * with the reason, and what would help, in `why`. */
int syscall_counter_open(pid_t pid, char *why, size_t size);

/* Keep the kernel's tracing of system calls in place without counting any, until the descriptor is
 * closed; -1 where that cannot be. */
int syscall_counter_hold(void);

/* How many so far, or USAGE_NOT_AVAILABLE (ledger.h). */
int64_t syscall_counter_read(int fd);

#endif
