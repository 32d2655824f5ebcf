/* A request's life as a trace shows it: phases that follow each other from its start to its end
 * without a gap, and moments, such as the retransmission of its SYN. */
#ifndef WAITBENCH_TRACE_LIFE_H
#define WAITBENCH_TRACE_LIFE_H

#include <stdbool.h>

#include "bench/keep/store.h"

/* What all requests of a run have in common. */
struct trace_run {
    nsec_t end;       /* of requests that did not end */
    bool has_network; /* the driver sends requests: else they have no phases */
    bool has_jobs;    /* some requests are the workload's own work: one phase */
    /* SYN retransmissions are inferred from long connects, unless the kernel counted none. */
    bool infers_retransmissions, infers_overflows;
    unsigned linear_timeouts; /* tcp_syn_linear_timeouts() */
};

enum trace_step_kind {
    TRACE_DUE, /* only of a request that started later */
    TRACE_START,
    TRACE_PHASE, /* begins */
    TRACE_OVERFLOW,
    TRACE_RETRANSMISSION,
    TRACE_CONNECTED, /* or failed to */
    TRACE_RECEIVED,  /* by the server, where it said so */
    TRACE_ISSUED,    /* the response, likewise */
    TRACE_END,
};

struct trace_step {
    nsec_t at;
    enum trace_step_kind kind;
    const char *name; /* of a phase */
    nsec_t end;       /* of a phase; of TRACE_RECEIVED: when the response was issued */
};

enum {
    TRACE_RETRANSMISSIONS_MAX = 8, /* shown for one connection: more than two minutes */
    TRACE_STEPS_MAX = BREAKDOWN_PHASES + 6 + 2 * TRACE_RETRANSMISSIONS_MAX
};

struct trace_life {
    nsec_t start, end;
    bool connects; /* opens a connection */
    bool told;     /* the server's times are known */
    unsigned count;
    struct trace_step steps[TRACE_STEPS_MAX]; /* none before the one in front of it */
};

void trace_life_make(const struct stored_request *request, const struct trace_run *run,
                     struct trace_life *out);

/* The phases that are none of the latency breakdown: name and meaning. */
extern const struct breakdown_row trace_own_phases[]; /* ended by {0} */

#endif
