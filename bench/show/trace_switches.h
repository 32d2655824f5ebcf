/* When threads of the driver had a CPU: a track for each, with a slice from being switched to it
 * until being switched away. */
#ifndef WAITBENCH_TRACE_SWITCHES_H
#define WAITBENCH_TRACE_SWITCHES_H

#include "bench/keep/store.h"
#include "trace_event.h"

struct trace_switches {
    struct trace_out *out;
    nsec_t end;                 /* of the run */
    struct trace_slice *slices; /* in the order of their beginnings */
    size_t count, written;
    size_t switches; /* that they were made from */
    int64_t lost;    /* more switches than were recorded, after these; -1: none were recorded */
    char why[160];   /* none were, or "" */
};

/* Read those of a run, and name their tracks. Returns 0 or -1; to be released
 * in any case. */
int trace_switches_read(struct trace_switches *switches, struct store *store, int64_t run_id,
                        struct error *error);
void trace_switches_release(struct trace_switches *switches);

/* Write the slices that begin up to that time, and have not been written. */
void trace_switches_write(struct trace_switches *switches, nsec_t until);

#endif
