/* The model: lanes go round between the client, the server and a place to think. */
#include "predict.h"

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

/* The queues of a case. A driver of one thread and the server have a core each, where there are
 * two; threads spread over all cores, and the server's work with them. */
static void find_stations(const struct calibration *calibration, const struct bench_case *c,
                          const struct calibration_exchange *cost, struct station *stations)
{
    struct station server = {(double)cost->server_ask, (double)cost->server_answer};
    struct station client = {(double)cost->client_ask, (double)cost->client_answer};
    bool threads = c->driver->traits & DRIVER_THREADS;
    if (threads) {
        client.ask += (double)calibration->switching;
        client.answer += (double)calibration->switching;
    }
    if (threads || calibration->cpus < 2) {
        double cores = calibration->cpus > 1 ? (double)calibration->cpus : 1;
        client.ask = (client.ask + server.ask) / cores;
        client.answer = (client.answer + server.answer) / cores;
    }
    stations[0] = client;
    stations[1] = server;
}

static double bound_latency(const struct station *stations, double rounds, double last_lanes,
                            double cycle)
{
    double stagger = 0;
    for (int i = 0; i < STATIONS; i++) {
        const struct station *s = &stations[i];
        stagger = larger(stagger, rounds > 1 ? s->ask + s->answer : larger(s->ask, s->answer));
    }
    return rounds * cycle + (last_lanes - 1) * stagger;
}

static double bound_station(const struct station *s, double requests, double lanes, double rounds,
                            double think)
{
    double busy = requests * (s->ask + s->answer);
    if (rounds <= 1)
        return busy;
    return busy + larger(0, think - lanes * s->ask) + larger(0, think - lanes * s->answer);
}

nsec_t predict_makespan(const struct calibration *calibration, const struct bench_case *c)
{
    if (c->driver->traits & DRIVER_OFFLINE || c->requests == 0)
        return PREDICT_NONE;
    unsigned lanes = lanes_of(c);
    int64_t backlog = c->backlog < calibration->somaxconn ? c->backlog : calibration->somaxconn;
    if (lanes > backlog)
        return PREDICT_NONE;
    const struct calibration_exchange *cost =
        c->keep_alive ? &calibration->kept_alive : &calibration->connection;
    struct station stations[STATIONS];
    find_stations(calibration, c, cost, stations);

    double think = (double)c->think, cycle = think + (double)cost->lone;
    size_t rounds = (c->requests + lanes - 1) / lanes;
    size_t requests = c->requests;
    double result = bound_latency(stations, (double)rounds,
                                  (double)(requests - (rounds - 1) * lanes), cycle);
    for (int i = 0; i < STATIONS; i++)
        result = larger(result, bound_station(&stations[i], (double)requests, lanes,
                                              (double)rounds, think));
    return (nsec_t)result;
}
