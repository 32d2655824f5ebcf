/* The steady part of a run as a flow: Little's law, with its three figures counted separately.
 *
 * The law, L = lambda x W, is about averages over a long time. Over a window of a run it is exact
 * but for the requests at the window's edges, which began before it or end after it (J. D. C.
 * Little, "Little's Law as Viewed on Its 50th Anniversary", Operations Research 59(3), 2011). So L
 * is the time average of arrivals minus departures, lambda is counted from the arrivals in the
 * window, and W from the requests that depart in it. */
#ifndef WAITBENCH_FLOW_H
#define WAITBENCH_FLOW_H

#include "evidence.h"

struct flow {
    size_t arrivals, departures; /* in the window */
    double window_s;
    double in_flight; /* L: arrivals minus departures so far, averaged over time */
    double latency_s; /* W: mean of the requests that depart in the window */
};

/* The flow from arrival C + 1 to arrival n - C + 1 of a run of n requests, C at a time: without the
 * start, when the C slots fill, and the end, when they become empty. A request arrives when it
 * starts, and departs when it ends, failed or not. Returns false if the run has no samples, or
 * fewer than three for each slot. */
bool flow_read(const struct run_view *run, struct flow *out);

/* Of the window: arrivals and departures per second, L, W, and lambda x W / L, which is 1 by the
 * law. NAN without a flow. */
figure_fn figure_arrival_rate, figure_departure_rate, figure_mean_in_flight, figure_mean_latency,
    figure_littles_law;

/* Of open arrivals: the mean time from the intended start to the response, without the server
 * delay. NAN without samples. */
figure_fn figure_mean_wait;

#endif
