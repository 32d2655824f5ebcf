/* Each operation is tried at once; the loop watches the descriptor only after EAGAIN. A client that
 * has sent its request by the time it is accepted costs accept, recv, send and close, and no change
 * of what is watched. Kept connections stay watched from one request to the next.
 *
 * Connections are accepted until the queue is empty, up to ACCEPTS_AT_ONCE, and each is read from
 * at once. (TCP_DEFER_ACCEPT would save that attempt if the request comes later, but it moves
 * connections from the accept queue into the SYN queue, and the behaviour of a full backlog is one
 * of the things this server has to show.) */
#include "connections.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPTS_AT_ONCE = 64, /* then open connections are served */
    LOOKS_AT_ONCE = 256,  /* connections that one poll() looks at */
};

static const nsec_t LISTEN_PAUSE = 100 * NSEC_PER_MSEC; /* when nothing can be accepted */

/* ---- one connection ---- */

static int watch(struct connection *c, short events)
{
    if (c->watched == events)
        return 0;
    if (c->owner->ops->watch(c, events) < 0)
        return -1;
    c->watched = events;
    return 0;
}

static void connection_free(struct connection *c)
{
    c->owner->count--;
    free(c);
}

/* The loop may still have a report of it, and the deadlines an entry. */
static void connection_close(struct connection *c)
{
    struct connections *owner = c->owner;
    bool delayed = c->dialogue.next == DIALOGUE_DELAY;
    if (owner->ops->forget)
        owner->ops->forget(c);
    close(c->fd);
    c->fd = -1;
    timeout_list_remove(&c->waiting);
    dialogue_end(&c->dialogue);
    if (delayed)
        return; /* released when due */
    c->next_closed = owner->closed;
    owner->closed = c;
}

/* Returns DIALOGUE_SEND only if the socket is full. The last response is held back (MSG_MORE) until
 * the close that follows at once: both leave in one segment, which halves their cost on both
 * sides. */
static enum dialogue_next send_output(struct connection *c, nsec_t now)
{
    struct dialogue *d = &c->dialogue;
    size_t size;
    const char *data = dialogue_output(d, &size);
    int flags = dialogue_is_last(d) && !d->unwritten ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    ssize_t sent = send(c->fd, data, size, flags);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return DIALOGUE_CLOSE;
    return dialogue_sent(d, sent > 0 ? (size_t)sent : 0, now);
}

static bool has_unread_input(const struct connection *c)
{
    struct worker *worker = c->owner->worker;
    return recv(c->fd, worker->input, sizeof(worker->input), 0) > 0;
}

/* Wait for `events`, at most for the state's timeout; `anew`: counted from now. */
static void wait_for(struct connection *c, short events, struct timeout_list *list, bool anew,
                     nsec_t now)
{
    if (anew || !c->waiting.next)
        timeout_list_add(list, &c->waiting, now);
    if (watch(c, events) == 0)
        return;
    worker_refused(c->owner->worker, errno);
    connection_close(c);
}

static void wait_until_due(struct connection *c)
{
    timeout_list_remove(&c->waiting);
    if (dialogue_is_last(&c->dialogue))
        watch(c, 0); /* its last request: further input is ignored */
    deadlines_add(&c->owner->timers.deadlines, c->dialogue.due, c);
}

/* Do what comes next, until the socket or the time has to be waited for. */
static void advance(struct connection *c, enum dialogue_next next, nsec_t now)
{
    struct connections *owner = c->owner;
    bool sent = false;
    while (next == DIALOGUE_SEND) {
        next = send_output(c, now);
        sent = next != DIALOGUE_SEND || !c->dialogue.unwritten;
        if (!sent) {
            wait_for(c, POLLOUT, &owner->timers.idle, c->watched != POLLOUT, now);
            return;
        }
    }
    if (next == DIALOGUE_CLOSE && sent && has_unread_input(c))
        next = dialogue_drain(&c->dialogue);
    switch (next) {
    case DIALOGUE_RECEIVE: wait_for(c, POLLIN, &owner->timers.idle, sent, now); break;
    case DIALOGUE_DELAY: wait_until_due(c); break;
    case DIALOGUE_DRAIN:
        shutdown(c->fd, SHUT_WR);
        wait_for(c, POLLIN, &owner->timers.draining, true, now);
        break;
    default: connection_close(c);
    }
}

