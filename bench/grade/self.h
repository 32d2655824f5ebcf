/* What this process holds, to see that everything was given back. */
#ifndef WAITBENCH_SELF_H
#define WAITBENCH_SELF_H

#include <stdbool.h>
#include <sys/types.h>

unsigned self_descriptors(void);

/* Wait until this many threads are left: one that was joined may still be on its way out of the
 * kernel's list. False if it does not happen within some seconds. */
bool self_threads_settle(unsigned threads);

unsigned self_threads(void);

/* Children that run or were not waited for. */
unsigned self_processes(void);

/* The same, and which they are: as many as there are and fit. */
unsigned self_children(pid_t *pids, unsigned room);

/* Let only `n` more descriptors be opened; returns the limit that self_restore_descriptors
 * takes. */
unsigned long self_limit_descriptors(unsigned n);
void self_restore_descriptors(unsigned long limit);

/* Let every process that we started but one, and those that these started, open only `n` more
 * descriptors beyond the highest that each has; with SELF_NO_LIMIT, as many as it may at all. */
#define SELF_NO_LIMIT (~0U)
void self_limit_others(pid_t except, unsigned n);

#endif
