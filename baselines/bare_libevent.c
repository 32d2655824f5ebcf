/* The yardstick of the libevent driver: the same calls of libevent in the same order, and nothing
 * else. What the driver takes longer than this is what its samples and checks and the exchange
 * cost.
 *
 * usage: bare_libevent HOST PORT REQUESTS CONCURRENCY [keep-alive]
 * Prints the makespan in nanoseconds. The server must keep connections or not as asked for here. */
#include "bare.h"

#include <event2/bufferevent.h>
#include <event2/event.h>

struct slot {
    struct bare_slot bare;
    struct bufferevent *stream; /* NULL while there is no connection */
};

static struct event_base *base;
static struct slot *slots;

static void slot_next(struct slot *slot);

static void on_readable(struct bufferevent *stream, void *argument)
{
    struct slot *slot = argument;
    char response[512];
    size_t size;
    bool whole = false;
    while (!whole && (size = bufferevent_read(stream, response, sizeof(response))))
        whole = bare_take(&slot->bare, response, (ssize_t)size);
    if (!whole)
        return;
    if (!bare.keep_alive) {
        bufferevent_disable(stream, EV_READ | EV_WRITE);
        bufferevent_free(stream);
        bare_close(&slot->bare);
        slot->stream = NULL;
    }
    slot_next(slot);
}

static void on_written(struct bufferevent *stream, void *argument)
{
    (void)argument;
    if (!(bufferevent_get_enabled(stream) & EV_READ) && bufferevent_enable(stream, EV_READ) < 0)
        bare_die("enable");
}

static void slot_send(struct slot *slot)
{
    if (bufferevent_write(slot->stream, bare.request, bare.request_size) < 0)
        bare_die("write");
}

static void on_event(struct bufferevent *stream, short what, void *argument)
{
    (void)stream;
    if (what & BEV_EVENT_EOF)
        errno = ECONNRESET; /* closed without an answer */
    if (!(what & BEV_EVENT_CONNECTED))
        bare_die("libevent");
    slot_send(argument);
}

static void slot_wrap(struct slot *slot)
{
    slot->stream = bufferevent_socket_new(base, slot->bare.fd, 0);
    if (!slot->stream)
        bare_die("bufferevent");
    bufferevent_setcb(slot->stream, on_readable, on_written, on_event, slot);
}

static void slot_connect(struct slot *slot)
{
    int family = bare.server.storage.ss_family;
    slot->bare.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (slot->bare.fd < 0)
        bare_die("socket");
    slot_wrap(slot);
    if (bufferevent_socket_connect(slot->stream, (const struct sockaddr *)&bare.server.storage,
                                   (int)bare.server.length) < 0)
        bare_die("connect");
}

static void slot_next(struct slot *slot)
{
    if (bare.left == 0) { /* the loop ends by itself once there is nothing to wait for */
        if (slot->stream)
            bufferevent_disable(slot->stream, EV_READ);
        return;
    }
    bare.left--;
    slot->bare.response = -1;
    if (slot->stream)
        slot_send(slot);
    else
        slot_connect(slot);
}

static void run(void)
{
    for (unsigned i = 0; i < bare.concurrency; i++)
        slot_next(&slots[i]);
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
    slots = xcalloc(bare.concurrency, sizeof(*slots));
    for (unsigned i = 0; i < bare.concurrency; i++) {
        slots[i].bare.fd = -1;
        if (bare.keep_alive) {
            bare_connect(&slots[i].bare, SOCK_NONBLOCK);
            slot_wrap(&slots[i]);
        }
    }
    bare_measure(run);
    return 0;
}
