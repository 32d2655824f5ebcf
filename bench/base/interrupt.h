/* Ctrl-C, SIGTERM and SIGHUP as a flag to poll: has the user interrupted? The signals are blocked
 * except inside interrupt_poll(), so no other call is interrupted. */
#ifndef WAITBENCH_INTERRUPT_H
#define WAITBENCH_INTERRUPT_H

#include <poll.h>
#include <stdbool.h>

/* Call once, before any child is started. What whoever started this process lets it ignore (nohup:
 * SIGHUP) stays ignored. */
void interrupt_init(void);

/* Handle a signal unless it is ignored: then nothing changes, and the result is false. Programs
 * that this process executes have the default again. */
bool interrupt_catch(int number, void (*handler)(int));

/* ppoll() during which the signals may arrive. */
int interrupt_poll(struct pollfd *fds, nfds_t n, const struct timespec *timeout);

/* Has one arrived, or is one pending? */
bool interrupted(void);

/* What was under way has ended after a Ctrl-C: the next one is meant for what follows. SIGTERM and
 * SIGHUP stay as they are, for nothing should follow them. */
void interrupt_answered(void);

#endif
