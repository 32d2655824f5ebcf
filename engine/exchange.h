/* One request's life: on a socket, connect (or reuse), send, receive, check; or a job, executed
 * where it begins or, on an offloading slot, by another thread.
 *
 * An exchange is one of a driver's C slots. It carries one request after another, with keep-alive
 * over one connection. It has three forms:
 *
 *   blocking     exchange_run: returns when the request is over
 *   readiness    exchange_begin, then exchange_step until it returns EXCHANGE_OVER; any other
 *                result is the readiness to wait for before the next step
 *   completion   exchange_begin and the exchange_on_* calls, which format and check; the only
 *                system calls they make are socket() and close(), with EXCHANGE_FOREIGN none: the
 *                driver does the I/O
 *
 * With pipelining the exchange takes up to P requests at a time, sends them together and is over
 * when all of them are: to its driver they are one request.
 *
 * Every failure of a request is recorded in its sample; the driver only sees that it is over. */
#ifndef WAITBENCH_EXCHANGE_H
#define WAITBENCH_EXCHANGE_H

#include "pipeline.h"

/* Most to receive at once: more than a response of our server, and as much of another's as saves
 * calls and still fits on small stacks. */
enum { EXCHANGE_INPUT_BYTES = 512, EXCHANGE_CONTENT_BYTES = 4096 };

/* Most memory of ours for a connection, a sample included, in the drivers that are for very many:
 * 256 MB for a million. */
enum { CONNECTION_BYTES_MAX = 256 };

enum exchange_want {
    EXCHANGE_OVER,  /* the request ended or failed; its sample is complete */
    EXCHANGE_READ,  /* wait until `fd` is readable */
    EXCHANGE_WRITE, /* wait until `fd` is writable */
    EXCHANGE_WORK,  /* a job, on an offloading slot: call exchange_work from another thread */
};

enum exchange_phase {
    EXCHANGE_NEW,        /* socket created, connect() not yet called */
    EXCHANGE_CONNECTING, /* connect() was called and may be in progress */
    EXCHANGE_SENDING,
    EXCHANGE_RECEIVING,
    EXCHANGE_WORKING, /* a job in slices; `fd` is an eventfd, always writable */
};

/* Whose sockets a slot uses. */
enum exchange_kind {
    EXCHANGE_BLOCKING,    /* ours, blocking */
    EXCHANGE_NONBLOCKING, /* ours, non-blocking */
    EXCHANGE_FOREIGN,     /* the driver's, in whatever form its library or kernel keeps them */
    EXCHANGE_OFFLOADING,  /* ours, non-blocking; the driver hands jobs to another thread */
};

struct exchange {
    int fd; /* -1 while there is none, and always if it is the driver's */
    uint8_t phase, kind;
    bool kept; /* between requests: the connection is open and will be reused */
    /* The last step read all available data or filled the send buffer, so the kernel will report a
     * change. Where it is not set, an edge-triggered loop has to step again. */
    bool exhausted;
    uint32_t slot;
    uint32_t request_size, request_sent; /* size: from the first exchange_unsent() on */
    uint32_t index; /* of the request under way, in its batch; pipelined: of the first */
    const struct load *load;
    const struct batch *batch;
    struct sample *sample; /* of the request under way; pipelined: of the next response */
    int64_t bound;         /* the same */
    void *job_context;     /* of the slot's jobs, or NULL */
    union {
        struct response_reader reader; /* while receiving */
        struct job job;                /* while it is executed */
        struct exchange *next_free;    /* while it has no request: intake.h */
    };
};

/* Allocate and free the memory that a load has for C slots, before setup and after teardown, so
 * that nothing is allocated in run() and drivers free nothing. What is not touched takes address
 * space only. */
void exchange_open_load(struct load *load);
void exchange_close_load(struct load *load);

/* Initialise a slot; no system call. */
void exchange_init(struct exchange *exchange, const struct load *load, uint32_t slot,
                   enum exchange_kind kind);

