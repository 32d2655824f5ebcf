/* Latency breakdown: where a request's time went, by phase. */
#ifndef WAITBENCH_BREAKDOWN_H
#define WAITBENCH_BREAKDOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/sample.h"

/* In the order of a request's life. Names and meanings are in breakdown.c. */
enum breakdown_phase {
    BREAKDOWN_QUEUE,   /* from when it was to start until the driver started it */
    BREAKDOWN_CONNECT, /* connecting, including SYN retransmissions */
    BREAKDOWN_SEND,
    BREAKDOWN_ACCEPT,    /* sent, not yet read: in the accept queue, or behind pipelined requests */
    BREAKDOWN_DELAY,     /* the server delay */
    BREAKDOWN_OVERSHOOT, /* response issued later than intended */
    BREAKDOWN_BACK, /* response issued, not yet read: the way back and the client's scheduling */
    BREAKDOWN_READ, /* reading, checking, closing */
    BREAKDOWN_PHASES,
};

struct breakdown {
    /* ns over a run's completed requests; -1 without the server's times. */
    double mean[BREAKDOWN_PHASES], p99[BREAKDOWN_PHASES];
};

struct breakdown_row {
    const char *name, *explain;
};
extern const struct breakdown_row breakdown_rows[BREAKDOWN_PHASES];

/* The phases of one completed request, which was to start at `due`. Returns false if the server's
 * times are missing or not between sending and receiving, as with another clock. */
bool breakdown_request(const struct sample *sample, nsec_t due, nsec_t phases[BREAKDOWN_PHASES]);

/* The mean and p99 of each phase over a run's `n` requests; dues[i] is when request i was to start.
 */
void breakdown_run(const struct sample *samples, const nsec_t *dues, size_t n,
                   struct breakdown *out);

#endif
