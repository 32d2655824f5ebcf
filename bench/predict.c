/* The model: lanes go round between the client, the server and a place to think. */
#include "predict.h"

#include <math.h>

/* One place where requests queue, and what each half of a request demands of it. */
struct station {
    double ask, answer;
};

enum { STATIONS = 2 };

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static unsigned lanes_of(const struct bench_case *c)
{
    if (c->driver->traits & DRIVER_SERIAL)
        return 1;
    return c->requests < c->concurrency ? (unsigned)c->requests : c->concurrency;
}

/* How much slower than its demand says the slowest half of a burst was: 1 where client and server
 * had a core each, more where they were put on the same one or others wanted theirs. */
static double stretch_of(const struct calibration_exchange *cost)
{
    double client = larger((double)cost->client_ask, (double)cost->client_answer);
    double server = larger((double)cost->server_ask, (double)cost->server_answer);
    double slowest = larger(client, server);
    return slowest > 0 ? larger(1, (double)cost->spread / slowest) : 1;
}

/* One thread on the client's side, one on the server's. */
static void stations_of_loops(const struct calibration_exchange *cost, struct station *stations)
{
    double stretch = stretch_of(cost);
    stations[0].ask = stretch * (double)cost->client_ask;
    stations[0].answer = stretch * (double)cost->client_answer;
    stations[1].ask = stretch * (double)cost->server_ask;
    stations[1].answer = stretch * (double)cost->server_answer;
}

/* Threads spread over all cores, and the server's work with them; the server itself has one. */
static void stations_of_threads(const struct calibration *c,
                                const struct calibration_exchange *cost, struct station *stations)
{
    double cores = larger(1, (double)c->pool_cores / 1000);
    stations[0].ask = (double)(cost->client_ask + c->pool_ask + cost->server_ask) / cores;
    stations[0].answer =
        (double)(cost->client_answer + c->pool_answer + cost->server_answer) / cores;
    stations[1].ask = (double)cost->server_ask;
    stations[1].answer = (double)cost->server_answer;
}

/* The case as the model sees it: `lanes` go round, each once per request. */
struct course {
    double requests, lanes, rounds, last_lanes; /* lanes that the last round fills */
    double think, lone;
};

static double demand(const struct station *s)
{
    return s->ask + s->answer;
}

/* A time box starts no request after its end: the rounds that begin before it are run whole. */
static struct course find_course(const struct bench_case *c, const struct station *stations,
                                 double lone)
{
    size_t lanes = lanes_of(c), requests = c->requests;
    double cycle = (double)c->think + lone;
    for (int i = 0; i < STATIONS; i++)
        cycle = larger(cycle, (double)lanes * demand(&stations[i]));
    if (c->time_box) {
        size_t begun = (size_t)ceil((double)c->time_box / larger(cycle, 1)) * lanes;
        requests = begun < requests ? begun : requests;
    }
    size_t rounds = (requests + lanes - 1) / lanes;
    return (struct course){
        .requests = (double)requests,
        .lanes = (double)lanes,
        .rounds = (double)rounds,
        .last_lanes = (double)(requests - (rounds - 1) * lanes),
        .think = (double)c->think,
        .lone = lone,
    };
}

/* No lane is faster than one that is alone, and the lanes of the last round leave the slowest
 * station one after another: of several rounds as asks and answers mixed, of a single one as the
 * half that takes longer. */
static double bound_latency(const struct course *course, const struct station *stations)
{
    double spread = 0;
    for (int i = 0; i < STATIONS; i++) {
        const struct station *s = &stations[i];
        spread = larger(spread, course->rounds > 1 ? demand(s) : larger(s->ask, s->answer));
    }
    return course->rounds * (course->think + course->lone) + (course->last_lanes - 1) * spread;
}

/* No station does its work in less than the work takes, and it has none while all lanes of the
 * first round think, nor while all of the last do. (A single round's gap is in the other bound.) */
static double bound_station(const struct course *course, const struct station *s)
{
    double busy = course->requests * demand(s);
    if (course->rounds <= 1)
        return busy;
    return busy + larger(0, course->think - course->lanes * s->ask) +
           larger(0, course->think - course->lanes * s->answer);
}

nsec_t predict_makespan(const struct calibration *calibration, const struct bench_case *c)
{
    int64_t backlog = c->backlog < calibration->somaxconn ? c->backlog : calibration->somaxconn;
    if (c->driver->traits & DRIVER_OFFLINE || c->requests == 0 || lanes_of(c) > backlog)
        return PREDICT_NONE;
    const struct calibration_exchange *cost =
        c->keep_alive ? &calibration->kept_alive : &calibration->connection;
    struct station stations[STATIONS];
    if (c->driver->traits & DRIVER_THREADS)
        stations_of_threads(calibration, cost, stations);
    else
        stations_of_loops(cost, stations);
    struct course course = find_course(c, stations, (double)cost->lone);
    double result = bound_latency(&course, stations);
    for (int i = 0; i < STATIONS; i++)
        result = larger(result, bound_station(&course, &stations[i]));
    return (nsec_t)result;
}
