/* libevent: one thread, one event loop, and buffers that the loop fills and empties.
 *
 * Its usual interface is the bufferevent: a socket with an input and an output buffer. Writing
 * appends to a buffer and never blocks, reading takes from a buffer, the loop (epoll) moves the
 * bytes, and callbacks report "connected", "all written", "data to read", "closed" or "failed". It
 * takes the least code and does the most work internally: an object and two buffers are allocated
 * for each connection; every read first queries how much there is (ioctl); every change of the
 * events waited for is an epoll_ctl at once, four for a connection, and two for each request on a
 * kept connection. As with libuv, if many connections are started at once, all are opened before
 * the first is written to. Its timers are rounded up to milliseconds, unless its loop is told to
 * set one in the kernel before every wait; here a timerfd of our own wakes the loop, watched like a
 * socket, where requests start by a schedule.
 *
 * Choose it for protocols on long-lived connections, where partial reads and writes, timeouts, rate
 * limits and TLS are laborious to write by hand, or for its HTTP and DNS. */
#include "driver.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/due_timer.h"

enum { BASE_DESCRIPTORS = 3 }; /* if it cannot open one, libevent ends the program */

struct slot {
    struct exchange exchange;
    struct loop *loop;
    struct bufferevent *stream; /* NULL while there is no connection */
};

struct loop {
    struct event_base *base;
    struct intake intake;
    struct loop_timer timer;
    struct event *due; /* watches it while slots are free */
    unsigned slot_count;
    struct slot *slots;
};

static void slot_continue(struct slot *slot, enum exchange_want want);

/* On a kept connection unrequested bytes may arrive: they stay in the buffer until the request is
 * sent. */
static void on_readable(struct bufferevent *stream, void *argument)
{
    (void)stream;
    struct slot *slot = argument;
    if (slot->exchange.phase == EXCHANGE_RECEIVING)
        slot_continue(slot, EXCHANGE_READ);
}

static void on_written(struct bufferevent *stream, void *argument)
{
    (void)stream;
    struct slot *slot = argument;
    size_t size = exchange_unsent_bytes(&slot->exchange);
    slot_continue(slot, exchange_on_send(&slot->exchange, (ssize_t)size));
}

static void on_event(struct bufferevent *stream, short what, void *argument)
{
    (void)stream;
    struct slot *slot = argument;
    struct exchange *exchange = &slot->exchange;
    int result = what & BEV_EVENT_EOF ? 0 : -EVUTIL_SOCKET_ERROR();
    if (what & BEV_EVENT_CONNECTED)
        slot_continue(slot, exchange_on_connect(exchange, 0));
    else if (exchange->phase == EXCHANGE_NEW)
        slot_continue(slot, exchange_on_connect(exchange, result));
    else if (exchange->phase == EXCHANGE_SENDING && result < 0)
        slot_continue(slot, exchange_on_send(exchange, result));
    else
        slot_continue(slot, exchange_on_receive(exchange, NULL, result));
}

/* Pass socket `fd` to libevent. Returns 0, or -ENOMEM with the socket closed. */
static int slot_wrap(struct slot *slot, int fd)
{
    slot->stream = bufferevent_socket_new(slot->loop->base, fd, 0);
    if (!slot->stream) {
        close(fd);
        return -ENOMEM;
    }
    bufferevent_setcb(slot->stream, on_readable, on_written, on_event, slot);
    return 0;
}

/* Close the socket here and at once: with BEV_OPT_CLOSE_ON_FREE it would stay open until all
 * callbacks of this loop iteration have run, and up to 2 C sockets would be open. */
static void slot_close(struct slot *slot)
{
    int fd = bufferevent_getfd(slot->stream);
    bufferevent_disable(slot->stream, EV_READ | EV_WRITE);
    bufferevent_free(slot->stream);
    close(fd);
    slot->stream = NULL;
}

/* Create the socket here, to distinguish its failure from that of connect(). */
static enum exchange_want slot_connect(struct slot *slot)
{
    const struct sockaddr *server = (const struct sockaddr *)&slot->exchange.load->server.storage;
    int fd = exchange_socket(&slot->exchange, SOCK_NONBLOCK);
    int result = fd < 0 ? -errno : slot_wrap(slot, fd);
    if (result < 0)
        return exchange_on_socket(&slot->exchange, result);
    result =
        bufferevent_socket_connect(slot->stream, server, (int)slot->exchange.load->server.length);
    return result < 0 ? exchange_on_connect(&slot->exchange, -errno) : EXCHANGE_WRITE;
}

static enum exchange_want slot_send(struct slot *slot)
{
    char buffer[PROTOCOL_REQUEST_BYTES]; /* bufferevent_write copies what it gets */
    size_t size;
    const char *unsent = exchange_unsent(&slot->exchange, buffer, &size);
    int result = bufferevent_write(slot->stream, unsent, size);
    return result < 0 ? exchange_on_send(&slot->exchange, -ENOMEM) : EXCHANGE_WRITE;
}

