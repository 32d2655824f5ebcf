/* The model: slots circulate between the client, the server and the server delay. */
#include "predict.h"

#include <math.h>

/* A station at which requests queue, and its demand for each half of a request. */
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

/* Threads and processes use any free core, including the server's: one station, faster than one
 * core by the same factor as in the calibrated burst. The server itself still has one thread. */
static void stations_of_threads(const struct calibration_burst *cost, struct station *stations)
{
    struct station all = {(double)(cost->client_request + cost->server_request),
                          (double)(cost->client_response + cost->server_response)};
    double cores =
        cost->spread ? larger(1, larger(all.request, all.response) / (double)cost->spread) : 1;
    stations[0] = (struct station){all.request / cores, all.response / cores};
    stations[1] = (struct station){(double)cost->server_request, (double)cost->server_response};
}

/* The parameters of a case: `slots` circulate, each once per request. */
struct model {
    double requests, slots, rounds, last_slots; /* slots that the last round fills */
    double delay, lone;
};

static double demand(const struct station *s)
{
    return s->request + s->response;
}

/* No request starts after the end of a time box: rounds that began before it are completed. */
static struct model model_of(const struct bench_case *c, const struct station *stations,
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
    return (struct model){
        .requests = (double)requests,
        .slots = (double)slots,
        .rounds = (double)rounds,
        .last_slots = (double)(requests - (rounds - 1) * slots),
        .delay = (double)c->delay,
        .lone = lone,
    };
}

/* No slot is faster than one alone, and the slots of the last round leave the slowest station one
 * after another: in a single round as in the calibrated burst; in several, where each response is
 * followed by the slot's next request, in proportion to the demand of both halves. */
static double bound_latency(const struct model *model, const struct station *stations,
                            double spread)
{
    double half = 0, whole = 0;
    for (int i = 0; i < STATIONS; i++) {
        half = larger(half, larger(stations[i].request, stations[i].response));
        whole = larger(whole, demand(&stations[i]));
    }
    spread = larger(spread, half);
    if (model->rounds > 1 && half > 0)
        spread *= whole / half;
    return model->rounds * (model->delay + model->lone) + (model->last_slots - 1) * spread;
}

/* A station needs at least the sum of its demands, and is idle while all slots of the first round
 * are in the server delay, and again in the last round. (With a single round the other bound
 * includes that gap.) */
static double bound_station(const struct model *model, const struct station *s)
{
    double busy = model->requests * demand(s);
    if (model->rounds <= 1)
        return busy;
    return busy + larger(0, model->delay - model->slots * s->request) +
           larger(0, model->delay - model->slots * s->response);
}

nsec_t predict_makespan(const struct calibration *calibration, const struct bench_case *c)
{
    int64_t backlog = c->backlog < calibration->somaxconn ? c->backlog : calibration->somaxconn;
    /* The calibration is of C drivers with uniform requests, one at a time per slot, and of the
     * usual server: it does not apply to external programs, other work or other server models. */
    if (case_is_local(c) || !case_has_usual_server(c) || c->driver->traits & DRIVER_PROGRAM ||
        c->pipeline > 1 || c->workload->work || c->workload->delay || c->workload->split ||
        c->requests == 0 || slots_of(c) > backlog)
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
    struct model model = model_of(c, stations, (double)cost->lone);
    double result = bound_latency(&model, stations, (double)burst->spread);
    for (int i = 0; i < STATIONS; i++)
        result = larger(result, bound_station(&model, &stations[i]));
    return (nsec_t)result;
}
