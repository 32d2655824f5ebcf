#include "flow.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"

/* When requests arrived and departed, each in order. */
struct counting {
    double *arrivals, *departures;
    size_t n;
};

static struct counting count_events(const struct run_view *run)
{
    struct counting events = {.n = run->sample_count};
    events.arrivals = xcalloc(events.n + 1, sizeof(*events.arrivals));
    events.departures = xcalloc(events.n + 1, sizeof(*events.departures));
    for (size_t i = 0; i < events.n; i++) {
        events.arrivals[i] = clock_seconds(run->samples[i].start);
        events.departures[i] = clock_seconds(run->samples[i].end);
    }
    qsort(events.arrivals, events.n, sizeof(double), stats_compare_doubles);
    qsort(events.departures, events.n, sizeof(double), stats_compare_doubles);
    return events;
}

/* The integral over [from, to) of how many have arrived and not departed. */
static double integrate(const struct counting *events, double from, double to, struct flow *out)
{
    size_t a = 0, d = 0;
    double sum = 0, last = from;
    while (a < events->n || d < events->n) {
        bool arrives = a < events->n && events->arrivals[a] <= events->departures[d];
        double now = arrives ? events->arrivals[a] : events->departures[d];
        if (now >= to)
            break;
        if (now >= from) {
            sum += (double)(a - d) * (now - last);
            last = now;
            *(arrives ? &out->arrivals : &out->departures) += 1;
        }
        *(arrives ? &a : &d) += 1;
    }
    return sum + (double)(a - d) * (to - last);
}

static double mean_latency(const struct run_view *run, double from, double to)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < run->sample_count; i++) {
        double end = clock_seconds(run->samples[i].end);
        if (end < from || end >= to)
            continue;
        sum += end - clock_seconds(run->samples[i].start);
        n++;
    }
    return sum / (double)n;
}

bool flow_read(const struct run_view *run, struct flow *out)
{
    size_t slots = run->c->concurrency;
    *out = (struct flow){0};
    if (!run->samples || run->sample_count < 3 * slots)
        return false;
    struct counting events = count_events(run);
    double from = events.arrivals[slots], to = events.arrivals[events.n - slots];
    out->window_s = to - from;
    out->in_flight = integrate(&events, from, to, out) / out->window_s;
    out->latency_s = mean_latency(run, from, to);
    free(events.arrivals);
    free(events.departures);
    return out->window_s > 0;
}

#define FLOW_FIGURE(name, expression)                                                              \
    double figure_##name(const struct run_view *run)                                               \
    {                                                                                              \
        struct flow flow;                                                                          \
        return flow_read(run, &flow) ? expression : NAN;                                           \
    }

FLOW_FIGURE(arrival_rate, (double)flow.arrivals / flow.window_s)
FLOW_FIGURE(departure_rate, (double)flow.departures / flow.window_s)
FLOW_FIGURE(mean_in_flight, flow.in_flight)
FLOW_FIGURE(mean_latency, flow.latency_s)

double figure_littles_law(const struct run_view *run)
{
    return figure_arrival_rate(run) * figure_mean_latency(run) / figure_mean_in_flight(run);
}

double figure_mean_wait(const struct run_view *run)
{
    double sum = 0;
    for (size_t i = 0; i < run->sample_count; i++)
        sum += clock_seconds(run->samples[i].end - run->samples[i].due - run->c->delay);
    return run->sample_count ? sum / (double)run->sample_count : NAN;
}
