/* All requests of a run as events in the order of their times. They are read and written one after
 * another: what is kept in memory grows with the requests under way at once, not with their number,
 * and with the switches of threads, which are bounded.
 */
#ifndef WAITBENCH_TRACE_TIMELINE_H
#define WAITBENCH_TRACE_TIMELINE_H

#include "trace_life.h"
#include "trace_switches.h"
#include "trace_tracks.h"

enum trace_counter {
    TRACE_IN_FLIGHT,
    TRACE_CONNECTING,
    TRACE_ACCEPT_QUEUE,
    TRACE_AT_SERVER,
    TRACE_COMPLETED,
    TRACE_COUNTERS
};

/* Its name on the trace, and what it says. */
struct trace_counter_row {
    const char *name, *explain;
    enum trace_process process;
};
extern const struct trace_counter_row trace_counter_rows[TRACE_COUNTERS];

struct trace_timeline {
    struct trace_out *out;
    struct trace_run run;
    struct trace_tracks tracks;
    struct trace_switches switches;
    struct trace_queue queue; /* of the next step of each request under way */
    int64_t counters[TRACE_COUNTERS];
    size_t requests, told, failed, retransmissions, overflows;
};

/* Write a run's events. Returns 0 or -1; the sums above are then of all requests. */
int trace_timeline_write(struct trace_timeline *timeline, struct store *store, int64_t run_id,
                         struct error *error);
void trace_timeline_release(struct trace_timeline *timeline);

#endif
