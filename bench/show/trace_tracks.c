#include "trace_tracks.h"

#include <stdlib.h>

#include "bench/plan/case.h"
#include "lib/error.h"

/* Of a slot: more than are pipelined, and few enough for every track to have a number. */
enum { AT_ONCE_MAX = 1024 };
_Static_assert((int64_t)CASE_CONCURRENCY_MAX *AT_ONCE_MAX < INT32_MAX, "numbers of tracks");

static unsigned number_take(struct trace_numbers *numbers, bool *is_new)
{
    *is_new = !trace_queue_first(&numbers->returned);
    return *is_new ? numbers->count++ : (unsigned)trace_queue_take(&numbers->returned).key;
}

static void number_return(struct trace_numbers *numbers, unsigned number)
{
    trace_queue_put(&numbers->returned, (struct trace_queued){.key = number});
}

static void reach_slot(struct trace_tracks *tracks, unsigned slot)
{
    if (slot < tracks->slot_count)
        return;
    unsigned count = 2 * slot + 16;
    tracks->slots = xrealloc(tracks->slots, count, sizeof(*tracks->slots));
    for (unsigned i = tracks->slot_count; i < count; i++)
        tracks->slots[i] = (struct trace_numbers){0};
    tracks->slot_count = count;
}

/* Thread 0 is of what has no track. A slot's further tracks have numbers behind those of all slots.
 */
int trace_tracks_take_slot(struct trace_tracks *tracks, unsigned slot, struct trace_track *out,
                           struct error *error)
{
    char name[64];
    bool is_new;
    if (slot >= CASE_CONCURRENCY_MAX)
        return error_set(error, "the run has slot %u, which no driver has: the store is damaged",
                         slot);
    reach_slot(tracks, slot);
    unsigned place = number_take(&tracks->slots[slot], &is_new);
    if (place >= AT_ONCE_MAX)
        return error_set(error, "slot %u has %u requests at once: the store is damaged", slot,
                         place + 1);
    *out = (struct trace_track){TRACE_CLIENT, 1 + slot + place * CASE_CONCURRENCY_MAX};
    snprintf(name, sizeof(name), place ? "slot %u, at once %u" : "slot %u", slot, place + 1);
    if (is_new)
        trace_name_track(tracks->out, out, name, 1 + slot * AT_ONCE_MAX + place);
    return 0;
}

void trace_tracks_return_slot(struct trace_tracks *tracks, const struct trace_track *track)
{
    unsigned number = track->thread - 1;
    number_return(&tracks->slots[number % CASE_CONCURRENCY_MAX], number / CASE_CONCURRENCY_MAX);
}

struct trace_track trace_tracks_worker(struct trace_tracks *tracks, unsigned worker)
{
    char name[64];
    struct trace_track track = {TRACE_SERVER, 1 + worker};
    snprintf(name, sizeof(name), "worker %u: what it counted", worker);
    trace_name_track(tracks->out, &track, name, track.thread);
    return track;
}

struct trace_track trace_tracks_take_server(struct trace_tracks *tracks)
{
    char name[64];
    bool is_new;
    unsigned place = number_take(&tracks->server, &is_new);
    struct trace_track track = {TRACE_SERVER, 1 + TRACE_WORKERS_MAX + place};
    snprintf(name, sizeof(name),
             tracks->one_worker ? "at once %u, by worker 0"
                                : "at once %u, by a worker that is not known",
             place + 1);
    if (is_new)
        trace_name_track(tracks->out, &track, name, track.thread);
    return track;
}

void trace_tracks_return_server(struct trace_tracks *tracks, const struct trace_track *track)
{
    number_return(&tracks->server, track->thread - 1 - TRACE_WORKERS_MAX);
}

void trace_tracks_release(struct trace_tracks *tracks)
{
    for (unsigned i = 0; i < tracks->slot_count; i++)
        trace_queue_release(&tracks->slots[i].returned);
    free(tracks->slots);
    trace_queue_release(&tracks->server.returned);
}
