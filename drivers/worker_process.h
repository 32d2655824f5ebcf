/* What drivers that fork have in common: a child that cannot outlive its parent, waiting for the
 * driver's own children without reaping others, and waking them. */
#ifndef WAITBENCH_WORKER_PROCESS_H
#define WAITBENCH_WORKER_PROCESS_H

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include "lib/error.h"

/* As fork(). The kernel kills the child when the thread that created it ends, in whatever way. The
 * child has all descriptors of its parent and ends only by worker_exit(). */
pid_t worker_fork(void);

/* As _exit(), in which ThreadSanitizer would report the parent's threads as leaked. */
_Noreturn void worker_exit(int code);

/* As waitid() for processes that ended, restarted after signals. Returns 0, or an errno with `end`
 * zero. */
int worker_wait(idtype_t type, pid_t id, siginfo_t *end);

/* "was killed by signal 9 (Killed)", "exited with 1". Returns `buffer`. */
char *worker_describe_end(const siginfo_t *end, char *buffer, size_t size);

/* A child that lives longer than a batch, and whose death is to be noticed. */
struct worker {
    pid_t pid; /* 0: not created, or reaped */
    int pidfd; /* -1 while it is not watched */
};

/* Have `epoll` report its death, with `data`. Processes forked later inherit the pidfd, so create
 * all workers first. Returns 0 or -1. */
int worker_watch(struct worker *worker, int epoll, uint32_t data, struct error *error);

/* Wait for its end and reset the struct. */
void worker_reap(struct worker *worker, siginfo_t *end);

/* A counter in shared memory that any number of processes can wait for: a futex(2). raise() wakes
 * all, await() returns once it differs from `seen`. */
void counter_raise(atomic_uint *counter);
unsigned counter_await(const atomic_uint *counter, unsigned seen);

#endif