static void receive(struct connection *c)
{
    struct worker *worker = c->owner->worker;
    ssize_t size = recv(c->fd, worker->input, sizeof(worker->input), 0);
    if (size < 0 && errno != EAGAIN && errno != EINTR) {
        connection_close(c);
        return;
    }
    nsec_t now = clock_now();
    enum dialogue_next before = c->dialogue.next;
    enum dialogue_next next =
        size < 0 ? before : dialogue_received(&c->dialogue, worker->input, (size_t)size, now);
    if (next != DIALOGUE_DRAIN)
        advance(c, next, now);
}

void connection_ready(struct connection *c)
{
    struct connections *owner = c->owner;
    if (c->fd < 0)
        return;
    switch ((enum dialogue_next)c->dialogue.next) {
    case DIALOGUE_DELAY: watch(c, 0); break; /* input or its end: handled after the response */
    case DIALOGUE_SEND: advance(c, DIALOGUE_SEND, clock_now()); break;
    default: receive(c);
    }
    /* A turn of the loop may be long, with thousands ready: send what is due in between. */
    connections_run_due(owner, 1);
}

static void on_due(void *owner)
{
    struct connection *c = owner;
    nsec_t now = clock_now();
    if (c->fd < 0)
        connection_free(c);
    else
        advance(c, dialogue_due(&c->dialogue, now), now);
}

static struct connection *connection_of(struct timeout_link *link)
{
    return (struct connection *)((char *)link - offsetof(struct connection, waiting));
}

static void on_expired(struct timeout_link *link)
{
    struct connection *c = connection_of(link);
    advance(c, dialogue_expired(&c->dialogue), clock_now());
}

/* ---- accepting ---- */

static void connection_open(struct connections *connections, int fd)
{
    struct connection *c = calloc(1, connections->ops->connection_bytes);
    if (!c || deadlines_reserve(&connections->timers.deadlines, connections->count + 1) < 0) {
        free(c);
        close(fd);
        worker_refused(connections->worker, ENOMEM);
        return;
    }
    connections->count++;
    c->owner = connections;
    c->fd = fd;
    dialogue_begin(&c->dialogue, connections->worker);
    timeout_list_add(&connections->timers.idle, &c->waiting, clock_now());
    receive(c); /* most clients send their request at once */
}

/* Close those of `n` delayed connections whose clients have closed their side. Returns how many. */
static unsigned close_the_gone(struct connection **delayed, unsigned n)
{
    struct pollfd looks[LOOKS_AT_ONCE];
    unsigned gone = 0;
    for (unsigned i = 0; i < n; i++)
        looks[i] = (struct pollfd){.fd = delayed[i]->fd, .events = POLLRDHUP};
    if (poll(looks, n, 0) <= 0)
        return 0;
    for (unsigned i = 0; i < n; i++) {
        if (!looks[i].revents)
            continue;
        connection_close(delayed[i]);
        gone++;
    }
    return gone;
}

/* No descriptors are left: give up requests in their delay whose clients have closed their side.
 * (With descriptors left they are completed: the client may have closed its sending side only.)
 * Returns how many. */
static unsigned give_up_the_gone(struct connections *connections)
{
    const struct deadlines *deadlines = &connections->timers.deadlines;
    struct connection *delayed[LOOKS_AT_ONCE];
    unsigned gone = 0, n = 0;
    for (size_t i = 0; i < deadlines->count; i++) {
        struct connection *c = deadlines->heap[i].owner;
        if (c->fd >= 0)
            delayed[n++] = c;
        if (n == LOOKS_AT_ONCE || i + 1 == deadlines->count) {
            gone += close_the_gone(delayed, n);
            n = 0;
        }
    }
    return gone;
}

