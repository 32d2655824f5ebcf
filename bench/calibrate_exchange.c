/* What a request costs: bursts against a randintd of our own, the asks and the answers held apart
 * by its thinking, so that both sides' CPU clocks can be read while both rest. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "calibrate_parts.h"
#include "server_process.h"
#include "workloads/workloads.h"

enum {
    BURST_ROUNDS = 5, /* that are counted */
    BURST_TRIES = 10, /* rounds in all */
};

#define BURST_THINK (10 * NSEC_PER_MSEC) /* longer than a burst's asks take */
#define PATIENCE_MS 10000

struct burst {
    struct load load;
    clockid_t server_clock;
    int epoll;
    nsec_t think;
    struct exchange lanes[CALIBRATE_BURST];
    struct sample samples[CALIBRATE_BURST];
};

static int check_sample(const struct sample *sample, struct error *error)
{
    if (sample->outcome == OUTCOME_OK)
        return 0;
    return error_errno(error, sample->errnum, "a request failed: %s",
                       outcome_explain(sample->outcome));
}

static int burst_ask(struct burst *burst, struct batch *batch, struct error *error)
{
    for (size_t i = 0; i < CALIBRATE_BURST; i++) {
        struct exchange *lane = &burst->lanes[i];
        enum exchange_want want = exchange_begin(lane, batch, i);
        if (want != EXCHANGE_OVER)
            want = exchange_step(lane);
        if (want == EXCHANGE_OVER)
            return check_sample(lane->sample, error);
        struct epoll_event event = {.events = want == EXCHANGE_READ ? EPOLLIN : EPOLLOUT,
                                    .data.ptr = lane};
        bool known = lane->sample->flags & SAMPLE_REUSED;
        if (epoll_ctl(burst->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, lane->fd, &event) < 0)
            return error_errno(error, errno, "epoll_ctl");
    }
    return 0;
}

static int burst_collect(struct burst *burst, struct error *error)
{
    struct epoll_event events[CALIBRATE_BURST];
    for (size_t over = 0; over < CALIBRATE_BURST;) {
        int n = epoll_wait(burst->epoll, events, CALIBRATE_BURST, PATIENCE_MS);
        if (n == 0)
            return error_set(error, "the server did not answer");
        for (int i = 0; i < n; i++) {
            struct exchange *lane = events[i].data.ptr;
            if (exchange_step(lane) != EXCHANGE_OVER)
                continue;
            if (check_sample(lane->sample, error) < 0)
                return -1;
            over++;
        }
    }
    return 0;
}

/* One burst. Client's and server's CPU clocks are read where both rest: before, while all asks are
 * thought about, after. Returns 1, 0 where the machine was too slow to keep the halves apart (the
 * next try thinks longer), or -1. */
static int burst_round(struct burst *burst, struct calibration_exchange *out, struct error *error)
{
    struct batch batch = {.load = &burst->load,
                          .requests = CALIBRATE_BURST,
                          .think = burst->think,
                          .samples = burst->samples};
    nsec_t server_start = calibrate_read(burst->server_clock), start = calibrate_cpu();
    if (burst_ask(burst, &batch, error) < 0)
        return -1;
    nsec_t asked = calibrate_cpu();
    calibrate_rest(CALIBRATE_SETTLE);
    nsec_t server_asked = calibrate_read(burst->server_clock), looked = clock_now();
    nsec_t answering = calibrate_cpu();
    if (burst_collect(burst, error) < 0)
        return -1;
    nsec_t end = calibrate_cpu(), last = clock_now();
    calibrate_rest(CALIBRATE_SETTLE);
    nsec_t server_end = calibrate_read(burst->server_clock);
    if (looked > burst->samples[0].sent + burst->think) {
        burst->think *= 2;
        return 0;
    }
    *out = (struct calibration_exchange){
        .spread = (last - burst->samples[0].start - burst->think) / CALIBRATE_BURST,
        .client_ask = (asked - start) / CALIBRATE_BURST,
        .client_answer = (end - answering) / CALIBRATE_BURST,
        .server_ask = (server_asked - server_start) / CALIBRATE_BURST,
        .server_answer = (server_end - server_asked) / CALIBRATE_BURST,
    };
    return 1;
}

/* The median of each figure over the rounds. */
static void summarise(const struct calibration_exchange *rounds, size_t n,
                      struct calibration_exchange *out)
{
    static const size_t fields[] = {
        offsetof(struct calibration_exchange, client_ask),
        offsetof(struct calibration_exchange, client_answer),
        offsetof(struct calibration_exchange, server_ask),
        offsetof(struct calibration_exchange, server_answer),
        offsetof(struct calibration_exchange, spread),
    };
    for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
        nsec_t values[CALIBRATE_ROUNDS];
        for (size_t i = 0; i < n; i++)
            values[i] = *(const nsec_t *)((const char *)&rounds[i] + fields[f]);
        *(nsec_t *)((char *)out + fields[f]) = calibrate_median(values, n);
    }
}

static int measure_bursts(struct burst *burst, struct calibration_exchange *out,
                          struct error *error)
{
    struct calibration_exchange rounds[BURST_TRIES];
    size_t good = 0;
    /* The first warms up, and opens the connections that are kept alive. */
    for (int try = 0; try <= BURST_TRIES && good < BURST_ROUNDS; try++) {
        int result = burst_round(burst, &rounds[good], error);
        if (result < 0)
            return -1;
        good += try > 0 && result;
    }
    if (good == 0)
        return error_set(error, "the machine is too busy to calibrate: try again later");
    summarise(rounds, good, out);
    return 0;
}

static int measure_lone(struct burst *burst, nsec_t *out, struct error *error)
{
    struct exchange lane;
    struct batch batch = {
        .load = &burst->load, .requests = 1, .think = CALIBRATE_SLEEP, .samples = burst->samples};
    nsec_t values[CALIBRATE_ROUNDS];
    exchange_init(&lane, &burst->load, 0, true);
    for (int i = -1; i < CALIBRATE_ROUNDS; i++) {
        exchange_run(&lane, &batch, 0);
        if (check_sample(lane.sample, error) < 0)
            return -1;
        if (i >= 0)
            values[i] = lane.sample->end - lane.sample->start - CALIBRATE_SLEEP;
    }
    exchange_close(&lane);
    *out = calibrate_median(values, CALIBRATE_ROUNDS);
    return 0;
}

int calibrate_exchange(bool keep_alive, struct calibration_exchange *out, struct error *error)
{
    struct bench_case c = {.keep_alive = keep_alive, .backlog = 2 * CALIBRATE_BURST};
    struct server_process server;
    if (server_start(&server, &c, error) < 0)
        return -1;
    struct burst *burst = xcalloc(1, sizeof(*burst));
    burst->load = (struct load){.workload = workloads[0],
                                .server = server.address,
                                .concurrency = CALIBRATE_BURST,
                                .keep_alive = keep_alive,
                                .seed = 1};
    burst->think = BURST_THINK;
    burst->epoll = epoll_create1(EPOLL_CLOEXEC);
    clock_getcpuclockid(server.child.pid, &burst->server_clock);
    for (unsigned i = 0; i < CALIBRATE_BURST; i++)
        exchange_init(&burst->lanes[i], &burst->load, i, false);
    int result = measure_bursts(burst, out, error);
    if (result == 0)
        result = measure_lone(burst, &out->lone, error);
    for (unsigned i = 0; i < CALIBRATE_BURST; i++)
        exchange_close(&burst->lanes[i]);
    close(burst->epoll);
    free(burst);
    server_stop(&server);
    return result;
}
