/* The server's side of one connection, without I/O: what its owner does with bytes, time and
 * silence is decided here, once for all server models.
 *
 *   receive ---request---> delay ---due---> send ---all sent---> receive again, or close
 *      |                                      ^
 *      +---bad request: an error response ----+---all sent---> drain ---> close
 *
 * A model does what each call returns. It can do so in three forms: with blocking calls
 * (blocking.h), when a descriptor is ready (readiness.h), or when an operation has completed
 * (connections.h). */
#ifndef WAITBENCH_SERVER_DIALOGUE_H
#define WAITBENCH_SERVER_DIALOGUE_H

#include "worker.h"

enum dialogue_next {
    DIALOGUE_RECEIVE, /* pass on what is received: dialogue_received() */
    DIALOGUE_DELAY,   /* wait until `due`, then dialogue_due(); input can wait */
    DIALOGUE_SEND,    /* send dialogue_output(), then dialogue_sent() */
    DIALOGUE_DRAIN,   /* shut down the sending side; then as RECEIVE, what comes is discarded */
    DIALOGUE_CLOSE,   /* close the descriptor and call dialogue_end() */
};

enum {
    DIALOGUE_BACKLOG_BYTES = 64 * 1024, /* most pipelined input that is kept */
    DIALOGUE_DRAIN_BYTES = 64 * 1024,   /* most input that is discarded after an error */
};

#define DIALOGUE_DRAIN_TIMEOUT NSEC_PER_SEC /* for a client to read an error and close */

struct dialogue {
    struct worker *worker;
    struct request_reader reader;
    int64_t bound;             /* of the request in flight */
    nsec_t delay, due;         /* of the request in flight */
    struct pending *unread;    /* pipelined input that was already received */
    struct pending *unwritten; /* a response, or its rest, that was not sent at once */
    uint32_t drained;          /* bytes discarded */
    uint8_t next;              /* enum dialogue_next */
    bool keep_alive;           /* keep the connection after the current response */
    bool timing;               /* the response includes the server's times */
    bool in_flight;            /* a request was received, its response is not yet sent */
    bool rejected;             /* its response is an error: drain, then close */
    bool ended;                /* the client sends nothing more */
};

/* A connection was accepted: DIALOGUE_RECEIVE. */
void dialogue_begin(struct dialogue *dialogue, struct worker *worker);

/* It is being closed: its request will not be completed. dialogue_end() does so as well. */
void dialogue_abort(struct dialogue *dialogue);

/* It was closed: settle the account and release everything. */
void dialogue_end(struct dialogue *dialogue);

/* Input; size 0 is its end. Allowed in every state: what cannot be processed yet is kept, up to
 * DIALOGUE_BACKLOG_BYTES. `now` is when it was received. */
enum dialogue_next dialogue_received(struct dialogue *dialogue, const char *data, size_t size,
                                     nsec_t now);

/* The delay is over (`due` has passed). */
enum dialogue_next dialogue_due(struct dialogue *dialogue, nsec_t now);

/* What is to be sent: valid until the worker serves another connection, unless it is kept. */
const char *dialogue_output(const struct dialogue *dialogue, size_t *size);
int dialogue_keep_output(struct dialogue *dialogue); /* 0, or -1 if there is no memory */

/* Of the output, `size` bytes were sent; the rest is kept. */
enum dialogue_next dialogue_sent(struct dialogue *dialogue, size_t size, nsec_t now);

/* The state lasted longer than dialogue_timeout(). */
enum dialogue_next dialogue_expired(struct dialogue *dialogue);

/* How long the state may last, from its beginning: silence, a request in pieces, a client that does
 * not read. INT64_MAX during the delay. */
nsec_t dialogue_timeout(const struct dialogue *dialogue);

/* The response being sent is the connection's last: MSG_MORE, with the FIN right behind it. */
static inline bool dialogue_is_last(const struct dialogue *dialogue)
{
    return !dialogue->keep_alive;
}

/* DIALOGUE_CLOSE was returned, but input is unread: closing now would send a reset, which can
 * destroy the response on its way. Drain first. */
enum dialogue_next dialogue_drain(struct dialogue *dialogue);

/* No request has been received that awaits its response: the server may close it when it ends. */
static inline bool dialogue_is_idle(const struct dialogue *dialogue)
{
    return dialogue->next == DIALOGUE_RECEIVE;
}

#endif
