/* The yardstick of the libevent driver: the same calls of libevent in the same order, and nothing
 * else. What the driver takes longer than this is what its samples and checks and the exchange
 * cost.
 *
 * usage: bare_libevent HOST PORT REQUESTS CONCURRENCY [keep-alive]
 * Prints the makespan in nanoseconds. The server must keep connections or not as asked for here. */
#include "bare.h"

#include <event2/bufferevent.h>
#include <event2/event.h>

struct lane {
    struct bare_lane bare;
    struct bufferevent *stream; /* NULL while there is no connection */
};

static struct event_base *base;
static struct lane *lanes;

static void lane_next(struct lane *lane);

static void on_readable(struct bufferevent *stream, void *argument)
{
    struct lane *lane = argument;
    char answer[512];
    size_t size;
    bool whole = false;
    while (!whole && (size = bufferevent_read(stream, answer, sizeof(answer))))
        whole = bare_take(&lane->bare, answer, (ssize_t)size);
    if (!whole)
        return;
    if (!bare.keep_alive) {
        bufferevent_disable(stream, EV_READ | EV_WRITE);
        bufferevent_free(stream);
        bare_close(&lane->bare);
        lane->stream = NULL;
    }
    lane_next(lane);
}

static void on_written(struct bufferevent *stream, void *argument)
{
    (void)argument;
    if (!(bufferevent_get_enabled(stream) & EV_READ) && bufferevent_enable(stream, EV_READ) < 0)
        bare_die("enable");
}

static void lane_send(struct lane *lane)
{
    if (bufferevent_write(lane->stream, bare.ask, bare.ask_size) < 0)
        bare_die("write");
}

static void on_event(struct bufferevent *stream, short what, void *argument)
{
    (void)stream;
    if (what & BEV_EVENT_EOF)
        errno = ECONNRESET; /* closed without an answer */
    if (!(what & BEV_EVENT_CONNECTED))
        bare_die("libevent");
    lane_send(argument);
}

static void lane_wrap(struct lane *lane)
{
    lane->stream = bufferevent_socket_new(base, lane->bare.fd, 0);
    if (!lane->stream)
        bare_die("bufferevent");
    bufferevent_setcb(lane->stream, on_readable, on_written, on_event, lane);
}

static void lane_connect(struct lane *lane)
{
    int family = bare.server.storage.ss_family;
    lane->bare.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (lane->bare.fd < 0)
        bare_die("socket");
    lane_wrap(lane);
    if (bufferevent_socket_connect(lane->stream, (const struct sockaddr *)&bare.server.storage,
                                   (int)bare.server.length) < 0)
        bare_die("connect");
}

static void lane_next(struct lane *lane)
{
    if (bare.left == 0) { /* the loop ends by itself once there is nothing to wait for */
        if (lane->stream)
            bufferevent_disable(lane->stream, EV_READ);
        return;
    }
    bare.left--;
    lane->bare.answer = -1;
    if (lane->stream)
        lane_send(lane);
    else
        lane_connect(lane);
}

static void run(void)
{
    for (unsigned i = 0; i < bare.concurrency; i++)
        lane_next(&lanes[i]);
    if (event_base_dispatch(base) < 0)
        bare_die("dispatch");
}

/* Where epoll fails, libevent would take poll or select and say nothing. */
static void base_open(void)
{
    struct event_config *config = event_config_new();
    if (config) {
        event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
        base = event_base_new_with_config(config);
        event_config_free(config);
    }
    if (!base || strcmp(event_base_get_method(base), "epoll") != 0)
        bare_die("epoll");
}

int main(int argc, char **argv)
{
    bare_parse(argc, argv, "bare_libevent");
    base_open();
    lanes = xcalloc(bare.concurrency, sizeof(*lanes));
    for (unsigned i = 0; i < bare.concurrency; i++) {
        lanes[i].bare.fd = -1;
        if (bare.keep_alive) {
            bare_connect(&lanes[i].bare, SOCK_NONBLOCK);
            lane_wrap(&lanes[i]);
        }
    }
    bare_measure(run);
    return 0;
}
