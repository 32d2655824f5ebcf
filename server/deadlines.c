/* A 4-ary heap in one array. */
#include "deadlines.h"

#include <stdlib.h>

enum { ARITY = 4 }; /* flatter than binary; four children share a cache line */

void deadlines_release(struct deadlines *deadlines)
{
    free(deadlines->heap);
    deadlines->heap = NULL;
    deadlines->count = deadlines->capacity = 0;
}

int deadlines_reserve(struct deadlines *deadlines, size_t capacity)
{
    if (capacity <= deadlines->capacity)
        return 0;
    if (capacity < 2 * deadlines->capacity)
        capacity = 2 * deadlines->capacity;
    struct deadline *heap = realloc(deadlines->heap, capacity * sizeof(*heap));
    if (!heap)
        return -1;
    deadlines->heap = heap;
    deadlines->capacity = capacity;
    return 0;
}

void deadlines_add(struct deadlines *deadlines, nsec_t due, void *owner)
{
    struct deadline *heap = deadlines->heap;
    size_t hole = deadlines->count++;
    while (hole > 0) {
        size_t parent = (hole - 1) / ARITY;
        if (heap[parent].due <= due)
            break;
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = (struct deadline){.due = due, .owner = owner};
}

/* Remove the earliest entry, and sift the last one down from the top. */
static struct deadline heap_pop(struct deadlines *deadlines)
{
    struct deadline *heap = deadlines->heap;
    struct deadline first = heap[0];
    struct deadline last = heap[--deadlines->count];
    size_t hole = 0;
    for (;;) {
        size_t child = hole * ARITY + 1;
        if (child >= deadlines->count)
            break;
        size_t end = child + ARITY < deadlines->count ? child + ARITY : deadlines->count;
        size_t least = child;
        while (++child < end)
            if (heap[child].due < heap[least].due)
                least = child;
        if (last.due <= heap[least].due)
            break;
        heap[hole] = heap[least];
        hole = least;
    }
    heap[hole] = last;
    return first;
}

nsec_t deadlines_next(const struct deadlines *deadlines)
{
    return deadlines->count ? deadlines->heap[0].due : INT64_MAX;
}

void deadlines_run(struct deadlines *deadlines, unsigned most)
{
    /* The clock is read for each: the previous response took time, so more may be due. */
    while (most-- > 0 && deadlines->count && deadlines->heap[0].due <= clock_now()) {
        struct deadline first = heap_pop(deadlines);
        deadlines->on_due(first.owner);
    }
}
