/* A worker: what one thread or process of a server model works with. */
#ifndef WAITBENCH_SERVER_WORKER_H
#define WAITBENCH_SERVER_WORKER_H

#include "lib/account.h"
#include "lib/protocol.h"
#include "lib/rng.h"
#include "listeners.h"
#include "settings.h"

enum {
    WORKER_READ_BYTES = 4096,
    WORKER_OUTPUT_BYTES = PROTOCOL_RESPONSE_BYTES + ACCOUNT_JSON_BYTES,
};

struct server;
struct server_model;

struct worker {
    const struct server *server;
    const struct server_model *model;
    const struct server_settings *settings;
    struct account *account;
    struct account_worker *row; /* its own */
    _Atomic int serving;        /* the descriptor that a blocking call may wait for, or -1 */
    const struct listeners *listeners;
    struct rng rng;
    size_t output_bytes;
    char input[WORKER_READ_BYTES];    /* of the connection that is being served */
    char output[WORKER_OUTPUT_BYTES]; /* a response, until it is sent or kept */
};

/* A signal was received: no new connections; requests in flight are completed. */
static inline bool worker_is_ending(const struct worker *worker)
{
    return atomic_load_explicit(&worker->account->ending, memory_order_relaxed);
}

/* From now on a blocking call may wait for this connection: a signal lets it end (-1: for none). */
void worker_serves(struct worker *worker, int fd);

/* Let a blocking call of the worker's return. To be called by a signal's handler, too. */
void worker_interrupt(struct worker *worker);

/* After accept() failed: whether no descriptors or memory are left, so that the connection stays in
 * the queue (else: it failed before it was accepted; try the next). */
bool worker_lacks_resources(int errnum);

/* Count a connection that was closed at once, for `errnum`, and warn. */
void worker_refused(struct worker *worker, int errnum);

/* Say why connections `what` ("are refused", "have to wait"), at most once a second in all. */
void worker_warn(struct worker *worker, const char *what, int errnum);

#endif
