/* Blame: where a request's time went, laid at the right door. */
#ifndef WAITBENCH_BREAKDOWN_H
#define WAITBENCH_BREAKDOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/sample.h"

/* In the order of a request's life. Names and meanings are in blame.c. */
enum blame_phase {
    BLAME_QUEUE,   /* from the run's start until it was taken up */
    BLAME_CONNECT, /* connecting, SYNs sent again included */
    BLAME_SEND,
    BLAME_ACCEPT, /* sent, and not its turn: the accept queue, or those pipelined before it */
    BLAME_THINK,  /* what was asked for */
    BLAME_LATE,   /* answered later than the server meant to */
    BLAME_BACK,   /* answered, and not yet looked at: the way back and the client's scheduling */
    BLAME_READ,   /* reading, checking, closing */
    BLAME_PHASES,
};

struct blame {
    /* ns over a run's answered requests; -1 where the server did not say when it did what. */
    double mean[BLAME_PHASES], p99[BLAME_PHASES];
};

const char *blame_name(enum blame_phase phase);
const char *blame_explain(enum blame_phase phase);

/* The phases of one answered request; false where the server's times are missing or, on another
 * clock, cannot be right (they must lie between sending and receiving). `started` is the run's
 * t0; the queue counts only for requests that were all asked for at once. */
bool blame_request(const struct sample *sample, nsec_t started, bool all_at_once,
                   nsec_t phases[BLAME_PHASES]);

/* Over a run. */
void blame_run(const struct sample *samples, size_t n, nsec_t started, bool all_at_once,
               struct blame *out);

#endif
