#include "trace_timeline.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/error.h"

const struct trace_counter_row trace_counter_rows[TRACE_COUNTERS] = {
    [TRACE_IN_FLIGHT] = {"in flight", "requests started and not over", TRACE_CLIENT},
    [TRACE_CONNECTING] = {"connecting", "connections begun and not yet established", TRACE_CLIENT},
    [TRACE_ACCEPT_QUEUE] =
        {"accept queue",
         "established connections whose request the server has not read yet: in the "
         "accept queue, or accepted just now",
         TRACE_SERVER},
    [TRACE_AT_SERVER] = {"at the server", "requests read whose response is not issued",
                         TRACE_SERVER},
    [TRACE_COMPLETED] = {"completed", "requests with a correct response", TRACE_CLIENT},
};

/* A request under way. */
struct flight {
    struct stored_request request;
    struct trace_life life;
    unsigned next; /* of its steps */
    struct trace_track slot, server;
};

static void count(struct trace_timeline *timeline, enum trace_counter counter, int change,
                  nsec_t at)
{
    timeline->counters[counter] += change;
    trace_put_counter(timeline->out, trace_counter_rows[counter].process,
                      trace_counter_rows[counter].name, at, timeline->counters[counter]);
}

/* ---- events ---- */

/* From when it was due until it started: on no slot yet, and beside others. */
static void put_waiting(struct trace_timeline *timeline, const struct flight *flight, char end,
                        nsec_t at)
{
    const struct trace_track none = {TRACE_CLIENT, 0};
    trace_begin(timeline->out, end, &none, "due, not started", at);
    fprintf(timeline->out->file, ",\"cat\":\"arrivals\",\"id\":\"%zu\"", flight->request.index);
    trace_end(timeline->out);
}

static void put_request(struct trace_timeline *timeline, const struct flight *flight)
{
    FILE *file = timeline->out->file;
    const struct sample *sample = &flight->request.sample;
    const struct trace_life *life = &flight->life;
    char name[32], cause[OUTCOME_CAUSE_BYTES];
    snprintf(name, sizeof(name), "request %zu", flight->request.index);
    trace_begin(timeline->out, 'X', &flight->slot, name, life->start);
    trace_put_time(timeline->out, "dur", life->end - life->start);
    fprintf(file, ",\"args\":{\"request\":%zu", flight->request.index);
    trace_put_text(timeline->out, "outcome", outcome_name(sample->outcome));
    fprintf(file, ",\"reused\":%s", sample->flags & SAMPLE_REUSED ? "true" : "false");
    if (sample->end >= 0)
        trace_put_time(timeline->out, "latency_us", life->end - flight->request.due);
    if (sample->outcome != OUTCOME_OK && sample->errnum)
        trace_put_text(timeline->out, "cause",
                       outcome_cause(sample->outcome, sample->errnum, cause));
    fputc('}', file);
    trace_end(timeline->out);
}

static void put_served(struct trace_timeline *timeline, const struct flight *flight,
                       const struct trace_step *step)
{
    char name[32];
    snprintf(name, sizeof(name), "request %zu", flight->request.index);
    trace_begin(timeline->out, 'X', &flight->server, name, step->at);
    trace_put_time(timeline->out, "dur", step->end - step->at);
    fprintf(timeline->out->file, ",\"args\":{\"slot\":%" PRIu32, flight->request.sample.slot);
    trace_put_time(timeline->out, "delay_us", (nsec_t)flight->request.sample.delay_100ns * 100);
    trace_put_time(timeline->out, "overshoot_us",
                   (nsec_t)flight->request.sample.overshoot_100ns * 100);
    fputc('}', timeline->out->file);
    trace_end(timeline->out);
}

/* The kernel counts these and does not say when: their time follows from how long a connect took.
 */
static void put_inferred(struct trace_timeline *timeline, const struct flight *flight,
                         const char *name, nsec_t at)
{
    trace_begin(timeline->out, 'i', &flight->slot, name, at);
    fputs(",\"s\":\"t\",\"args\":{\"inferred_from\":\"connect time\"}", timeline->out->file);
    trace_end(timeline->out);
}

/* ---- steps ---- */

static int start(struct trace_timeline *timeline, struct flight *flight, struct error *error)
{
    const struct trace_life *life = &flight->life;
    if (trace_tracks_take_slot(&timeline->tracks, flight->request.sample.slot, &flight->slot,
                               error) < 0)
        return -1;
    if (flight->request.due < life->start)
        put_waiting(timeline, flight, 'e', life->start);
    put_request(timeline, flight);
    count(timeline, TRACE_IN_FLIGHT, 1, life->start);
    if (life->connects)
        count(timeline, TRACE_CONNECTING, 1, life->start);
    return 0;
}

