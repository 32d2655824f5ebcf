/* All connections of one loop, whatever it waits with: accepting, delays, timeouts, and the end.
 * How bytes move is a form of its own: readiness.h, or completions (below). */
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
    int fd;             /* -1: closed; the memory is released when nothing refers to it any more */
    short watched;      /* of the readiness form: POLLIN, POLLOUT or 0 */
    bool delayed;       /* the deadlines have an entry of it */
    uint8_t operations; /* of the completion form: started, and not completed */
};

/* How a dialogue's next step is done. */
struct connections_form {
    void (*begin)(struct connection *connection); /* accepted: receive */
    /* After a delay, a timeout, or a completion. */
    void (*advance)(struct connection *connection, enum dialogue_next next, nsec_t now);
    /* Close the descriptor, and let no operation wait for it. */
    void (*close)(struct connection *connection);
};

struct connections_ops {
    const struct connections_form *form;
    size_t connection_bytes; /* of the model's struct; it is zeroed */
    /* Report when the listeners are ready, or not. */
    void (*listen)(struct connections *connections, bool on);

    /* Of the readiness form: report when the connection is ready for `events` (POLLIN, POLLOUT), or
     * nothing if 0; called only for a change from `watched`. Returns 0, or -1 if that is
     * impossible. */
    int (*watch)(struct connection *connection, short events);
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

/* Close all. Where that takes operations, await their completions before connections_release. */
void connections_close(struct connections *connections);
void connections_release(struct connections *connections);

/* ---- accepting ---- */

/* The listening socket `fd` is readable: accept until its queue is empty, up to a bound. */
void connections_accept(struct connections *connections, int fd);

/* A model that accepts in another way has accepted `fd`. */
void connections_open(struct connections *connections, int fd);

/* accept() failed because no descriptors or memory are left. Either requests are given up whose
 * clients have gone: returns true. Or the next connection is refused; if that is impossible too,
 * the model stops listening for a while. */
bool connections_make_room(struct connections *connections, int listener, int errnum);

/* Stop listening for a while. */
void connections_pause(struct connections *connections);

/* ---- one connection ---- */

/* Count the state that begins towards its timeout (`anew`, or if none is running), or its delay; or
 * close. */
void connection_enter(struct connection *connection, enum dialogue_next next, bool anew,
                      nsec_t now);

/* Close it, unless it is closed. Its memory is released at the end of the loop's turn, or once
 * nothing refers to it. */
void connection_close(struct connection *connection);

/* All was sent and the connection is to be closed: drain it first if there is unread input. */
enum dialogue_next connection_drain_unread(struct connection *connection);

/* Completions; -errno: it failed. The form's advance() does what comes next. */
void connection_received(struct connection *connection, const char *data, ssize_t size);
void connection_sent(struct connection *connection, ssize_t sent);

/* After each completion: one operation less. */
void connection_completed(struct connection *connection);

/* ---- the loop's turns ---- */

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