/* Open the slot's kept connection in setup, untimed; does nothing if the load does not keep
 * connections. Returns 0 or -1. A driver with sockets of its own then takes over the descriptor
 * (non-blocking; -1 if there is none), and has to close it. */
int exchange_open(struct exchange *exchange, struct error *error);
int exchange_take(struct exchange *exchange);

/* A socket with the workload's options, for a driver that creates its own; `flags` may be
 * SOCK_NONBLOCK. Returns the descriptor, or -1 with errno. */
int exchange_socket(const struct exchange *exchange, int flags);

/* Allocate slots `first` to `first` + `count` - 1 of a load, structs of `size` bytes whose first
 * member is an exchange (the rest is zeroed), and open their kept connections. Returns NULL with
 * `error` filled and everything released. */
void *exchange_open_slots(const struct load *load, unsigned first, unsigned count, size_t size,
                          enum exchange_kind kind, struct error *error);

/* Close and free them; `slots` may be NULL. */
void exchange_close_slots(void *slots, unsigned count, size_t size);

/* Close what is open. The exchange can be used again. */
void exchange_close(struct exchange *exchange);

/* Blocking form: execute request `index` from start to end, not before its intended start. */
void exchange_run(struct exchange *exchange, struct batch *batch, size_t index);

/* Readiness form. `begin` records the start time and may already return EXCHANGE_OVER (no socket).
 * After EXCHANGE_OVER the slot is free for the next request. */
enum exchange_want exchange_begin(struct exchange *exchange, struct batch *batch, size_t index);
enum exchange_want exchange_step(struct exchange *exchange);

/* Offloading slots: execute the job for which `begin` returned EXCHANGE_WORK. Blocks. Any thread
 * may call it, but only one at a time may use the exchange, so hand it over and back under a lock.
 * The request is over when it returns. */
void exchange_work(struct exchange *exchange);

/* Completion form: pass in the result of an operation (a count, or -errno); the return value is the
 * next operation: WRITE, the rest of the request (exchange_unsent); READ, (more of) the response.
 * With EXCHANGE_FOREIGN exchange_begin creates no socket: in phase NEW the driver creates one
 * (on_socket) and connects it, and closes it after the request unless `kept`. */
enum exchange_want exchange_on_socket(struct exchange *exchange, int result);
enum exchange_want exchange_on_connect(struct exchange *exchange, int result);
enum exchange_want exchange_on_send(struct exchange *exchange, ssize_t result);
enum exchange_want exchange_on_receive(struct exchange *exchange, const char *data, ssize_t result);

/* Receive into a buffer on the stack, of a size that suits the load's responses: `receive` gets it,
 * and what that returns is returned. For loops whose slots have small stacks of their own. */
typedef enum exchange_want exchange_receive_fn(struct exchange *exchange, char *input, size_t size);
enum exchange_want exchange_receive_by(struct exchange *exchange, exchange_receive_fn *receive);

/* The bytes to send next. A request's text is not kept: unless the load has it, it is formatted
 * into `buffer` (load_request_bytes()), which has to last until the operation that sends it is
 * over. */
const char *exchange_unsent(struct exchange *exchange, char *buffer, size_t *size);

/* How many these are, once exchange_unsent() has returned them. */
size_t exchange_unsent_bytes(const struct exchange *exchange);

/* The whole request was sent: receive from here on. Only for those who did not use on_send. */
void exchange_expect_response(struct exchange *exchange);

/* Has slot `slot` begun request `index`, and not ended it? */
bool exchange_is_under_way(const struct batch *batch, size_t index, uint32_t slot);

/* End request `index`, which no exchange could execute: its thread or process could not be created,
 * or died. */
void exchange_fail(struct batch *batch, size_t index, uint32_t slot, enum outcome outcome,
                   int errnum);

#endif
