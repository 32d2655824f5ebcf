#include "trace_queue.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/error.h"

static bool is_before(const struct trace_queued *a, const struct trace_queued *b)
{
    if (a->key != b->key)
        return a->key < b->key;
    return a->rank != b->rank ? a->rank < b->rank : a->order < b->order;
}

static void swap(struct trace_queued *a, struct trace_queued *b)
{
    struct trace_queued old = *a;
    *a = *b;
    *b = old;
}

void trace_queue_put(struct trace_queue *queue, struct trace_queued queued)
{
    if (queue->count == queue->room) {
        queue->room = queue->room ? 2 * queue->room : 64;
        queue->heap = xrealloc(queue->heap, queue->room, sizeof(*queue->heap));
    }
    queued.order = queue->puts++;
    size_t i = queue->count++;
    queue->heap[i] = queued;
    for (; i > 0 && is_before(&queue->heap[i], &queue->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&queue->heap[i], &queue->heap[(i - 1) / 2]);
}

const struct trace_queued *trace_queue_first(const struct trace_queue *queue)
{
    return queue->count ? queue->heap : NULL;
}

struct trace_queued trace_queue_take(struct trace_queue *queue)
{
    struct trace_queued first = queue->heap[0];
    queue->heap[0] = queue->heap[--queue->count];
    for (size_t i = 0, child; (child = 2 * i + 1) < queue->count; i = child) {
        if (child + 1 < queue->count && is_before(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!is_before(&queue->heap[child], &queue->heap[i]))
            break;
        swap(&queue->heap[child], &queue->heap[i]);
    }
    return first;
}

void trace_queue_release(struct trace_queue *queue)
{
    free(queue->heap);
    *queue = (struct trace_queue){0};
}
