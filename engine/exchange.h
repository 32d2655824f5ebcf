/* One request's life: on a socket, connect (or reuse), send, receive, check; or a job of the
 * workload's own, done where it is begun or, on an offloading lane, by whoever it is given to.
 *
 * An exchange is one of a driver's C places ("lanes"). It carries one request after another, and
 * with keep-alive the connection from one to the next. There are three ways through it:
 *
 *   blocking     exchange_run: returns when the request is over
 *   readiness    exchange_begin, then exchange_step until it returns EXCHANGE_OVER; any other
 *                result names the readiness to wait for before the next step
 *   completion   exchange_begin and the exchange_on_* calls, which format and check and make no
 *                system calls but socket() and close(), and with EXCHANGE_FOREIGN not even those;
 *                the driver does the I/O
 *
 * Where the load has pipelining the exchange takes further requests by itself, up to P in all,
 * sends their asks together and is over when all of them are: whoever drives it sees one request.
 *
 * Whatever goes wrong with a request is written into its sample: a driver only sees it end. */
#ifndef WAITBENCH_EXCHANGE_H
#define WAITBENCH_EXCHANGE_H

#include "pipeline.h"

enum exchange_want {
    EXCHANGE_OVER,  /* the request ended, well or not; its sample is complete */
    EXCHANGE_READ,  /* wait until `fd` is readable */
    EXCHANGE_WRITE, /* wait until `fd` is writable */
    EXCHANGE_WORK,  /* a job, on an offloading lane: have exchange_work called */
};

enum exchange_phase {
    EXCHANGE_NEW,        /* a socket, and connect() not yet called */
    EXCHANGE_CONNECTING, /* connect() was called and may still be under way */
    EXCHANGE_SENDING,
    EXCHANGE_RECEIVING,
    EXCHANGE_WORKING, /* a job in slices; `fd` is always writable meanwhile */
};

/* Whose sockets a lane uses. */
enum exchange_kind {
    EXCHANGE_BLOCKING,    /* ours, blocking */
    EXCHANGE_NONBLOCKING, /* ours, non-blocking */
    EXCHANGE_FOREIGN,     /* the driver's, in whatever form its library or kernel keeps them */
    EXCHANGE_OFFLOADING,  /* ours, non-blocking, and jobs are left to whom the driver gives them */
};

struct exchange {
    int fd; /* -1 while there is none, and always where it is the driver's */
    uint8_t phase, kind;
    bool kept;      /* between requests: a connection stands, and the next request goes over it */
    bool exhausted; /* the last step took, or gave, all that the kernel had or had room for: it will
                     * report more. Where it did not, and reports changes only, step again */
    uint16_t request_size, request_sent;
    uint32_t slot;
    const struct load *load;
    struct sample *sample; /* of the request under way: with pipelining, to be answered next */
    int64_t bound;
    char request[PROTOCOL_REQUEST_BYTES]; /* without pipelining */
    struct response_reader reader;
    struct job job;
};

/* Ready a lane; no system call. */
void exchange_init(struct exchange *exchange, const struct load *load, uint32_t slot,
                   enum exchange_kind kind);

/* Open the lane's connection ahead of time, for keep-alive: in setup, untimed. Nothing to do (and
 * 0) where the load does not keep connections. Returns 0 or -1. A driver with sockets of its own
 * then takes the descriptor over (non-blocking; -1 where there is none), and has to close it. */
int exchange_open(struct exchange *exchange, struct error *error);
int exchange_take(struct exchange *exchange);

/* Close what is open. The exchange can be used again. */
void exchange_close(struct exchange *exchange);

/* Blocking form: carry request `index` from start to end. */
void exchange_run(struct exchange *exchange, struct batch *batch, size_t index);

/* Readiness form. `begin` stamps the start and may already find the request over (no socket);
 * then, and whenever `step` says so, the lane is free for the next. */
enum exchange_want exchange_begin(struct exchange *exchange, struct batch *batch, size_t index);
enum exchange_want exchange_step(struct exchange *exchange);

/* Offloading lanes: carry the job that `begin` returned EXCHANGE_WORK for to its end. Blocks, and
 * may be called from any thread, now one and then another, while nobody else touches the exchange
 * (so hand it over under a lock, there and back). The request is over when it returns. */
void exchange_work(struct exchange *exchange);

/* Completion form: tell the exchange what an operation returned (a count, or -errno); the result
 * says what comes next: WRITE, the rest of the ask (exchange_unsent); READ, (more of) the
 * answer. Where sockets are the driver's, exchange_begin makes none: in phase NEW the driver makes
 * one (on_socket) and connects it, and once a request is over it closes it unless `kept`. */
enum exchange_want exchange_on_socket(struct exchange *exchange, int result);
enum exchange_want exchange_on_connect(struct exchange *exchange, int result);
enum exchange_want exchange_on_send(struct exchange *exchange, ssize_t result);
enum exchange_want exchange_on_receive(struct exchange *exchange, const char *data, ssize_t result);

/* End request `index`, which no exchange could carry to its end: no thread or process could be made
 * for it, or the one that carried it died. */
void exchange_fail(struct batch *batch, size_t index, uint32_t slot, enum outcome outcome,
                   int errnum);

static inline const char *exchange_unsent(const struct exchange *exchange, size_t *size)
{
    size_t split = exchange->load->workload->split && exchange->request_size > 1;
    *size = (size_t)(exchange->request_size - exchange->request_sent);
    if (split && *size > 1)
        *size -= 1; /* the last byte goes on its own */
    struct pipeline *pipeline = pipeline_of(exchange->load, exchange->slot);
    const char *requests =
        pipeline ? pipeline_requests(pipeline, exchange->load->pipeline) : exchange->request;
    return requests + exchange->request_sent;
}

#endif
