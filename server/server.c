/* Listening, accepting and ending: one thread, one libev loop on epoll, level-triggered.
 *
 * Connections are accepted until the queue is empty, up to ACCEPTS_AT_ONCE, and each is read from
 * at once. (TCP_DEFER_ACCEPT would save that attempt if the request comes later, but it moves
 * connections from the accept queue into the SYN queue, and the behaviour of a full backlog is one
 * of the things this server has to show.) */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/units.h"
#include "connection.h"
#include "connections.h"

enum {
    ACCEPTS_AT_ONCE = 64, /* then open connections are served */
    PORT_TRIES = 64,      /* to find one that is free on all hosts */
};

#define ACCEPT_PAUSE_SECONDS 0.1

struct server {
    struct service service;
    struct ev_loop *loop;
    size_t listener_count;
    struct listener {
        ev_io watcher;
        struct net_address address;
    } listeners[SERVER_HOSTS_MAX];
    int reserve_fd; /* closed for a moment when no descriptors are left, to accept and close */
    nsec_t last_warning;
    ev_timer accept_pause, grace;
    ev_signal terminate, interrupt;
    ev_prepare drained;
};

/* ---- listening ---- */

static void close_listeners(struct server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        ev_io_stop(server->loop, &server->listeners[i].watcher);
        close(server->listeners[i].watcher.fd);
    }
    server->listener_count = 0;
}

static int listen_on(struct server *server, const char *host, uint16_t port, int backlog,
                     struct error *error)
{
    struct listener *listener = &server->listeners[server->listener_count];
    if (net_address_make(host, port, &listener->address, error) < 0)
        return -1;
    int fd = net_listen(&listener->address, backlog, error);
    if (fd < 0)
        return -1;
    listener->watcher.fd = fd;
    server->listener_count++;
    return net_local_address(fd, &listener->address, error);
}

static bool no_such_address(const struct error *error)
{
    return error->errnum == EADDRNOTAVAIL || error->errnum == EAFNOSUPPORT;
}

/* With port 0, the port picked for the first host has to be free on the others, too. */
static int listen_on_all(struct server *server, const struct server_options *options,
                         struct error *error)
{
    static const char *const usual[] = {"127.0.0.1", "::1"};
    bool configured = options->host_count > 0;
    size_t count = configured ? options->host_count : 2;
    uint16_t port = options->port;
    for (size_t i = 0; i < count; i++) {
        const char *host = configured ? options->hosts[i] : usual[i];
        if (listen_on(server, host, port, options->backlog, error) == 0)
            port = net_address_port(&server->listeners[0].address);
        else if (!configured && i > 0 && no_such_address(error))
            fprintf(stderr, "randintd: %s; serving 127.0.0.1 only\n", error->text);
        else
            return -1;
    }
    return 0;
}

static int server_listen(struct server *server, const struct server_options *options,
                         struct error *error)
{
    for (int i = 1; listen_on_all(server, options, error) < 0; i++) {
        close_listeners(server);
        bool taken = error->errnum == EADDRINUSE;
        if (taken && options->port == 0 && i < PORT_TRIES)
            continue;
        size_t used = strlen(error->text);
        if (taken && options->port)
            snprintf(error->text + used, sizeof(error->text) - used,
                     "; choose another with --port, or --port 0");
        else if (error->errnum == EACCES)
            snprintf(error->text + used, sizeof(error->text) - used,
                     "; ports below 1024 are root's, choose another with --port");
        return -1;
    }
    return 0;
}

/* The kernel caps the backlog without an error from listen(). Returns the capped value. */
static int backlog_effective(int backlog)
{
    static const char path[] = "/proc/sys/net/core/somaxconn";
    int most = backlog;
    FILE *file = fopen(path, "re");
    if (!file)
        return backlog;
    if (fscanf(file, "%d", &most) == 1 && most < backlog)
        fprintf(stderr,
                "randintd: the kernel caps the backlog of %d at %d; "
                "to raise it: sysctl -w net.core.somaxconn=%d\n",
                backlog, most, backlog);
    fclose(file);
    return most < backlog ? most : backlog;
}

/* ---- accepting ---- */

static void watch_listeners(struct server *server, bool on)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        if (on)
            ev_io_start(server->loop, &server->listeners[i].watcher);
        else
            ev_io_stop(server->loop, &server->listeners[i].watcher);
    }
}

static void on_accept_pause_over(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    watch_listeners(timer->data, true);
}

static void warn_refused(struct server *server, int errnum)
{
    nsec_t now = clock_now();
    if (server->last_warning && now - server->last_warning < NSEC_PER_SEC)
        return;
    server->last_warning = now;
    fprintf(stderr, "randintd: connections are refused (%llu so far): %s%s\n",
            (unsigned long long)server->service.account.refused, strerror(errnum),
            errnum == EMFILE ? "; raise the limit (ulimit -n) or open fewer connections at once"
                             : "");
}

