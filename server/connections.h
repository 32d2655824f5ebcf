/* The readiness form of the dialogue: all connections of one event loop, with their delays and
 * timeouts. The loop of a server model only waits, with its own system call, and reports. */
#ifndef WAITBENCH_SERVER_CONNECTIONS_H
#define WAITBENCH_SERVER_CONNECTIONS_H

#include <poll.h>

#include "timers.h"

struct connections;

/* A model may put it into a struct of its own, as the first member. */
struct connection {
    struct dialogue dialogue;
    struct timeout_link waiting; /* while the connection's state is limited in time */
    struct connections *owner;
    struct connection *next_closed;
    int fd;        /* -1: closed, the memory is released at the end of the loop's turn */
    short watched; /* POLLIN, POLLOUT or 0 */
};

struct connections_ops {
    size_t connection_bytes; /* of the model's struct; it is zeroed */
    /* Report when the connection is ready for `events` (POLLIN, POLLOUT), or nothing if 0; called
     * only for a change from `watched`. Returns 0, or -1 if that is impossible. */
    int (*watch)(struct connection *connection, short events);
    /* Report when the listeners are ready, or not. */
    void (*listen)(struct connections *connections, bool on);
    /* The descriptor is about to be closed. NULL: nothing to do. */
    void (*forget)(struct connection *connection);
};

struct connections {
    struct worker *worker;
    const struct connections_ops *ops;
    void *loop; /* the model's */
    struct timers timers;
    struct connection *closed; /* to be released */
    size_t count;              /* connections whose memory is held */
    int reserve_fd;      /* closed for a moment when no descriptors are left, to accept and close */
    nsec_t listen_again; /* when the listeners are watched again; 0: they are, or are closed */
    bool ending;
};

/* The struct must not be moved afterwards. Call connections_listen when the loop is ready. */
void connections_init(struct connections *connections, struct worker *worker,
                      const struct connections_ops *ops, void *loop);
void connections_listen(struct connections *connections);
void connections_release(struct connections *connections);

/* ---- reports ---- */

/* The listening socket `fd` is readable: accept until its queue is empty, up to a bound. */
void connections_accept(struct connections *connections, int fd);

/* The connection is ready for what it was watched for, or in error. One that was closed earlier in
 * the same turn is ignored. */
void connection_ready(struct connection *connection);

/* At the end of each turn of the loop. Returns false once the server has ended: a signal was
 * received, and all requests are completed. */
bool connections_turn(struct connections *connections);

/* When connections_turn is to be called at the latest; INT64_MAX: only after a report. */
nsec_t connections_next(const struct connections *connections);

/* The same as a duration from now, at least 0. */
nsec_t connections_wait(const struct connections *connections);

/* Send the responses that have become due, a few of them. To be called when a turn may be long. */
void connections_run_due(struct connections *connections, unsigned most);

#endif
