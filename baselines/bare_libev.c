/* The yardstick of the libev driver: the same system calls in the same order, and nothing else.
 *
 * Nothing is stamped, drawn, parsed or kept: an answer is whatever ends in a newline. What the
 * driver takes longer than this is what its samples and checks and the exchange cost.
 *
 * usage: bare_libev HOST PORT REQUESTS CONCURRENCY [keep-alive]
 * Prints the makespan in nanoseconds, from before the first socket (or, kept alive, the first
 * send) to the last answer, its connection closed. The server must keep connections or not as
 * asked for here. */
#include "bare.h"

#include <ev.h>
#include <unistd.h>

struct lane {
    ev_io watcher;
    int fd; /* -1 while there is none */
    bool sent;
};

static struct bare_options options;
static const char *ask;
static size_t ask_size, requests_left;
static unsigned active;

static void lane_connect(struct lane *lane)
{
    const struct net_address *server = &options.server;
    lane->fd = socket(server->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (lane->fd < 0)
        bare_die("socket");
    if (connect(lane->fd, (const struct sockaddr *)&server->storage, server->length) < 0 &&
        errno != EINPROGRESS)
        bare_die("connect");
}

static void lane_watch(struct ev_loop *loop, struct lane *lane, int events)
{
    if (ev_is_active(&lane->watcher) && lane->watcher.events == events)
        return;
    ev_io_stop(loop, &lane->watcher);
    ev_io_set(&lane->watcher, lane->fd, events);
    ev_io_start(loop, &lane->watcher);
}

/* Tried at once, as the exchange does: on loopback the connection is there already. */
static void lane_send(struct ev_loop *loop, struct lane *lane)
{
    lane->sent = send(lane->fd, ask, ask_size, MSG_NOSIGNAL) == (ssize_t)ask_size;
    if (!lane->sent && errno != EAGAIN)
        bare_die("send");
    lane_watch(loop, lane, lane->sent ? EV_READ : EV_WRITE);
}

static void lane_next(struct ev_loop *loop, struct lane *lane)
{
    if (requests_left == 0) {
        ev_io_stop(loop, &lane->watcher);
        if (--active == 0)
            ev_break(loop, EVBREAK_ALL);
        return;
    }
    requests_left--;
    if (lane->fd < 0)
        lane_connect(lane);
    lane_send(loop, lane);
}

static void lane_receive(struct ev_loop *loop, struct lane *lane)
{
    char answer[512];
    ssize_t size = recv(lane->fd, answer, sizeof(answer), 0);
    if (size < 0 && errno == EAGAIN)
        return;
    if (size == 0)
        errno = ECONNRESET; /* closed without an answer */
    if (size <= 0)
        bare_die("recv");
    if (answer[size - 1] != '\n')
        return;
    if (!options.keep_alive) {
        close(lane->fd);
        lane->fd = -1;
        ev_io_stop(loop, &lane->watcher);
    }
    lane_next(loop, lane);
}

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct lane *lane = (struct lane *)watcher; /* its first member */
    (void)events;
    if (lane->sent)
        lane_receive(loop, lane);
    else
        lane_send(loop, lane);
}

static nsec_t run(struct ev_loop *loop, struct lane *lanes, const char *text, size_t requests)
{
    ask = text;
    ask_size = strlen(text);
    requests_left = requests;
    active = options.concurrency;
    nsec_t started = clock_now();
    for (unsigned i = 0; i < options.concurrency; i++)
        lane_next(loop, &lanes[i]);
    if (active > 0)
        ev_run(loop, 0);
    return clock_now() - started;
}

int main(int argc, char **argv)
{
    struct error error;
    if (bare_parse(argc, argv, &options, &error) < 0) {
        fprintf(stderr, "bare_libev: %s\n", error.text);
        return 2;
    }
    struct ev_loop *loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop)
        bare_die("epoll");
    struct lane *lanes = xcalloc(options.concurrency, sizeof(*lanes));
    for (unsigned i = 0; i < options.concurrency; i++) {
        ev_init(&lanes[i].watcher, on_ready);
        lanes[i].fd = -1;
        if (options.keep_alive)
            lane_connect(&lanes[i]);
    }
    run(loop, lanes, ASK_WARMUP, WARMUP_REQUESTS);
    printf("%lld\n", (long long)run(loop, lanes, ASK, options.requests));
    return 0;
}
