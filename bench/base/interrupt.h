/* Ctrl-C and SIGTERM as a flag to poll: has the user interrupted? The signals are blocked except
 * inside interrupt_poll(), so no other call is interrupted. */
#ifndef WAITBENCH_INTERRUPT_H
#define WAITBENCH_INTERRUPT_H

#include <poll.h>
#include <stdbool.h>

/* Call once, before any child is started. */
void interrupt_init(void);

/* ppoll() during which the signals may arrive. */
int interrupt_poll(struct pollfd *fds, nfds_t n, const struct timespec *timeout);

/* Has one arrived, or is one pending? */
bool interrupted(void);

/* What was under way has ended after a Ctrl-C: the next one is meant for what follows. SIGTERM and
 * SIGHUP stay as they are, for nothing should follow them. */
void interrupt_answered(void);

#endif
