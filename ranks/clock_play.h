/* Round trips between rank 0 and another, from which rank 0 takes the offset of the other's clock.
 * Both wait in a busy loop, so that no wake-up is part of a round trip: never while a run is on. */
#ifndef WAITBENCH_RANKS_CLOCK_PLAY_H
#define WAITBENCH_RANKS_CLOCK_PLAY_H

#include "bench/run/clock_offset.h"

/* By rank 0. */
struct clock_offset clock_measure(int rank);

/* By the other, after ORDER_CLOCK. */
void clock_reply(void);

#endif
