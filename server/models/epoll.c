/* epoll: one thread, and the kernel keeps the list of what it waits for.
 *
 * A connection costs memory, not a thread: a struct of some 200 bytes and a socket. epoll_wait
 * returns what is ready, many at a time; each is served as far as it goes without waiting, then the
 * next. A delay is an entry in a queue of deadlines, which gives epoll_wait its timeout. Nothing
 * may block, and whatever computes keeps everybody waiting: with --work, one loop is one CPU.
 *
 * More CPUs take more loops, a thread each. They differ in how a new connection finds its loop:
 *
 * `epoll-shared`: all loops watch the same listening socket. Every loop that sleeps is woken by
 * every connection; one gets it, the others find nothing (EAGAIN) and go back: the thundering herd.
 *
 * `epoll-exclusive`: the same with EPOLLEXCLUSIVE: one loop is woken, of those that wait the one
 * that was registered first. A lightly loaded server therefore works in one loop while the others
 * sleep, and the load is shared only when that loop is too busy to be waiting.
 *
 * `reuseport`: a listening socket for each loop (SO_REUSEPORT), all on one port. The kernel deals
 * out connections by a hash of addresses and ports: evenly on average, not in each case, and
 * without looking who has time. Each socket has a queue of its own, so the backlog is multiplied by
 * the loops; and what the kernel has put into the queue of a stalled loop stays there.
 *
 * `reuseport-processes`: the same in processes. Descriptors are limited per process, and a crash
 * takes one loop only. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/model.h"
#include "server/readiness.h"
#include "server/server.h"

enum { EVENTS_MAX = 256 }; /* that one epoll_wait can return */

struct epoll_loop {
    struct connections connections;
    const struct epoll_config *config;
    int epoll;
};

struct epoll_config {
    uint32_t listen_flags; /* EPOLLEXCLUSIVE */
};

static int loop_watch(struct connection *c, short events)
{
    const struct epoll_loop *loop = c->owner->loop;
    struct epoll_event event = {.events = (uint32_t)events, .data.ptr = c};
    int operation = !c->watched ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
    return epoll_ctl(loop->epoll, operation, c->fd, &event);
}

/* A listener is registered with its place in the worker's set, connections with pointers: no
 * pointer is that small. */
static void loop_listen(struct connections *connections, bool on)
{
    const struct epoll_loop *loop = connections->loop;
    const struct listeners *listeners = connections->worker->listeners;
    for (size_t i = 0; i < listeners->count; i++) {
        struct epoll_event event = {.events = EPOLLIN | loop->config->listen_flags, .data.u64 = i};
        epoll_ctl(loop->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listeners->at[i].fd, &event);
    }
}

static void report(struct epoll_loop *loop, const struct epoll_event *event)
{
    const struct listeners *listeners = loop->connections.worker->listeners;
    if (event->data.u64 < listeners->count)
        connections_accept(&loop->connections, listeners->at[event->data.u64].fd);
    else if (event->data.u64 != LISTENERS_MAX) /* the end's: see connections_turn() */
        connection_ready(event->data.ptr);
}

/* Sleeps until something is ready or due. Returns how many events there are. */
static int loop_wait(const struct epoll_loop *loop, struct epoll_event *events)
{
    nsec_t left = connections_wait(&loop->connections);
    struct timespec timeout = clock_timespec(left);
    return epoll_pwait2(loop->epoll, events, EVENTS_MAX, left == INT64_MAX ? NULL : &timeout, NULL);
}

static int loop_run(struct epoll_loop *loop, struct error *error)
{
    struct epoll_event events[EVENTS_MAX];
    while (connections_turn(&loop->connections)) {
        int ready = loop_wait(loop, events);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "epoll_pwait2");
        for (int i = 0; i < ready; i++)
            report(loop, &events[i]);
    }
    return 0;
}

static int epoll_serve(struct worker *worker, struct error *error)
{
    static const struct connections_ops ops = {.form = &readiness,
                                               .connection_bytes = sizeof(struct connection),
                                               .watch = loop_watch,
                                               .listen = loop_listen};
    struct epoll_event stop = {.events = EPOLLIN, .data.u64 = LISTENERS_MAX};
    struct epoll_loop loop = {.epoll = epoll_create1(EPOLL_CLOEXEC),
                              .config = worker->model->config};
    if (loop.epoll < 0)
        return error_errno(error, errno, "epoll_create1");
    connections_init(&loop.connections, worker, &ops, &loop);
    epoll_ctl(loop.epoll, EPOLL_CTL_ADD, server_stop_fd(worker->server), &stop);
    connections_listen(&loop.connections);
    int result = loop_run(&loop, error);
    connections_release(&loop.connections);
    close(loop.epoll);
    return result;
}

static const struct epoll_config usual = {0}, exclusive = {.listen_flags = EPOLLEXCLUSIVE};

const struct server_model server_model_epoll = {
    .name = "epoll",
    .summary = "one thread, one loop over the sockets that epoll reports",
    .workers = WORKERS_ONE,
    .config = &usual,
    .serve = epoll_serve,
};

const struct server_model server_model_epoll_shared = {
    .name = "epoll-shared",
    .summary = "a loop in each thread, all on one listening socket",
    .workers = WORKERS_THREADS,
    .config = &usual,
    .serve = epoll_serve,
};

const struct server_model server_model_epoll_exclusive = {
    .name = "epoll-exclusive",
    .summary = "the same, and one loop is woken for a connection (EPOLLEXCLUSIVE)",
    .workers = WORKERS_THREADS,
    .config = &exclusive,
    .serve = epoll_serve,
};

const struct server_model server_model_reuseport = {
    .name = "reuseport",
    .summary = "a loop in each thread, each with a listening socket (SO_REUSEPORT)",
    .workers = WORKERS_THREADS,
    .own_listeners = true,
    .config = &usual,
    .serve = epoll_serve,
};

const struct server_model server_model_reuseport_processes = {
    .name = "reuseport-processes",
    .summary = "the same in processes",
    .workers = WORKERS_PROCESSES,
    .own_listeners = true,
    .config = &usual,
    .serve = epoll_serve,
};
