#include "switch_ring.h"

#include <linux/perf_event.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

const char *const switch_names[] = {"in", "out", "preempted", "exited", NULL};

/* What sample_id puts at the end of every record. */
struct record_end {
    uint32_t process, thread;
    uint64_t time;
    uint32_t cpu, reserved;
};

/* A record goes on at the ring's beginning where it meets its end. */
static void copy_out(const struct switch_ring *ring, uint64_t from, void *out, size_t size)
{
    size_t at = (size_t)(from % ring->size), first = (size_t)ring->size - at;
    first = first < size ? first : size;
    memcpy(out, ring->data + at, first);
    memcpy((char *)out + first, ring->data, size - first);
}

/* false where the record is of something else. */
static bool find_kind(const struct perf_event_header *header, enum switch_kind *kind)
{
    if (header->type == PERF_RECORD_EXIT)
        *kind = SWITCH_EXITED;
    else if (!(header->misc & PERF_RECORD_MISC_SWITCH_OUT))
        *kind = SWITCH_IN;
    else
        *kind =
            header->misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT ? SWITCH_PREEMPTED : SWITCH_WAITING;
    return header->type == PERF_RECORD_EXIT || header->type == PERF_RECORD_SWITCH;
}

bool switch_ring_next(struct switch_ring *ring, struct switch_event *event)
{
    struct perf_event_header header;
    struct record_end end;
    while (ring->head - ring->tail >= sizeof(header) + sizeof(end)) {
        copy_out(ring, ring->tail, &header, sizeof(header));
        if (header.size < sizeof(header) + sizeof(end) || header.size > ring->head - ring->tail)
            break;
        ring->tail += header.size;
        copy_out(ring, ring->tail - sizeof(end), &end, sizeof(end));
        event->at = (nsec_t)end.time;
        event->thread = (int)end.thread;
        event->cpu = (int)end.cpu;
        if (find_kind(&header, &event->kind))
            return true;
    }
    ring->tail = ring->head;
    return false;
}

/* A ring whose next switch has been taken from it. */
struct source {
    struct switch_ring *ring;
    struct switch_event next;
    bool has_next;
};

static void advance(struct source *source)
{
    source->has_next = switch_ring_next(source->ring, &source->next);
}

static struct source *earliest(struct source *sources, unsigned n)
{
    struct source *first = NULL;
    for (unsigned i = 0; i < n; i++)
        if (sources[i].has_next && (!first || sources[i].next.at < first->next.at))
            first = &sources[i];
    return first;
}

size_t switch_rings_merge(struct switch_ring *rings, unsigned n, nsec_t from, nsec_t until,
                          struct switch_event *events, size_t max, uint64_t *lost)
{
    struct source *sources = xcalloc(n, sizeof(*sources)), *first;
    size_t count = 0;
    bool complete = true;
    *lost = 0;
    for (unsigned i = 0; i < n; i++) {
        *lost += rings[i].lost;
        sources[i].ring = &rings[i];
        advance(&sources[i]);
    }
    while ((first = earliest(sources, n))) {
        const struct switch_event event = first->next;
        advance(first);
        if (event.at < from || event.at > until)
            continue;
        complete = complete && count < max;
        if (complete)
            events[count++] = event;
        else
            ++*lost;
        if (!first->has_next && first->ring->lost)
            complete = false;
    }
    free(sources);
    return count;
}