/* A connection that cannot be accepted stays in the queue and keeps the listener ready, so the loop
 * would spin. Accept it with the reserve descriptor and close it. If that fails too, stop watching
 * the listeners for ACCEPT_PAUSE_SECONDS. */
static void refuse(struct server *server, struct listener *listener, int errnum)
{
    int fd = -1;
    if (server->reserve_fd >= 0) {
        close(server->reserve_fd);
        fd = accept4(listener->watcher.fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            close(fd);
    }
    server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        server->service.account.refused++;
    } else {
        watch_listeners(server, false);
        ev_timer_set(&server->accept_pause, ACCEPT_PAUSE_SECONDS, 0);
        ev_timer_start(server->loop, &server->accept_pause);
    }
    warn_refused(server, errnum);
}

static void on_connections(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct server *server = watcher->data;
    struct service *service = &server->service;
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            if (connection_open(service, fd) < 0) {
                service->account.refused++;
                warn_refused(server, ENOMEM);
            }
        } else if (errno == EAGAIN) {
            break;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            refuse(server, (struct listener *)watcher, errno);
            break;
        } /* else this connection failed before it was accepted: try the next */
        deadlines_run(&service->deadlines, 1);
    }
}

/* ---- ending ---- */

static void on_drained(struct ev_loop *loop, ev_prepare *watcher, int events)
{
    (void)events;
    struct server *server = watcher->data;
    if (server->service.account.in_flight == 0)
        ev_break(loop, EVBREAK_ALL);
}

static void on_grace_over(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)events;
    struct server *server = watcher->data;
    if (server->service.ending) {
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    ev_timer_stop(loop, &server->accept_pause);
    close_listeners(server);
    connections_end(&server->service);
    ev_timer_set(&server->grace, clock_seconds(server->service.settings.delay) + 1, 0);
    ev_timer_start(loop, &server->grace);
    ev_prepare_start(loop, &server->drained);
}

/* ---- setup ---- */

static void init_watchers(struct server *server)
{
    ev_timer_init(&server->accept_pause, on_accept_pause_over, 0, 0);
    ev_timer_init(&server->grace, on_grace_over, 0, 0);
    ev_prepare_init(&server->drained, on_drained);
    ev_signal_init(&server->terminate, on_signal, SIGTERM);
    ev_signal_init(&server->interrupt, on_signal, SIGINT);
    server->accept_pause.data = server->grace.data = server->drained.data = server;
    server->terminate.data = server->interrupt.data = server;
    ev_signal_start(server->loop, &server->terminate);
    ev_signal_start(server->loop, &server->interrupt);
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        ev_io_init(&listener->watcher, on_connections, listener->watcher.fd, EV_READ);
        listener->watcher.data = server;
        ev_io_start(server->loop, &listener->watcher);
    }
}

/* libev's default is to abort. */
static void on_libev_error(const char *doing)
{
    fprintf(stderr, "randintd: %s: %s%s\n", doing, strerror(errno),
            errno == EMFILE ? "; raise the limit on descriptors with 'ulimit -n'" : "");
    exit(EXIT_FAILURE);
}

struct server *server_new(const struct server_options *options, struct error *error)
{
    struct server *server = xcalloc(1, sizeof(*server));
    struct service *service = &server->service;
    server->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ev_set_syserr_cb(on_libev_error);
    server->loop = ev_default_loop(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!server->loop) {
        error_set(error, errno == EMFILE ? "no descriptors left: raise 'ulimit -n'"
                                         : "libev cannot create an epoll loop");
        free(server);
        return NULL;
    }
    service->loop = server->loop;
    service->keep_alive = options->keep_alive;
    service->settings = (struct account_settings){
        .delay = options->delay,
        .idle = options->idle,
        .backlog = options->backlog,
        .seed = options->seed,
    };
    if (connections_init(service, error) < 0 || server_listen(server, options, error) < 0) {
        server_free(server);
        return NULL;
    }
    service->settings.backlog_effective = backlog_effective(options->backlog);
    init_watchers(server);
    return server;
}

const struct net_address *server_address(const struct server *server, size_t index)
{
    return index < server->listener_count ? &server->listeners[index].address : NULL;
}

uint64_t server_run(struct server *server)
{
    ev_run(server->loop, 0);
    return server->service.account.in_flight;
}

void server_free(struct server *server)
{
    close_listeners(server);
    connections_release(&server->service);
    if (server->reserve_fd >= 0)
        close(server->reserve_fd);
    ev_loop_destroy(server->loop);
    free(server);
}
