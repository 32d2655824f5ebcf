/* libev: the event loop of epoll's, from a library.
 *
 * The library waits, and calls a function for each descriptor that is ready; which system call it
 * waits with is its business (here it is told to use epoll). It remembers changes of what is
 * watched and passes on only what is left of them when it sleeps. For that it takes some
 * bookkeeping in user space, and a struct of its own for each descriptor.
 *
 * libev's timers sleep in epoll_wait, whose timeout libev rounds up to a millisecond: as long as a
 * whole batch of responses takes. So the delays wake the loop through a timerfd, which is watched
 * like a socket and as precise as the kernel's high-resolution timers.
 *
 * This is the default model: the one that all figures of drivers are measured with, unless they say
 * otherwise. */
#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/alarm.h"
#include "server/model.h"
#include "server/readiness.h"
#include "server/server.h"

enum { DUE_AT_ONCE = 16 };

struct libev_connection {
    struct connection connection;
    ev_io watcher;
};

struct libev_loop {
    struct connections connections;
    struct ev_loop *ev;
    ev_io timer, stop, listeners[LISTENERS_MAX];
    ev_prepare prepare;
    struct alarm alarm;
};

static int ev_events(short events)
{
    return (events & POLLIN ? EV_READ : 0) | (events & POLLOUT ? EV_WRITE : 0);
}

static void on_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)ev;
    (void)events;
    connection_ready(watcher->data);
}

static void on_connections(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)ev;
    (void)events;
    connections_accept(watcher->data, watcher->fd);
}

static void loop_forget(struct connection *connection)
{
    struct libev_connection *c = (struct libev_connection *)connection;
    struct libev_loop *loop = connection->owner->loop;
    ev_io_stop(loop->ev, &c->watcher);
}

static int loop_watch(struct connection *connection, short events)
{
    struct libev_connection *c = (struct libev_connection *)connection;
    struct libev_loop *loop = connection->owner->loop;
    ev_io_stop(loop->ev, &c->watcher);
    ev_io_init(&c->watcher, on_ready, connection->fd, ev_events(events));
    c->watcher.data = c;
    if (events)
        ev_io_start(loop->ev, &c->watcher);
    return 0;
}

static void loop_listen(struct connections *connections, bool on)
{
    struct libev_loop *loop = connections->loop;
    for (size_t i = 0; i < connections->worker->listeners->count; i++) {
        if (on)
            ev_io_start(loop->ev, &loop->listeners[i]);
        else
            ev_io_stop(loop->ev, &loop->listeners[i]);
    }
}

static void on_timer(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct libev_loop *loop = watcher->data;
    (void)ev;
    (void)events;
    alarm_fired(&loop->alarm);
    connections_run_due(&loop->connections, DUE_AT_ONCE);
}

/* Before the loop sleeps. */
static void on_prepare(struct ev_loop *ev, ev_prepare *prepare, int events)
{
    struct libev_loop *loop = prepare->data;
    (void)events;
    if (connections_turn(&loop->connections))
        alarm_set(&loop->alarm, connections_next(&loop->connections));
    else
        ev_break(ev, EVBREAK_ALL);
}

/* It only has to wake the loop. */
static void on_stop(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)events;
    ev_io_stop(ev, watcher);
}

static void watch_all(struct libev_loop *loop)
{
    const struct worker *worker = loop->connections.worker;
    ev_io_init(&loop->timer, on_timer, loop->alarm.fd, EV_READ);
    ev_set_priority(&loop->timer, EV_MAXPRI); /* due responses before new requests */
    loop->timer.data = loop;
    ev_io_start(loop->ev, &loop->timer);
    ev_io_init(&loop->stop, on_stop, server_stop_fd(worker->server), EV_READ);
    ev_io_start(loop->ev, &loop->stop);
    ev_prepare_init(&loop->prepare, on_prepare);
    loop->prepare.data = loop;
    ev_prepare_start(loop->ev, &loop->prepare);
    for (size_t i = 0; i < worker->listeners->count; i++) {
        ev_io_init(&loop->listeners[i], on_connections, worker->listeners->at[i].fd, EV_READ);
        loop->listeners[i].data = &loop->connections;
    }
    connections_listen(&loop->connections);
}

/* libev's default is to abort. */
static void on_libev_error(const char *doing)
{
    fprintf(stderr, "randintd: %s: %s%s\n", doing, strerror(errno),
            errno == EMFILE ? "; raise the limit on descriptors with 'ulimit -n'" : "");
    exit(EXIT_FAILURE);
}

static int libev_serve(struct worker *worker, struct error *error)
{
    static const struct connections_ops ops = {.form = &readiness,
                                               .connection_bytes = sizeof(struct libev_connection),
                                               .watch = loop_watch,
                                               .listen = loop_listen,
                                               .forget = loop_forget};
    struct libev_loop loop = {0};
    ev_set_syserr_cb(on_libev_error);
    if (alarm_open(&loop.alarm, error) < 0)
        return -1;
    loop.ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop.ev) {
        alarm_close(&loop.alarm);
        return error_set(error, "libev cannot create an epoll loop: raise 'ulimit -n'");
    }
    connections_init(&loop.connections, worker, &ops, &loop);
    watch_all(&loop);
    ev_run(loop.ev, 0);
    connections_release(&loop.connections);
    ev_loop_destroy(loop.ev);
    alarm_close(&loop.alarm);
    return 0;
}

const struct server_model server_model_libev = {
    .name = "libev",
    .summary = "one thread, libev's event loop (the default)",
    .workers = WORKERS_ONE,
    .serve = libev_serve,
};
