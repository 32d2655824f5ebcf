/* Child processes: start, wait with a timeout, stop. */
#ifndef WAITBENCH_CHILD_H
#define WAITBENCH_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/process.h"

struct child {
    pid_t pid; /* 0 while there is none */
    int pidfd; /* readable after it has ended */
    bool reaped;
    int status; /* as of waitpid, after reaped: process_describe_end() */
};

/* A descriptor that the child inherits under another number. */
struct child_fd {
    int ours, theirs;
};

enum child_wait { CHILD_ENDED, CHILD_TIMEOUT, CHILD_INTERRUPTED };

/* Start `path` (searched in PATH if it has no slash) with `argv`; an entry with ours < 0 ends
 * `fds`. The child gets `orphan_signal` when this process ends, in whatever way (even kill -9);
 * what it starts itself does not: see drivers/supervisor.h. Signals that this process ignores are
 * ignored by the child. Returns 0 or -1. */
int child_start(struct child *child, const char *path, char *const argv[],
                const struct child_fd *fds, int orphan_signal, struct error *error);

/* Run it to its end, and take what it prints, cut to `size`. Returns 0 if it exits with 0. */
int child_capture(const char *path, char *const argv[], char *text, size_t size,
                  struct error *error);

/* The same for a process that is forked already, whose pid is set: kills it on error. */
int child_watch(struct child *child, struct error *error);

/* Wait for its end until `deadline` (a point in time; 0: forever), or until the user interrupts
 * (interrupt.h). It is reaped when it has ended. */
enum child_wait child_wait(struct child *child, nsec_t deadline);

/* Send SIGTERM, then SIGKILL after `timeout`, and reap it. Does nothing if it has ended. */
void child_stop(struct child *child, nsec_t timeout);

#endif
