/* Reading counters from /proc and getrusage: each call fills what it can in an array of
 * LEDGER_METRICS values and leaves the rest alone. */
#ifndef WAITBENCH_LEDGER_READ_H
#define WAITBENCH_LEDGER_READ_H

#include "ledger.h"

/* Any process of ours: CPU and waiting time (all its threads that still live), context switches,
 * memory, threads, faults. Sources: proc(5), Documentation/scheduler/sched-stats.rst. */
void ledger_read_process(pid_t pid, int64_t *value);

/* This process, including threads that have ended: getrusage(2). */
void ledger_read_usage(int64_t *value);

/* The machine (/proc/stat) and this network namespace (/proc/net/netstat). */
void ledger_read_system(int64_t *value);

/* Kernel memory of all TCP sockets in this network namespace, now; -1 where it is not told. */
int64_t ledger_socket_memory(void);

/* Threads of a process, now; -1 where it is gone. */
int64_t ledger_threads(pid_t pid);

#endif
