/* The model: slots go round between the client, the server and a place to think. */
#include "predict.h"

#include <math.h>

/* One place where requests queue, and what each half of a request demands of it. */
struct station {
    double request, response;
};

enum { STATIONS = 2 };

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static unsigned slots_of(const struct bench_case *c)
{
    if (c->driver->traits & DRIVER_SERIAL)
        return 1;
    return c->requests < c->concurrency ? (unsigned)c->requests : c->concurrency;
}

/* One thread on the client's side, one on the server's. */
static void stations_of_loops(const struct calibration_burst *cost, struct station *stations)
{
    stations[0] = (struct station){(double)cost->client_request, (double)cost->client_response};
    stations[1] = (struct station){(double)cost->server_request, (double)cost->server_response};
}

/* Threads and processes take whatever core is free, the server's too: one station, as many times
 * faster than one core as the burst was. The server alone still has one thread. */
static void stations_of_threads(const struct calibration_burst *cost, struct station *stations)
{
    struct station all = {(double)(cost->client_request + cost->server_request),
                          (double)(cost->client_response + cost->server_response)};
    double cores =
        cost->spread ? larger(1, larger(all.request, all.response) / (double)cost->spread) : 1;
    stations[0] = (struct station){all.request / cores, all.response / cores};
    stations[1] = (struct station){(double)cost->server_request, (double)cost->server_response};
}

/* The case as the model sees it: `slots` go round, each once per request. */
struct course {
    double requests, slots, rounds, last_slots; /* slots that the last round fills */
    double delay, lone;
};

static double demand(const struct station *s)
{
    return s->request + s->response;
}

/* A time box starts no request after its end: the rounds that begin before it are run whole. */
static struct course find_course(const struct bench_case *c, const struct station *stations,
                                 double lone)
{
    size_t slots = slots_of(c), requests = c->requests;
    double cycle = (double)c->delay + lone;
    for (int i = 0; i < STATIONS; i++)
        cycle = larger(cycle, (double)slots * demand(&stations[i]));
    if (c->time_box) {
        size_t begun = (size_t)ceil((double)c->time_box / larger(cycle, 1)) * slots;
        requests = begun < requests ? begun : requests;
    }
    size_t rounds = (requests + slots - 1) / slots;
    return (struct course){
        .requests = (double)requests,
        .slots = (double)slots,
        .rounds = (double)rounds,
        .last_slots = (double)(requests - (rounds - 1) * slots),
        .delay = (double)c->delay,
        .lone = lone,
    };
}

/* No slot is faster than one that is alone, and the slots of the last round leave the slowest
 * station one after another: of a single round as those of the calibrated burst did; of several,
 * where each slot's response is followed by its next request, in proportion to both halves. */
static double bound_latency(const struct course *course, const struct station *stations,
                            double spread)
{
    double half = 0, whole = 0;
    for (int i = 0; i < STATIONS; i++) {
        half = larger(half, larger(stations[i].request, stations[i].response));
        whole = larger(whole, demand(&stations[i]));
    }
    spread = larger(spread, half);
    if (course->rounds > 1 && half > 0)
        spread *= whole / half;
    return course->rounds * (course->delay + course->lone) + (course->last_slots - 1) * spread;
}

/* No station does its work in less than the work takes, and it has none while all slots of the
 * first round think, nor while all of the last do. (A single round's gap is in the other bound.) */
static double bound_station(const struct course *course, const struct station *s)
{
    double busy = course->requests * demand(s);
    if (course->rounds <= 1)
        return busy;
    return busy + larger(0, course->delay - course->slots * s->request) +
           larger(0, course->delay - course->slots * s->response);
}

nsec_t predict_makespan(const struct calibration *calibration, const struct bench_case *c)
{
    int64_t backlog = c->backlog < calibration->somaxconn ? c->backlog : calibration->somaxconn;
    /* What was calibrated is C, asking requests that are all alike and one at a time: it says
     * nothing of another program or of other work. */
    if (case_is_local(c) || c->driver->traits & DRIVER_PROGRAM || c->pipeline > 1 ||
        c->workload->work || c->workload->delay || c->workload->split || c->requests == 0 ||
        slots_of(c) > backlog)
        return PREDICT_NONE;
    const struct calibration_exchange *cost =
        c->keep_alive ? &calibration->kept_alive : &calibration->connection;
    bool threads = c->driver->traits & (DRIVER_THREADS | DRIVER_PROCESSES);
    const struct calibration_burst *burst = threads ? &cost->threads : &cost->loop;
    struct station stations[STATIONS];
    if (threads)
        stations_of_threads(burst, stations);
    else
        stations_of_loops(burst, stations);
    struct course course = find_course(c, stations, (double)cost->lone);
    double result = bound_latency(&course, stations, (double)burst->spread);
    for (int i = 0; i < STATIONS; i++)
        result = larger(result, bound_station(&course, &stations[i]));
    return (nsec_t)result;
}