static enum exchange_want slot_receive(struct slot *slot)
{
    if (!(bufferevent_get_enabled(slot->stream) & EV_READ) &&
        bufferevent_enable(slot->stream, EV_READ) < 0)
        return exchange_on_receive(&slot->exchange, NULL, -errno);
    enum exchange_want want = EXCHANGE_READ;
    char input[EXCHANGE_INPUT_BYTES];
    size_t size;
    while (want == EXCHANGE_READ && (size = bufferevent_read(slot->stream, input, sizeof(input))))
        want = exchange_on_receive(&slot->exchange, input, (ssize_t)size);
    return want;
}

/* Start the operation that the exchange needs next. Returns false if the request is over. */
static bool slot_start(struct slot *slot, enum exchange_want want)
{
    if (want == EXCHANGE_WRITE)
        want = slot->exchange.phase == EXCHANGE_NEW ? slot_connect(slot) : slot_send(slot);
    else if (want == EXCHANGE_READ)
        want = slot_receive(slot);
    return want != EXCHANGE_OVER;
}

/* Continue the request; when it is over, begin the next. */
static void slot_continue(struct slot *slot, enum exchange_want want)
{
    while (!slot_start(slot, want)) {
        if (slot->stream && !slot->exchange.kept)
            slot_close(slot);
        struct intake *intake = &slot->loop->intake;
        ptrdiff_t index = intake_next(intake, &slot->exchange);
        if (index < 0) {
            /* The loop ends when it has no events left to wait for. */
            if (slot->stream)
                bufferevent_disable(slot->stream, EV_READ);
            if (index == INTAKE_LATER && loop_timer_start(&slot->loop->timer, intake))
                event_add(slot->loop->due, NULL);
            return;
        }
        want = exchange_begin(&slot->exchange, intake->batch, (size_t)index);
    }
}

static void on_due(int timer, short what, void *argument)
{
    (void)timer;
    (void)what;
    struct loop *loop = argument;
    struct exchange *free;
    while ((free = intake_free(&loop->intake)))
        slot_continue((struct slot *)free, EXCHANGE_OVER);
    if (loop_timer_stop(&loop->timer, &loop->intake))
        event_del(loop->due);
}

static const char *libevent_version(const struct driver *self)
{
    (void)self;
    return event_get_version();
}

static void libevent_teardown(void *state)
{
    struct loop *loop = state;
    for (unsigned i = 0; loop->slots && i < loop->slot_count; i++)
        if (loop->slots[i].stream)
            slot_close(&loop->slots[i]);
    if (loop->due)
        event_free(loop->due);
    loop_timer_close(&loop->timer);
    if (loop->base)
        event_base_free(loop->base);
    exchange_close_slots(loop->slots, loop->slot_count, sizeof(*loop->slots));
    free(loop);
}

/* If epoll fails, libevent silently falls back to poll or select: check for that. */
static int loop_open(struct loop *loop, struct error *error)
{
    if (net_try_descriptors(BASE_DESCRIPTORS, error) < 0)
        return error_prefix(error, "libevent's loop");
    struct event_config *config = event_config_new();
    if (config) {
        event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
        loop->base = event_base_new_with_config(config);
        event_config_free(config);
    }
    if (!loop->base)
        return error_set(error, "libevent cannot create a loop");
    const char *method = event_base_get_method(loop->base);
    if (strcmp(method, "epoll") != 0)
        return error_set(error, "libevent cannot create an epoll loop: it chose %s", method);
    return 0;
}

static void *libevent_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->slot_count = load->concurrency;
    if (loop_open(loop, error) == 0)
        loop->slots = exchange_open_slots(load, 0, loop->slot_count, sizeof(*loop->slots),
                                          EXCHANGE_FOREIGN, error);
    int result = loop->slots ? 0 : -1;
    for (unsigned i = 0; i < loop->slot_count && result == 0; i++) {
        loop->slots[i].loop = loop;
        int fd = exchange_take(&loop->slots[i].exchange);
        if (fd >= 0 && (result = slot_wrap(&loop->slots[i], fd)) < 0)
            error_errno(error, -result, "connection %u: bufferevent_socket_new", i);
    }
    if (result == 0)
        return loop;
    libevent_teardown(loop);
    return NULL;
}

static int libevent_prepare(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    int opened = loop_timer_prepare(&loop->timer, batch, error);
    if (opened <= 0)
        return opened;
    loop->due = event_new(loop->base, loop->timer.fd, EV_READ | EV_PERSIST, on_due, loop);
    return loop->due ? 0 : error_set(error, "event_new: no memory");
}

static int libevent_run(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    intake_begin(&loop->intake, batch);
    /* EXCHANGE_OVER: each slot begins its first request. */
    for (unsigned i = 0; i < loop->slot_count; i++)
        slot_continue(&loop->slots[i], EXCHANGE_OVER);
    if (event_base_dispatch(loop->base) < 0)
        return error_set(error, "libevent's loop failed");
    return 0;
}

const struct driver driver_libevent = {
    .name = "libevent",
    .summary = "one thread, one event loop, buffers that it fills and empties",
    .model = MODEL_READINESS,
    .library = "libevent",
    .kernel = "epoll",
    .version = libevent_version,
    .setup = libevent_setup,
    .prepare = libevent_prepare,
    .run = libevent_run,
    .teardown = libevent_teardown,
};
