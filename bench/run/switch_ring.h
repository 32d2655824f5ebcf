/* Scheduler switches in the rings that the kernel writes them to, one for each CPU: records of
 * perf_event_open(2) with context_switch and task, and TID, TIME and CPU in sample_id. */
#ifndef WAITBENCH_SWITCH_RING_H
#define WAITBENCH_SWITCH_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

/* A thread got a CPU; left it to wait; had to leave it while it could have gone on; ended. */
enum switch_kind { SWITCH_IN, SWITCH_WAITING, SWITCH_PREEMPTED, SWITCH_EXITED };

extern const char *const switch_names[]; /* ended by NULL */

struct switch_event {
    nsec_t at;
    int thread, cpu;
    enum switch_kind kind;
};

/* A ring of `size` bytes that is not written to any more, read from `tail` to `head`; both only
 * ever grow. */
struct switch_ring {
    const unsigned char *data;
    uint64_t size, tail, head;
    uint64_t lost; /* records that found no room: later ones than those in it */
};

/* The next switch. false where there is none any more, or what follows is no whole record. */
bool switch_ring_next(struct switch_ring *ring, struct switch_event *event);

/* The switches of all `n` rings from one time to another, in order of time, at most `max` of them
 * in `events`. Where a ring lost records, those of the others end with its last one. Returns how
 * many there are; `*lost` is how many more there were. */
size_t switch_rings_merge(struct switch_ring *rings, unsigned n, nsec_t from, nsec_t until,
                          struct switch_event *events, size_t max, uint64_t *lost);

#endif
