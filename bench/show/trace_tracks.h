/* Which track of a trace shows a request: one for each slot of the driver, and for the server as
 * many as it had requests at once. A slot that has several requests under way, as with pipelining,
 * gets further tracks, so that slices of one track never overlap. */
#ifndef WAITBENCH_TRACE_TRACKS_H
#define WAITBENCH_TRACE_TRACKS_H

#include <stdbool.h>

#include "lib/error.h"
#include "trace_event.h"
#include "trace_queue.h"

/* Numbers from 0 on that are lent out, the lowest free one first. Begins as {0}. */
struct trace_numbers {
    unsigned count;
    struct trace_queue returned;
};

struct trace_tracks {
    struct trace_out *out;
    struct trace_numbers *slots; /* of each slot, its tracks in use */
    unsigned slot_count;
    struct trace_numbers server;
    bool one_worker; /* who serves is known */
};

/* The track of a request that starts in the slot; it is named where it is new. -1 where there is no
 * such slot, or it has far more requests at once than are ever pipelined. */
int trace_tracks_take_slot(struct trace_tracks *tracks, unsigned slot, struct trace_track *out,
                           struct error *error);
void trace_tracks_return_slot(struct trace_tracks *tracks, const struct trace_track *track);

/* The track of a request that the server has received. */
struct trace_track trace_tracks_take_server(struct trace_tracks *tracks);
void trace_tracks_return_server(struct trace_tracks *tracks, const struct trace_track *track);

/* The track of a worker of the server, of which so many are shown. */
enum { TRACE_WORKERS_MAX = 64 };
struct trace_track trace_tracks_worker(struct trace_tracks *tracks, unsigned worker);

void trace_tracks_release(struct trace_tracks *tracks);

#endif
