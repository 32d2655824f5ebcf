/* How far apart the clocks of two processes on different machines are: from round trips of messages
 * between them. In the fastest one both ways took the least, and the other side read its clock
 * somewhere within it: its middle is the estimate, and half of it the uncertainty, whatever the two
 * ways have of it (Cristian, Probabilistic clock synchronization, 1989). */
#ifndef WAITBENCH_CLOCK_OFFSET_H
#define WAITBENCH_CLOCK_OFFSET_H

#include "lib/clock.h"

/* The other clock is ahead of ours by `offset`, give or take `uncertainty`. */
struct clock_offset {
    nsec_t offset, uncertainty;
};

/* No round trip yet. */
#define CLOCK_OFFSET_NONE ((struct clock_offset){.uncertainty = CLOCK_MAX})

/* Take in a round trip: sent and received on our clock, `remote` read on the other in between. */
void clock_offset_take(struct clock_offset *offset, nsec_t sent, nsec_t remote, nsec_t received);

/* What holds for a run that was begun by the offset before it: that offset, whose uncertainty
 * includes how far the clocks have drifted apart until after it. */
struct clock_offset clock_offset_over(const struct clock_offset *before,
                                      const struct clock_offset *after);

#endif
