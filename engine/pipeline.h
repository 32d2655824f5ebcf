/* Pipelining: the asks that a lane has sent together on its kept connection and whose answers come
 * one after another. The exchange alone uses it; drivers see one long request.
 *
 * The memory of all lanes is the load's, so that nobody allocates in run() and a driver has nothing
 * to give back. */
#ifndef WAITBENCH_PIPELINE_H
#define WAITBENCH_PIPELINE_H

#include "load.h"

enum { PIPELINE_MAX = 64 };

/* A request that was asked and is not answered. */
struct requested {
    struct sample *sample;
    int64_t bound;
};

/* A lane's group. */
struct pipeline {
    unsigned count, current;      /* asks sent together; the one whose answer comes next */
    bool wrong;                   /* one of the answers was: the connection is not kept */
    struct requested requested[]; /* P of them, and room for the text of P asks behind them */
};

static inline size_t pipeline_bytes(unsigned depth)
{
    return sizeof(struct pipeline) +
           depth * (sizeof(struct requested) + (size_t)PROTOCOL_REQUEST_BYTES);
}

/* The lane's, or NULL where it asks one by one. */
static inline struct pipeline *pipeline_of(const struct load *load, uint32_t slot)
{
    if (load->pipeline <= 1)
        return NULL;
    return (struct pipeline *)(load->pipelines + slot * pipeline_bytes(load->pipeline));
}

static inline char *pipeline_requests(struct pipeline *pipeline, unsigned depth)
{
    return (char *)(pipeline->requested + depth);
}

/* Make and free the memory of C lanes, before setup and after teardown. Nothing to do where the
 * load has no pipelining. */
void pipeline_open(struct load *load);
void pipeline_close(struct load *load);

/* Write the ask of request `index`, which has begun, and those of up to P - 1 more, which begin
 * with it, one behind the other. Returns their length. */
size_t pipeline_begin(struct pipeline *pipeline, struct batch *batch, size_t index);

static inline bool pipeline_is_at_last(const struct pipeline *pipeline)
{
    return pipeline->current + 1 == pipeline->count;
}

/* The current request is answered: on to the next one, which there is. */
const struct requested *pipeline_next(struct pipeline *pipeline);

/* The current request failed, and so will those behind it: as it did. */
void pipeline_fail(struct pipeline *pipeline);

#endif
