/* Ctrl-C and SIGTERM, turned into a question: has the user asked us to stop? Both are blocked
 * except inside interrupt_poll(), so nothing is ever torn apart half-way. */
#ifndef WAITBENCH_INTERRUPT_H
#define WAITBENCH_INTERRUPT_H

#include <poll.h>
#include <stdbool.h>

/* Once, before any child is started. */
void interrupt_init(void);

/* ppoll() during which the signals may arrive. */
int interrupt_poll(struct pollfd *fds, nfds_t n, const struct timespec *timeout);

/* Has one arrived? Also looks for one that is pending. */
bool interrupted(void);

#endif
