/* Child processes: start, wait with a limit, end. */
#ifndef WAITBENCH_CHILD_H
#define WAITBENCH_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/clock.h"
#include "lib/error.h"

struct child {
    pid_t pid; /* 0 while there is none */
    int pidfd; /* readable once it has ended */
    bool reaped;
    int status; /* as of waitpid, once reaped */
};

/* A descriptor of ours that the child gets under another number. */
struct child_fd {
    int ours, theirs;
};

enum child_wait { CHILD_ENDED, CHILD_TIMEOUT, CHILD_INTERRUPTED };

/* Start `path` (looked for in PATH where it has no slash) with `argv`; `fds` is ended by an entry
 * with ours < 0. Returns 0 or -1. */
int child_start(struct child *child, const char *path, char *const argv[],
                const struct child_fd *fds, struct error *error);

/* Wait for its end until `deadline` (a point in time; 0 is for ever), or until the user
 * interrupts us (interrupt.h). Once ended it is reaped. */
enum child_wait child_wait(struct child *child, nsec_t deadline);

/* End it: SIGTERM, then SIGKILL after `patience`; reaps. Nothing to do where it has ended. */
void child_stop(struct child *child, nsec_t patience);

/* "exited with 1", "was killed by signal 9 (Killed)". Returns `buffer`. */
char *child_describe_end(const struct child *child, char *buffer, size_t size);

/* The path of a program that lies beside ours (build/randintd beside build/waitbench) or a folder
 * above, in `buffer`. Returns 0 or -1. */
int child_find_sibling(const char *name, char *buffer, size_t size, struct error *error);

#endif
