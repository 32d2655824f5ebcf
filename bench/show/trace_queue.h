/* A priority queue: the least key first; of equal ones, what has the lower rank, then what was put
 * in first. */
#ifndef WAITBENCH_TRACE_QUEUE_H
#define WAITBENCH_TRACE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct trace_queued {
    int64_t key;
    unsigned rank;
    uint64_t order; /* filled in */
    void *item;
};

/* Begins as {0}. */
struct trace_queue {
    struct trace_queued *heap;
    size_t count, room;
    uint64_t puts;
};

void trace_queue_put(struct trace_queue *queue, struct trace_queued queued);

/* The first, or NULL; it is there until the next call. */
const struct trace_queued *trace_queue_first(const struct trace_queue *queue);

/* Take the first out of a queue that is not empty. */
struct trace_queued trace_queue_take(struct trace_queue *queue);

void trace_queue_release(struct trace_queue *queue);

#endif
