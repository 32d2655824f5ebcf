/* The blocking form of the dialogue: sequential code that serves one connection at a time. Its
 * calls return when they are done. Who is blocked meanwhile is a thread or process, or a coroutine.
 */
#ifndef WAITBENCH_SERVER_BLOCKING_H
#define WAITBENCH_SERVER_BLOCKING_H

#include <poll.h>

#include "dialogue.h"

/* ---- for threads and processes ---- */

/* The next connection of the worker's listener, or -1 once the server is to end. */
int blocking_accept(struct worker *worker);

/* Serve a connection to its end, and close it. */
void blocking_serve(struct worker *worker, int fd);

/* One connection after another, until the server ends: the whole of some models. Returns 0. */
int blocking_serve_all(struct worker *worker, struct error *error);

/* ---- for whoever waits in another way ---- */

struct blocking;

struct blocking_ops {
    int socket_flags; /* of accepted connections: SOCK_NONBLOCK, unless the calls themselves wait */
    /* Bound how long a call on this socket waits. NULL: the calls do not wait. */
    void (*limit_time)(int fd, nsec_t limit);
    /* A call returned EAGAIN: return when `fd` is ready for `events` (POLLIN, POLLOUT), or after
     * `limit`. May return early. NULL: the call has waited. */
    void (*await)(struct blocking *self, int fd, short events, nsec_t limit);
    void (*sleep_until)(struct blocking *self, nsec_t due);
};

/* To be put into a struct of its owner's, as the first member. */
struct blocking {
    const struct blocking_ops *ops;
    struct worker *worker;
};

/* As blocking_accept, from this listening socket. */
int blocking_accept_from(struct blocking *self, int listener);

/* Serve a connection until it is to be closed. */
void blocking_converse(struct blocking *self, int fd);

#endif
