/* Blame: where a request's time went, laid at the right door. */
#ifndef WAITBENCH_BREAKDOWN_H
#define WAITBENCH_BREAKDOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/sample.h"

/* In the order of a request's life. Names and meanings are in blame.c. */
enum breakdown_phase {
    BREAKDOWN_QUEUE,   /* from the run's start until it was taken up */
    BREAKDOWN_CONNECT, /* connecting, SYNs sent again included */
    BREAKDOWN_SEND,
    BREAKDOWN_ACCEPT, /* sent, and not its turn: the accept queue, or those pipelined before it */
    BREAKDOWN_DELAY,  /* what was asked for */
    BREAKDOWN_OVERSHOOT, /* answered later than the server meant to */
    BREAKDOWN_BACK, /* answered, and not yet looked at: the way back and the client's scheduling */
    BREAKDOWN_READ, /* reading, checking, closing */
    BREAKDOWN_PHASES,
};

struct breakdown {
    /* ns over a run's answered requests; -1 where the server did not say when it did what. */
    double mean[BREAKDOWN_PHASES], p99[BREAKDOWN_PHASES];
};

const char *breakdown_name(enum breakdown_phase phase);
const char *breakdown_explain(enum breakdown_phase phase);

/* The phases of one answered request; false where the server's times are missing or, on another
 * clock, cannot be right (they must lie between sending and receiving). `started` is the run's
 * t0; the queue counts only for requests that were all asked for at once. */
bool breakdown_request(const struct sample *sample, nsec_t started, bool all_at_once,
                       nsec_t phases[BREAKDOWN_PHASES]);

/* Over a run. */
void breakdown_run(const struct sample *samples, size_t n, nsec_t started, bool all_at_once,
                   struct breakdown *out);

#endif
