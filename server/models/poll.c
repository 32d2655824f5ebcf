/* poll: one thread, and a list of all sockets handed over at every call.
 *
 * The same loop as epoll's, with the system call of 1986 (System V; in Linux since 2.1.23). The
 * kernel keeps nothing between two calls: each gets an array with an entry for every socket, looks
 * at all of them, and returns it with those marked that are ready, which the program has to find by
 * looking at all of them again. A wake-up therefore costs what waits, not what is ready: with a
 * thousand connections and one ready, two thousand looks for one response.
 *
 * Choose it for tens of connections, or where the code has to run on every Unix. */
#include <errno.h>
#include <stdlib.h>

#include "server/model.h"
#include "server/readiness.h"
#include "server/server.h"

struct poll_connection {
    struct connection connection;
    unsigned at; /* its place among `polled`; 0: none */
};

struct poll_loop {
    struct connections connections;
    struct pollfd *polled; /* the stop descriptor, the listeners, then connections */
    struct poll_connection **owners;
    unsigned count, capacity;
};

static int loop_grow(struct poll_loop *loop)
{
    unsigned capacity = loop->capacity ? 2 * loop->capacity : 64;
    struct pollfd *polled = realloc(loop->polled, capacity * sizeof(*polled));
    if (!polled)
        return -1;
    loop->polled = polled;
    struct poll_connection **owners =
        realloc(loop->owners, capacity * sizeof(struct poll_connection *));
    if (!owners)
        return -1;
    loop->owners = owners;
    loop->capacity = capacity;
    return 0;
}

/* Returns its place, or 0 if there is no memory. */
static unsigned loop_add(struct poll_loop *loop, int fd, struct poll_connection *owner)
{
    if (loop->count == loop->capacity && loop_grow(loop) < 0)
        return 0;
    loop->polled[loop->count] = (struct pollfd){.fd = fd};
    loop->owners[loop->count] = owner;
    return loop->count++;
}

/* The last takes its place. */
static void loop_remove(struct poll_loop *loop, unsigned at)
{
    unsigned last = --loop->count;
    loop->polled[at] = loop->polled[last];
    loop->owners[at] = loop->owners[last];
    loop->owners[at]->at = at;
}

static void loop_forget(struct connection *connection)
{
    struct poll_connection *c = (struct poll_connection *)connection;
    if (c->at)
        loop_remove(connection->owner->loop, c->at);
    c->at = 0;
}

static int loop_watch(struct connection *connection, short events)
{
    struct poll_connection *c = (struct poll_connection *)connection;
    struct poll_loop *loop = connection->owner->loop;
    if (!events)
        loop_forget(connection);
    else if (!c->at)
        c->at = loop_add(loop, connection->fd, c);
    if (events && !c->at)
        return -1;
    loop->polled[c->at].events = events;
    return 0;
}

static void loop_listen(struct connections *connections, bool on)
{
    struct poll_loop *loop = connections->loop;
    for (size_t i = 0; i < connections->worker->listeners->count; i++)
        loop->polled[1 + i].events = on ? POLLIN : 0;
}

/* From the last to the first: whatever is added or removed meanwhile changes only places that were
 * already looked at, or brings one of those here again, which does no harm. */
static void report_all(struct poll_loop *loop)
{
    unsigned first = 1 + (unsigned)loop->connections.worker->listeners->count;
    for (unsigned i = loop->count; i-- > first;)
        if (i < loop->count && loop->polled[i].revents)
            connection_ready(&loop->owners[i]->connection);
    for (unsigned i = 1; i < first; i++)
        if (loop->polled[i].revents)
            connections_accept(&loop->connections, loop->polled[i].fd);
}

static int loop_run(struct poll_loop *loop, struct error *error)
{
    while (connections_turn(&loop->connections)) {
        nsec_t left = connections_wait(&loop->connections);
        struct timespec timeout = clock_timespec(left);
        int ready = ppoll(loop->polled, loop->count, left == INT64_MAX ? NULL : &timeout, NULL);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "ppoll");
        if (ready > 0)
            report_all(loop);
    }
    return 0;
}

static int poll_serve(struct worker *worker, struct error *error)
{
    static const struct connections_ops ops = {.form = &readiness,
                                               .connection_bytes = sizeof(struct poll_connection) +
                                                                   sizeof(struct pollfd) +
                                                                   sizeof(struct poll_connection *),
                                               .watch = loop_watch,
                                               .listen = loop_listen,
                                               .forget = loop_forget};
    struct poll_loop loop = {0};
    if (loop_grow(&loop) < 0) {
        free(loop.polled);
        return error_errno(error, ENOMEM, "poll");
    }
    connections_init(&loop.connections, worker, &ops, &loop);
    loop_add(&loop, server_stop_fd(worker->server), NULL);
    loop.polled[0].events = POLLIN;
    for (size_t i = 0; i < worker->listeners->count; i++)
        loop_add(&loop, worker->listeners->at[i].fd, NULL);
    connections_listen(&loop.connections);
    int result = loop_run(&loop, error);
    connections_release(&loop.connections);
    free(loop.polled);
    free(loop.owners);
    return result;
}

const struct server_model server_model_poll = {
    .name = "poll",
    .summary = "one thread, one loop that hands all its sockets to each poll()",
    .workers = WORKERS_ONE,
    .serve = poll_serve,
};
