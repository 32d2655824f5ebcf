/* For lessons 4 and 5: small requests beside one that blocks. */
#ifndef WAITBENCH_LESSONS_HEARTBEAT_H
#define WAITBENCH_LESSONS_HEARTBEAT_H

#include "bench/judge/evidence.h"
#include "lib/clock.h"

/* The longest time beyond the server delay that a small request took, in seconds. The request in
 * the middle is the one that blocks: see workloads/nap.c and count.c. */
static inline double heartbeat_lag(const struct run_view *view)
{
    nsec_t worst = 0;
    for (size_t i = 0; i < view->sample_count; i++) {
        const struct stored_sample *s = &view->samples[i];
        nsec_t lag = s->end - s->start - view->c->delay;
        if (s->request != view->sample_count / 2 && lag > worst)
            worst = lag;
    }
    return clock_seconds(worst);
}

#endif
