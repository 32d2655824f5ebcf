/* Single events of a trace, in the trace-event format that Perfetto and chrome://tracing read.
 * Times are in microseconds, with three decimals: exact nanoseconds. */
#ifndef WAITBENCH_TRACE_EVENT_H
#define WAITBENCH_TRACE_EVENT_H

#include <stdio.h>

#include "lib/clock.h"

/* The two sides of a run, and the client's threads, as processes of the trace. */
enum trace_process { TRACE_CLIENT = 1, TRACE_SERVER, TRACE_THREADS };

/* A track: a thread of a process. */
struct trace_track {
    enum trace_process process;
    unsigned thread;
};

/* Where events go, as elements of one array. */
struct trace_out {
    FILE *file;
    size_t events;
};

/* Begin an event with what all have. Its own members follow, each with a comma before it; then
 * trace_end(). `phase` is the format's word: 'X' a slice, 'C' a counter, 'i' an instant, 'b' and
 * 'e' the ends of an interval that may overlap others. */
void trace_begin(struct trace_out *out, char phase, const struct trace_track *track,
                 const char *name, nsec_t at);
void trace_put_time(struct trace_out *out, const char *member, nsec_t time);
void trace_put_text(struct trace_out *out, const char *member, const char *text);
void trace_end(struct trace_out *out);

/* A slice without arguments. */
void trace_put_slice(struct trace_out *out, const struct trace_track *track, const char *name,
                     nsec_t begin, nsec_t end);
void trace_put_counter(struct trace_out *out, enum trace_process process, const char *name,
                       nsec_t at, int64_t value);

/* Name a process, or a track, and its place among the others. */
void trace_name_process(struct trace_out *out, enum trace_process process, const char *name);
void trace_name_track(struct trace_out *out, const struct trace_track *track, const char *name,
                      unsigned place);

#endif
