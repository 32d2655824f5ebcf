/* One request's life on a socket: connect (or reuse), send, receive, check.
 *
 * An exchange is one of a driver's C places ("lanes"). It carries one request after another, and
 * with keep-alive the connection from one to the next. There are three ways through it:
 *
 *   blocking     exchange_run: returns when the request is over
 *   readiness    exchange_begin, then exchange_step until it returns EXCHANGE_OVER; any other
 *                result names the readiness to wait for before the next step
 *   completion   exchange_begin and the exchange_on_* calls, which format and check and make no
 *                system calls but socket() and close(); the driver does the I/O
 *
 * Whatever goes wrong with a request is written into its sample: a driver only sees it end. */
#ifndef WAITBENCH_EXCHANGE_H
#define WAITBENCH_EXCHANGE_H

#include "load.h"

enum exchange_want {
    EXCHANGE_OVER,  /* the request ended, well or not; its sample is complete */
    EXCHANGE_READ,  /* wait until `fd` is readable */
    EXCHANGE_WRITE, /* wait until `fd` is writable */
};

enum exchange_phase {
    EXCHANGE_NEW,        /* a socket, and connect() not yet called */
    EXCHANGE_CONNECTING, /* connect() was called and may still be under way */
    EXCHANGE_SENDING,
    EXCHANGE_RECEIVING,
};

struct exchange {
    int fd; /* -1 while there is none */
    uint8_t phase;
    bool blocking;
    uint16_t ask_size, ask_sent;
    uint32_t lane;
    const struct load *load;
    struct sample *sample; /* of the request under way */
    int64_t bound;
    char ask[PROTOCOL_ASK_BYTES];
    struct answer_reader reader;
};

/* Ready a lane; no system call. `blocking` chooses the kind of socket it will make. */
void exchange_init(struct exchange *exchange, const struct load *load, uint32_t lane,
                   bool blocking);

/* Open the lane's connection ahead of time, for keep-alive: in setup, untimed. Nothing to do (and
 * 0) where the load does not keep connections. Returns 0 or -1. */
int exchange_open(struct exchange *exchange, struct error *error);

/* Close what is open. The exchange can be used again. */
void exchange_close(struct exchange *exchange);

/* Blocking form: carry request `index` from start to end. */
void exchange_run(struct exchange *exchange, struct batch *batch, size_t index);

/* Readiness form. `begin` stamps the start and may already find the request over (no socket);
 * then, and whenever `step` says so, the lane is free for the next. */
enum exchange_want exchange_begin(struct exchange *exchange, struct batch *batch, size_t index);
enum exchange_want exchange_step(struct exchange *exchange);

/* Completion form: tell the exchange what an operation returned (a count, or -errno); the result
 * says what comes next: WRITE, the rest of the ask (exchange_unsent); READ, (more of) the
 * answer. */
enum exchange_want exchange_on_connect(struct exchange *exchange, int result);
enum exchange_want exchange_on_send(struct exchange *exchange, ssize_t result);
enum exchange_want exchange_on_receive(struct exchange *exchange, const char *data, ssize_t result);

static inline const char *exchange_unsent(const struct exchange *exchange, size_t *size)
{
    *size = (size_t)(exchange->ask_size - exchange->ask_sent);
    return exchange->ask + exchange->ask_sent;
}

#endif