static void connected(struct trace_timeline *timeline, const struct flight *flight, nsec_t at)
{
    if (!flight->life.connects)
        return;
    count(timeline, TRACE_CONNECTING, -1, at);
    if (flight->life.told)
        count(timeline, TRACE_ACCEPT_QUEUE, 1, at);
}

static void received(struct trace_timeline *timeline, struct flight *flight,
                     const struct trace_step *step)
{
    if (flight->life.connects)
        count(timeline, TRACE_ACCEPT_QUEUE, -1, step->at);
    flight->server = trace_tracks_take_server(&timeline->tracks);
    put_served(timeline, flight, step);
    count(timeline, TRACE_AT_SERVER, 1, step->at);
}

static void issued(struct trace_timeline *timeline, const struct flight *flight, nsec_t at)
{
    trace_tracks_return_server(&timeline->tracks, &flight->server);
    count(timeline, TRACE_AT_SERVER, -1, at);
}

static void end(struct trace_timeline *timeline, const struct flight *flight, nsec_t at)
{
    trace_tracks_return_slot(&timeline->tracks, &flight->slot);
    count(timeline, TRACE_IN_FLIGHT, -1, at);
    if (flight->request.sample.outcome == OUTCOME_OK)
        count(timeline, TRACE_COMPLETED, 1, at);
    else
        timeline->failed++;
}

static int write_step(struct trace_timeline *timeline, struct flight *flight,
                      const struct trace_step *step, struct error *error)
{
    trace_switches_write(&timeline->switches, step->at);
    switch (step->kind) {
    case TRACE_DUE: put_waiting(timeline, flight, 'b', step->at); break;
    case TRACE_START: return start(timeline, flight, error);
    case TRACE_PHASE:
        trace_put_slice(timeline->out, &flight->slot, step->name, step->at, step->end);
        break;
    case TRACE_OVERFLOW:
        timeline->overflows++;
        put_inferred(timeline, flight, "accept-queue overflow", step->at);
        break;
    case TRACE_RETRANSMISSION:
        timeline->retransmissions++;
        put_inferred(timeline, flight, "SYN retransmission", step->at);
        break;
    case TRACE_CONNECTED: connected(timeline, flight, step->at); break;
    case TRACE_RECEIVED: received(timeline, flight, step); break;
    case TRACE_ISSUED: issued(timeline, flight, step->at); break;
    case TRACE_END: end(timeline, flight, step->at); break;
    }
    return 0;
}

/* At the same time others end before this one starts: its slot may be theirs. */
static void queue_step(struct trace_timeline *timeline, struct flight *flight)
{
    const struct trace_step *step = &flight->life.steps[flight->next];
    trace_queue_put(
        &timeline->queue,
        (struct trace_queued){.key = step->at, .rank = step->kind == TRACE_START, .item = flight});
}

/* Write the events up to that time. */
static int write_until(struct trace_timeline *timeline, nsec_t at, struct error *error)
{
    const struct trace_queued *first;
    while ((first = trace_queue_first(&timeline->queue)) && first->key < at) {
        struct flight *flight = trace_queue_take(&timeline->queue).item;
        int result = write_step(timeline, flight, &flight->life.steps[flight->next++], error);
        if (result == 0 && flight->next < flight->life.count)
            queue_step(timeline, flight);
        else
            free(flight);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int take_request(void *target, const struct stored_request *request, struct error *error)
{
    struct trace_timeline *timeline = target;
    struct flight *flight = xcalloc(1, sizeof(*flight));
    flight->request = *request;
    trace_life_make(request, &timeline->run, &flight->life);
    timeline->requests++;
    timeline->told += flight->life.told;
    nsec_t first = flight->life.steps[0].at;
    queue_step(timeline, flight);
    return write_until(timeline, first, error);
}

int trace_timeline_write(struct trace_timeline *timeline, struct store *store, int64_t run_id,
                         struct error *error)
{
    if (trace_switches_read(&timeline->switches, store, run_id, error) < 0 ||
        store_each_request(store, run_id, take_request, timeline, error) < 0 ||
        write_until(timeline, INT64_MAX, error) < 0)
        return -1;
    trace_switches_write(&timeline->switches, INT64_MAX);
    return 0;
}

void trace_timeline_release(struct trace_timeline *timeline)
{
    while (trace_queue_first(&timeline->queue))
        free(trace_queue_take(&timeline->queue).item);
    trace_queue_release(&timeline->queue);
    trace_switches_release(&timeline->switches);
    trace_tracks_release(&timeline->tracks);
}
