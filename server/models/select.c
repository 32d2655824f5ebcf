/* select: one thread, and three sets of bits handed over at every call.
 *
 * The first of its kind (4.2BSD, 1983), and the same loop as poll's: the kernel keeps nothing, and
 * a wake-up costs a look at every descriptor up to the highest. The sets are bit masks of
 * FD_SETSIZE places, 1024, and a descriptor is a place in them: a program with more descriptors
 * than that cannot use it, whatever it waits for. A connection with a higher descriptor is closed
 * at once, and counted as refused.
 *
 * Choose it for a handful of descriptors, or in code that is older than its alternatives. */
#include <errno.h>
#include <sys/select.h>

#include "server/model.h"
#include "server/readiness.h"
#include "server/server.h"

struct select_loop {
    struct connections connections;
    fd_set reading, writing;
    struct connection *owners[FD_SETSIZE]; /* NULL: the stop descriptor, or a listener */
    int end;                               /* one above the highest descriptor */
};

/* Standard streams, listening sockets, the account and the loop's own, with room to spare. */
enum { OTHER_DESCRIPTORS = 64 };

static void set(fd_set *set, int fd, bool on)
{
    if (on)
        FD_SET(fd, set);
    else
        FD_CLR(fd, set);
}

static int loop_watch(struct connection *c, short events)
{
    struct select_loop *loop = c->owner->loop;
    if (c->fd >= FD_SETSIZE) {
        errno = EMFILE;
        return -1;
    }
    loop->owners[c->fd] = c;
    if (c->fd >= loop->end)
        loop->end = c->fd + 1;
    set(&loop->reading, c->fd, events & POLLIN);
    set(&loop->writing, c->fd, events & POLLOUT);
    return 0;
}

static void loop_forget(struct connection *c)
{
    if (c->fd < FD_SETSIZE)
        loop_watch(c, 0);
}

static void loop_listen(struct connections *connections, bool on)
{
    struct select_loop *loop = connections->loop;
    const struct listeners *listeners = connections->worker->listeners;
    for (size_t i = 0; i < listeners->count; i++)
        set(&loop->reading, listeners->at[i].fd, on);
}

static void report_all(struct select_loop *loop, const fd_set *readable, const fd_set *writable)
{
    int end = loop->end;
    const struct listeners *listeners = loop->connections.worker->listeners;
    for (int fd = 0; fd < end; fd++)
        if (loop->owners[fd] && (FD_ISSET(fd, readable) || FD_ISSET(fd, writable)))
            connection_ready(loop->owners[fd]);
    for (size_t i = 0; i < listeners->count; i++)
        if (FD_ISSET(listeners->at[i].fd, readable))
            connections_accept(&loop->connections, listeners->at[i].fd);
}

static int loop_run(struct select_loop *loop, struct error *error)
{
    while (connections_turn(&loop->connections)) {
        fd_set readable = loop->reading, writable = loop->writing;
        nsec_t left = connections_wait(&loop->connections);
        struct timespec timeout = clock_timespec(left);
        int ready = pselect(loop->end, &readable, &writable, NULL,
                            left == INT64_MAX ? NULL : &timeout, NULL);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "pselect");
        if (ready > 0)
            report_all(loop, &readable, &writable);
    }
    return 0;
}

static int select_serve(struct worker *worker, struct error *error)
{
    static const struct connections_ops ops = {.form = &readiness,
                                               .connection_bytes = sizeof(struct connection),
                                               .watch = loop_watch,
                                               .listen = loop_listen,
                                               .forget = loop_forget};
    struct select_loop loop = {0};
    int stop = server_stop_fd(worker->server);
    connections_init(&loop.connections, worker, &ops, &loop);
    FD_SET(stop, &loop.reading);
    loop.end = stop + 1;
    for (size_t i = 0; i < worker->listeners->count; i++)
        if (worker->listeners->at[i].fd >= loop.end)
            loop.end = worker->listeners->at[i].fd + 1;
    connections_listen(&loop.connections);
    int result = loop_run(&loop, error);
    connections_release(&loop.connections);
    return result;
}

const struct server_model server_model_select = {
    .name = "select",
    .summary = "one thread, one loop that hands bit masks of its sockets to each select()",
    .workers = WORKERS_ONE,
    .connections_most = FD_SETSIZE - OTHER_DESCRIPTORS,
    .serve = select_serve,
};
