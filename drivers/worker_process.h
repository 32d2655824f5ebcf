/* What drivers that fork have in common: a child that cannot outlive its parent, waiting for
 * children of one's own without taking those of others, and waking them. */
#ifndef WAITBENCH_WORKER_PROCESS_H
#define WAITBENCH_WORKER_PROCESS_H

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include "lib/error.h"

/* As fork(). The kernel ends the child when the thread that made it ends, however that happens. The
 * child has all descriptors of its parent and leaves by worker_exit() alone. */
pid_t worker_fork(void);

/* As _exit(), which ThreadSanitizer would use to complain of the parent's threads. */
_Noreturn void worker_exit(int code);

/* As waitid() for ends, through signals. Returns 0 or an errno, with `end` zero. */
int worker_wait(idtype_t type, pid_t id, siginfo_t *end);

/* "was killed by signal 9 (Killed)", "exited with 1". Returns `buffer`. */
char *worker_describe_end(const siginfo_t *end, char *buffer, size_t size);

/* A child that lives on, and whose death is to be noticed. */
struct worker {
    pid_t pid; /* 0: not made, or dead and buried */
    int pidfd; /* -1 while it is not watched */
};

/* Let `epoll` say once it has died, with `data`. Whoever is forked after this inherits the pidfd:
 * make all workers first. Returns 0 or -1. */
int worker_watch(struct worker *worker, int epoll, uint32_t data, struct error *error);

/* Wait for its end and forget it. */
void worker_bury(struct worker *worker, siginfo_t *end);

/* A counter in shared memory that any number of processes sleep on: a futex(2). raise() wakes all,
 * await() returns once it is no longer `seen`. */
void counter_raise(atomic_uint *counter);
unsigned counter_await(const atomic_uint *counter, unsigned seen);

#endif
