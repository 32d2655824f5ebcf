/* Pipelining: a group of requests that a slot sends together on its kept connection, whose
 * responses come one after another. Used by the exchange only; drivers see one long request.
 *
 * The load owns the memory for all slots, so that nothing is allocated in run() and drivers free
 * nothing. */
#ifndef WAITBENCH_PIPELINE_H
#define WAITBENCH_PIPELINE_H

#include "load.h"

enum { PIPELINE_MAX = 64 };

/* A request of the group. */
struct pipelined {
    struct sample *sample;
    int64_t bound;
};

/* The group of one slot. */
struct pipeline {
    unsigned count, current;     /* requests in the group; the one whose response comes next */
    bool wrong;                  /* one of the responses was wrong: the connection is not kept */
    struct pipelined requests[]; /* P of them, followed by room for the text of P requests */
};

static inline size_t pipeline_bytes(unsigned depth)
{
    return sizeof(struct pipeline) +
           depth * (sizeof(struct pipelined) + (size_t)PROTOCOL_REQUEST_BYTES);
}

/* The slot's group, or NULL without pipelining. */
static inline struct pipeline *pipeline_of(const struct load *load, uint32_t slot)
{
    if (load->pipeline <= 1)
        return NULL;
    return (struct pipeline *)(load->pipelines + slot * pipeline_bytes(load->pipeline));
}

/* The text of the group's requests. */
static inline char *pipeline_text(struct pipeline *pipeline, unsigned depth)
{
    return (char *)(pipeline->requests + depth);
}

/* Allocate and free the memory of C slots, before setup and after teardown. They do nothing without
 * pipelining. */
void pipeline_open(struct load *load);
void pipeline_close(struct load *load);

/* Format request `index`, which has begun, and up to P - 1 more, which begin with it, one after
 * another into the group's text. Returns its length. */
size_t pipeline_begin(struct pipeline *pipeline, struct batch *batch, size_t index);

static inline bool pipeline_is_at_last(const struct pipeline *pipeline)
{
    return pipeline->current + 1 == pipeline->count;
}

/* The current request is over: go on to the next, which must exist. */
const struct pipelined *pipeline_next(struct pipeline *pipeline);

/* The current request failed: give those behind it the same outcome. */
void pipeline_fail(struct pipeline *pipeline);

#endif
