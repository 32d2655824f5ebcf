#include "trace_switches.h"

#include <stdlib.h>

#include "lib/error.h"

struct trace_slice {
    nsec_t begin, end;
    unsigned thread;
    int cpu;
    const char *why; /* it ended */
};

static const char *const endings[] = {
    [SWITCH_IN] = "not recorded",
    [SWITCH_WAITING] = "it waited",
    [SWITCH_PREEMPTED] = "preempted",
    [SWITCH_EXITED] = "the thread ended",
};

/* Of a slice that has not ended. */
static const nsec_t STILL_RUNNING = -1;

/* Slices while switches are read, thread by thread. */
struct reading {
    struct trace_switches *switches;
    unsigned thread; /* that is read; 0: none */
    nsec_t latest;   /* of all threads */
};

static void add(struct trace_switches *switches, const struct trace_slice *slice)
{
    size_t n = switches->count++;
    if ((n & (n - 1)) == 0) /* full: the sizes are powers of two */
        switches->slices = xrealloc(switches->slices, n ? 2 * n : 1, sizeof(*slice));
    switches->slices[n] = *slice;
}

static void name_track(struct trace_switches *switches, unsigned thread)
{
    char name[32];
    const struct trace_track track = {TRACE_THREADS, thread};
    snprintf(name, sizeof(name), "thread %u", thread);
    trace_name_track(switches->out, &track, name, thread);
}

/* The last slice, if it is of that thread and has not ended. */
static struct trace_slice *running(struct trace_switches *switches, unsigned thread)
{
    struct trace_slice *last = switches->count ? &switches->slices[switches->count - 1] : NULL;
    return last && last->thread == thread && last->end == STILL_RUNNING ? last : NULL;
}

/* A thread whose first switch is away from the CPU had it when the run began. */
static int take_switch(void *target, const struct switch_event *event, struct error *error)
{
    struct reading *reading = target;
    struct trace_switches *switches = reading->switches;
    unsigned thread = (unsigned)event->thread;
    if (event->thread <= 0 || event->at < 0)
        return error_set(error, "the run has a switch of thread %d: the store is damaged",
                         event->thread);
    const struct trace_slice began = {0, STILL_RUNNING, thread, event->cpu, NULL};
    if (thread != reading->thread) {
        name_track(switches, thread);
        if (event->kind != SWITCH_IN)
            add(switches, &began);
    }
    struct trace_slice *slice = running(switches, thread);
    if (slice) {
        slice->end = event->at;
        slice->why = endings[event->kind];
    }
    if (event->kind == SWITCH_IN)
        add(switches, &(struct trace_slice){event->at, STILL_RUNNING, thread, event->cpu, NULL});
    reading->thread = thread;
    reading->latest = event->at > reading->latest ? event->at : reading->latest;
    switches->switches++;
    return 0;
}

/* Who was running when the run ended, or at the last switch before those that were lost. */
static void end_running(struct trace_switches *switches, nsec_t end, const char *why)
{
    for (size_t i = 0; i < switches->count; i++) {
        struct trace_slice *slice = &switches->slices[i];
        if (slice->end != STILL_RUNNING)
            continue;
        slice->end = end > slice->begin ? end : slice->begin;
        slice->why = why;
    }
}

static int by_beginning(const void *a, const void *b)
{
    const struct trace_slice *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

int trace_switches_read(struct trace_switches *switches, struct store *store, int64_t run_id,
                        struct error *error)
{
    struct reading reading = {.switches = switches};
    switches->lost = store_switches_lost(store, run_id, switches->why, sizeof(switches->why));
    if (switches->lost >= 0)
        trace_name_process(switches->out, TRACE_THREADS, "client: threads, while they have a CPU");
    if (store_each_switch(store, run_id, take_switch, &reading, error) < 0)
        return -1;
    if (switches->lost > 0)
        end_running(switches, reading.latest, endings[SWITCH_IN]);
    else
        end_running(switches, switches->end, "the run ended");
    if (switches->count)
        qsort(switches->slices, switches->count, sizeof(*switches->slices), by_beginning);
    return 0;
}

void trace_switches_write(struct trace_switches *switches, nsec_t until)
{
    for (; switches->written < switches->count; switches->written++) {
        const struct trace_slice *slice = &switches->slices[switches->written];
        const struct trace_track track = {TRACE_THREADS, slice->thread};
        if (slice->begin > until)
            return;
        trace_begin(switches->out, 'X', &track, "running", slice->begin);
        trace_put_time(switches->out, "dur", slice->end - slice->begin);
        fprintf(switches->out->file, ",\"args\":{\"cpu\":%d", slice->cpu);
        trace_put_text(switches->out, "ended", slice->why);
        fputc('}', switches->out->file);
        trace_end(switches->out);
    }
}

void trace_switches_release(struct trace_switches *switches)
{
    free(switches->slices);
}
