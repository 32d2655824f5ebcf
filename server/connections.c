/* Connections are accepted until the queue is empty, up to ACCEPTS_AT_ONCE, and each is read from
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

/* The loop may still have a report of it. */
static void release_at_end_of_turn(struct connection *c)
{
    c->next_closed = c->owner->closed;
    c->owner->closed = c;
}

void connection_close(struct connection *c)
{
    if (c->fd < 0)
        return;
    c->owner->ops->form->close(c);
    c->fd = -1;
    timeout_list_remove(&c->waiting);
    dialogue_abort(&c->dialogue);
    if (c->operations)
        return; /* they need what the dialogue holds */
    dialogue_end(&c->dialogue);
    if (!c->delayed)
        release_at_end_of_turn(c);
}

void connection_completed(struct connection *c)
{
    c->operations--;
    if (c->fd >= 0 || c->operations)
        return;
    dialogue_end(&c->dialogue);
    if (!c->delayed)
        release_at_end_of_turn(c);
}

void connection_enter(struct connection *c, enum dialogue_next next, bool anew, nsec_t now)
{
    struct timers *timers = &c->owner->timers;
    switch (next) {
    case DIALOGUE_RECEIVE:
    case DIALOGUE_SEND:
        if (anew || !c->waiting.next)
            timeout_list_add(&timers->idle, &c->waiting, now);
        break;
    case DIALOGUE_DELAY:
        timeout_list_remove(&c->waiting);
        c->delayed = true;
        deadlines_add(&timers->deadlines, c->dialogue.due, c);
        break;
    case DIALOGUE_DRAIN:
        shutdown(c->fd, SHUT_WR);
        timeout_list_add(&timers->draining, &c->waiting, now);
        break;
    case DIALOGUE_CLOSE: connection_close(c);
    }
}

static void advance(struct connection *c, enum dialogue_next next, nsec_t now)
{
    c->owner->ops->form->advance(c, next, now);
}

/* The dialogue takes input in every state, and acts on it where it waits for some. After an error
 * during the delay, sending the response will fail. */
void connection_received(struct connection *c, const char *data, ssize_t size)
{
    nsec_t now = clock_now();
    enum dialogue_next before = c->dialogue.next;
    if (c->fd < 0)
        return;
    if (size < 0 && !c->delayed) {
        connection_close(c);
        return;
    }
    enum dialogue_next next =
        dialogue_received(&c->dialogue, data, size > 0 ? (size_t)size : 0, now);
    if (next != before)
        advance(c, next, now);
}

enum dialogue_next connection_drain_unread(struct connection *c)
{
    struct worker *worker = c->owner->worker;
    ssize_t size = recv(c->fd, worker->input, sizeof(worker->input), MSG_DONTWAIT);
    return size > 0 ? dialogue_drain(&c->dialogue) : DIALOGUE_CLOSE;
}

void connection_sent(struct connection *c, ssize_t sent)
{
    nsec_t now = clock_now();
    if (c->fd < 0)
        return;
    enum dialogue_next next =
        sent < 0 ? DIALOGUE_CLOSE : dialogue_sent(&c->dialogue, (size_t)sent, now);
    if (next == DIALOGUE_CLOSE && sent >= 0)
        next = connection_drain_unread(c);
    advance(c, next, now);
}

static void on_due(void *owner)
{
    struct connection *c = owner;
    nsec_t now = clock_now();
    c->delayed = false;
    if (c->fd >= 0)
        advance(c, dialogue_due(&c->dialogue, now), now);
    else if (!c->operations)
        release_at_end_of_turn(c);
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

void connections_open(struct connections *connections, int fd)
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
    connections->ops->form->begin(c);
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

void connections_pause(struct connections *connections)
{
    connections->ops->listen(connections, false);
    connections->listen_again = clock_now() + LISTEN_PAUSE;
}

/* A connection that cannot be accepted stays in the queue and keeps the listener ready, so the loop
 * would spin. Accept it with the reserve descriptor and close it. */
static void refuse(struct connections *connections, int listener, int errnum)
{
    bool queue_is_empty = false;
    int fd = -1;
    if (connections->reserve_fd >= 0) {
        close(connections->reserve_fd);
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        queue_is_empty = fd < 0 && errno == EAGAIN;
        if (fd >= 0)
            close(fd);
    }
    connections->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        connections_pause(connections);
    if (!queue_is_empty)
        worker_refused(connections->worker, errnum);
}

bool connections_make_room(struct connections *connections, int listener, int errnum)
{
    if (give_up_the_gone(connections) > 0)
        return true;
    refuse(connections, listener, errnum);
    return false;
}

void connections_accept(struct connections *connections, int listener)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE && !connections->ending; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), errnum = errno;
        bool lacking = fd < 0 && worker_lacks_resources(errnum);
        if (fd >= 0)
            connections_open(connections, fd);
        else if (errnum == EAGAIN || errnum == EINVAL || /* none is left, or shut down */
                 (lacking && !connections_make_room(connections, listener, errnum)))
            break;
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
        connections->count--;
        free(c);
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

void connections_close(struct connections *connections)
{
    timeout_list_each(&connections->timers.idle, close_listed);
    timeout_list_each(&connections->timers.draining, close_listed);
    for (size_t i = 0; i < connections->timers.deadlines.count; i++)
        connection_close(connections->timers.deadlines.heap[i].owner);
}

void connections_release(struct connections *connections)
{
    connections_close(connections);
    release_closed(connections);
    for (size_t i = 0; i < connections->timers.deadlines.count; i++)
        free(connections->timers.deadlines.heap[i].owner);
    deadlines_release(&connections->timers.deadlines);
    if (connections->reserve_fd >= 0)
        close(connections->reserve_fd);
}