/* A connection that cannot be accepted stays in the queue and keeps the listener ready, so the loop
 * would spin. Accept it with the reserve descriptor and close it. If that fails too, stop watching
 * the listeners for a while. */
static void refuse(struct connections *connections, int listener, int errnum)
{
    int fd = -1;
    if (connections->reserve_fd >= 0) {
        close(connections->reserve_fd);
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            close(fd);
    }
    connections->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        connections->ops->listen(connections, false);
        connections->listen_again = clock_now() + LISTEN_PAUSE;
    }
    worker_refused(connections->worker, errnum);
}

void connections_accept(struct connections *connections, int listener)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE && !connections->ending; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), errnum = errno;
        if (fd >= 0) {
            connection_open(connections, fd);
        } else if (errnum == EAGAIN || errnum == EINVAL) {
            break; /* the queue is empty, or the listener was shut down */
        } else if (worker_lacks_resources(errnum) && give_up_the_gone(connections) == 0) {
            refuse(connections, listener, errnum);
            break;
        }
        connections_run_due(connections, 1);
    }
}

/* ---- the loop's turns ---- */

void connections_run_due(struct connections *connections, unsigned most)
{
    deadlines_run(&connections->timers.deadlines, most);
}

static void release_closed(struct connections *connections)
{
    struct connection *c;
    while ((c = connections->closed)) {
        connections->closed = c->next_closed;
        connection_free(c);
    }
}

static void close_listed(struct timeout_link *link)
{
    connection_close(connection_of(link));
}

static void close_if_idle(struct timeout_link *link)
{
    if (dialogue_is_idle(&connection_of(link)->dialogue))
        close_listed(link);
}

static void begin_ending(struct connections *connections)
{
    connections->ending = true;
    connections->listen_again = 0;
    connections->ops->listen(connections, false);
    timeout_list_each(&connections->timers.idle, close_if_idle);
}

bool connections_turn(struct connections *connections)
{
    nsec_t now = timers_run(&connections->timers);
    if (connections->listen_again && now >= connections->listen_again)
        connections_listen(connections);
    if (!connections->ending && worker_is_ending(connections->worker))
        begin_ending(connections);
    release_closed(connections);
    return !connections->ending || connections->worker->row->in_flight > 0;
}

nsec_t connections_next(const struct connections *connections)
{
    return timers_next(&connections->timers, connections->listen_again);
}

nsec_t connections_wait(const struct connections *connections)
{
    return timers_left(connections_next(connections));
}

/* ---- all of them ---- */

void connections_init(struct connections *connections, struct worker *worker,
                      const struct connections_ops *ops, void *loop)
{
    *connections = (struct connections){
        .worker = worker,
        .ops = ops,
        .loop = loop,
        .reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
    };
    timers_init(&connections->timers, worker, on_due, on_expired);
    worker->account->connection_bytes = ops->connection_bytes + sizeof(struct deadline);
}

void connections_listen(struct connections *connections)
{
    connections->listen_again = 0;
    connections->ops->listen(connections, true);
}

void connections_release(struct connections *connections)
{
    timeout_list_each(&connections->timers.idle, close_listed);
    timeout_list_each(&connections->timers.draining, close_listed);
    for (size_t i = 0; i < connections->timers.deadlines.count; i++) {
        struct connection *c = connections->timers.deadlines.heap[i].owner;
        if (c->fd >= 0)
            connection_close(c);
        connection_free(c);
    }
    release_closed(connections);
    deadlines_release(&connections->timers.deadlines);
    if (connections->reserve_fd >= 0)
        close(connections->reserve_fd);
}
