/* The cost of a request: bursts by a real driver against a randintd. The server delay separates
 * requests from responses, so that the CPU clocks of both sides can be read while both are idle. */
#include "calibrate_exchange.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate_clock.h"
#include "drivers/driver.h"
#include "bench/run/server_process.h"
#include "workloads/workloads.h"

enum {
    BURST = CALIBRATE_BURST,
    BURST_ROUNDS = 3, /* that count, after one to warm up */
    BURST_TRIES = 9,
    LONE_ROUNDS = 7,
};

#define BURST_DELAY (12 * NSEC_PER_MSEC) /* longer than sending a burst takes */
#define LONE_DELAY  (3 * NSEC_PER_MSEC)

/* A driver that runs in a separate thread, so that this one can read clocks meanwhile. */
struct burst {
    const struct driver *driver;
    void *state;
    struct load load;
    struct batch batch;
    struct sample samples[BURST];
    clockid_t server_clock;
    nsec_t lone;
    int result;
    struct error error;
};

static void *burst_run(void *argument)
{
    struct burst *burst = argument;
    burst->result = burst->driver->run(burst->state, &burst->batch, &burst->error);
    return NULL;
}

static int check_samples(const struct sample *samples, size_t n, struct error *error)
{
    for (size_t i = 0; i < n; i++)
        if (samples[i].outcome != OUTCOME_OK)
            return error_errno(error, samples[i].errnum, "a request failed: %s",
                               outcome_explain(samples[i].outcome));
    return 0;
}

/* Were the clocks read between requests and responses: all sent, none received? */
static bool is_between(const struct burst *burst, nsec_t read_at)
{
    for (size_t i = 0; i < BURST; i++)
        if (burst->samples[i].sent > read_at || burst->samples[i].first_byte < read_at)
            return false;
    return true;
}

static nsec_t spread_of(const struct burst *burst)
{
    nsec_t first = burst->samples[0].start, last = burst->samples[0].end;
    for (size_t i = 1; i < BURST; i++) {
        first = burst->samples[i].start < first ? burst->samples[i].start : first;
        last = burst->samples[i].end > last ? burst->samples[i].end : last;
    }
    nsec_t spread = (last - first - burst->batch.delay - burst->lone) / (BURST - 1);
    return spread > 0 ? spread : 0;
}

/* Returns 1, 0 if the machine was too slow to separate requests from responses (the next try has a
 * longer delay), or -1. */
static int burst_round(struct burst *burst, struct calibration_burst *out, struct error *error)
{
    pthread_t runner;
    atomic_store(&burst->batch.next, 0);
    nsec_t server_start = calibrate_read(burst->server_clock), start = calibrate_cpu();
    int result = pthread_create(&runner, NULL, burst_run, burst);
    if (result)
        return error_errno(error, result, "cannot create a thread for the calibration");
    calibrate_rest(burst->batch.delay - CALIBRATE_SETTLE);
    nsec_t read_at = clock_now();
    nsec_t server_middle = calibrate_read(burst->server_clock), middle = calibrate_cpu();
    pthread_join(runner, NULL);
    calibrate_rest(CALIBRATE_SETTLE);
    nsec_t server_end = calibrate_read(burst->server_clock), end = calibrate_cpu();
    if (burst->result < 0) {
        *error = burst->error;
        return -1;
    }
    if (check_samples(burst->samples, BURST, error) < 0)
        return -1;
    if (!is_between(burst, read_at)) {
        burst->batch.delay *= 2;
        return 0;
    }
    *out = (struct calibration_burst){
        .client_request = (middle - start) / BURST,
        .client_response = (end - middle) / BURST,
        .server_request = (server_middle - server_start) / BURST,
        .server_response = (server_end - server_middle) / BURST,
        .spread = spread_of(burst),
    };
    return 1;
}

/* The median of each figure over the rounds. */
static void summarise(const struct calibration_burst *rounds, size_t n,
                      struct calibration_burst *out)
{
    enum { FIELDS = sizeof(*out) / sizeof(nsec_t) };
    for (size_t f = 0; f < FIELDS; f++) {
        nsec_t values[BURST_ROUNDS] = {0};
        for (size_t i = 0; i < n; i++)
            values[i] = ((const nsec_t *)&rounds[i])[f];
        ((nsec_t *)out)[f] = calibrate_median(values, n);
    }
}

static int measure_rounds(struct burst *burst, struct calibration_burst *out, struct error *error)
{
    struct calibration_burst rounds[BURST_ROUNDS] = {0};
    size_t good = 0;
    for (int try = 0; try < BURST_TRIES && good < BURST_ROUNDS; try++) {
        int result = burst_round(burst, &rounds[good], error);
        if (result < 0)
            return -1;
        good += try > 0 && result;
    }
    if (good == 0)
        return error_set(error, "the machine is too busy to calibrate");
    summarise(rounds, good, out);
    return 0;
}

static int measure_burst(const struct driver *driver, const struct server_process *server,
                         bool keep_alive, nsec_t lone, struct calibration_burst *out,
                         struct error *error)
{
    static struct burst burst;
    burst = (struct burst){.driver = driver, .lone = lone};
    burst.load = (struct load){.workload = workloads[0],
                               .server = server->address,
                               .concurrency = BURST,
                               .keep_alive = keep_alive,
                               .seed = 1};
    burst.batch = (struct batch){
        .load = &burst.load, .requests = BURST, .delay = BURST_DELAY, .samples = burst.samples};
    int result = clock_getcpuclockid(server->child.pid, &burst.server_clock);
    if (result)
        return error_errno(error, result, "cannot read the server's CPU clock");
    burst.state = driver->setup(driver, &burst.load, error);
    if (!burst.state)
        return -1;
    result = measure_rounds(&burst, out, error);
    driver->teardown(burst.state);
    return result;
}

/* One request at a time: both sides sleep and are woken up. */
static int measure_lone(const struct server_process *server, bool keep_alive, nsec_t *out,
                        struct error *error)
{
    struct sample samples[LONE_ROUNDS];
    struct load load = {.workload = workloads[0],
                        .server = server->address,
                        .concurrency = 1,
                        .keep_alive = keep_alive,
                        .seed = 1};
    struct batch batch = {
        .load = &load, .requests = LONE_ROUNDS, .delay = LONE_DELAY, .samples = samples};
    memset(samples, 0, sizeof(samples));
    void *state = driver_sequential.setup(&driver_sequential, &load, error);
    if (!state)
        return -1;
    int result = driver_sequential.run(state, &batch, error);
    driver_sequential.teardown(state);
    if (result < 0 || check_samples(samples, LONE_ROUNDS, error) < 0)
        return -1;
    nsec_t values[LONE_ROUNDS];
    for (size_t i = 0; i < LONE_ROUNDS; i++)
        values[i] = samples[i].end - samples[i].start - LONE_DELAY;
    *out = calibrate_median(values, LONE_ROUNDS);
    return 0;
}

int calibrate_exchange(bool keep_alive, struct calibration_exchange *out, struct error *error)
{
    struct bench_case c = {.keep_alive = keep_alive, .backlog = 2 * BURST};
    struct server_process server;
    if (server_start(&server, &c, error) < 0)
        return -1;
    int result = measure_lone(&server, keep_alive, &out->lone, error);
    if (result == 0)
        result = measure_burst(&driver_libev, &server, keep_alive, out->lone, &out->loop, error);
    if (result == 0)
        result =
            measure_burst(&driver_threadpool, &server, keep_alive, out->lone, &out->threads, error);
    server_stop(&server);
    return result;
}
