/* libuv: one thread, one event loop that calls back when an operation is done.
 *
 * Where libev reports that a socket is ready, libuv is told what is wanted: read, from now on;
 * write this. It makes the calls itself and hands over their results. So there is no step to try
 * again, and the same program runs on systems whose kernel completes operations, as Windows does.
 *
 * In exchange the library decides when. A response is written at once if the socket has room, but
 * its callback comes with the loop's next turn, so until then the response has a memory of its own.
 * A handle and a write request make half a kilobyte for each connection, and stay in place until
 * their last callback, which for a close is the end of the turn. Reading is switched off for a
 * client that sends ahead, so that flow control makes it wait.
 *
 * Three things are not left to libuv. Its timers count in milliseconds: an alarm wakes the loop. It
 * closes connections that it has no descriptor for without telling: the listening sockets are only
 * watched (uv_poll_t), and accepted from as in all loops. And it writes without MSG_NOSIGNAL:
 * SIGPIPE has to be ignored.
 *
 * Choose it for a server that runs on several systems, or that also needs its files, processes and
 * thread pool, as Node.js does. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include "server/alarm.h"
#include "server/connections.h"
#include "server/model.h"
#include "server/server.h"

enum {
    DUE_AT_ONCE = 16,
    LOOP_DESCRIPTORS = 6, /* uv_loop_init aborts if it cannot open some of them */
};

struct uv_connection {
    struct connection connection;
    uv_tcp_t tcp; /* its data is the connection */
    uv_write_t writing;
};

struct loop {
    struct connections connections;
    struct alarm alarm;
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_poll_t timer, stop, listeners[LISTENERS_MAX];
};

/* ---- a connection ---- */

static uv_stream_t *stream_of(struct connection *c)
{
    return (uv_stream_t *)&((struct uv_connection *)c)->tcp;
}

/* The room is shared: what is read is used up within the callback. */
static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
    struct worker *worker = ((struct connection *)handle->data)->owner->worker;
    (void)wanted;
    *room = uv_buf_init(worker->input, sizeof(worker->input));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *input)
{
    struct connection *c = stream->data;
    if (size == 0) /* EAGAIN */
        return;
    connection_received(c, input->base, size == UV_EOF ? 0 : size);
    if (c->fd >= 0 && c->dialogue.unread)
        uv_read_stop(stream); /* until that was processed */
    connections_run_due(c->owner, 1);
}

static void on_written(uv_write_t *writing, int status)
{
    struct connection *c = writing->handle->data;
    size_t size;
    dialogue_output(&c->dialogue, &size);
    connection_sent(c, status < 0 ? status : (ssize_t)size);
    connection_completed(c);
}

static int begin_writing(struct connection *c)
{
    size_t size;
    if (dialogue_keep_output(&c->dialogue) < 0)
        return -1;
    const char *data = dialogue_output(&c->dialogue, &size);
    uv_buf_t output = uv_buf_init((char *)data, (unsigned)size);
    if (uv_write(&((struct uv_connection *)c)->writing, stream_of(c), &output, 1, on_written) < 0)
        return -1;
    c->operations++;
    return 0;
}

static void connection_advance(struct connection *c, enum dialogue_next next, nsec_t now)
{
    connection_enter(c, next, true, now);
    if (next == DIALOGUE_SEND && begin_writing(c) < 0)
        connection_close(c);
    if ((next == DIALOGUE_RECEIVE || next == DIALOGUE_DRAIN) && !c->dialogue.ended)
        uv_read_start(stream_of(c), on_alloc, on_read); /* unless it is on: UV_EALREADY */
}

static void connection_begin(struct connection *c)
{
    struct loop *loop = c->owner->loop;
    uv_stream_t *stream = stream_of(c);
    uv_tcp_init(&loop->uv, (uv_tcp_t *)stream);
    stream->data = c;
    int result = uv_tcp_open((uv_tcp_t *)stream, c->fd);
    if (result == 0)
        result = uv_read_start(stream, on_alloc, on_read);
    if (result == 0)
        return;
    worker_refused(c->owner->worker, -result);
    connection_close(c);
}

static void on_closed(uv_handle_t *handle)
{
    connection_completed(handle->data);
}

static void begin_closing(struct connection *c)
{
    c->operations++;
    uv_close((uv_handle_t *)stream_of(c), on_closed); /* cancels the write */
}

/* ---- the loop ---- */

static void on_connections(uv_poll_t *poll, int status, int events)
{
    uv_os_fd_t fd;
    (void)status;
    (void)events;
    if (uv_fileno((uv_handle_t *)poll, &fd) == 0)
        connections_accept(poll->data, fd);
}

static void loop_listen(struct connections *connections, bool on)
{
    struct loop *loop = connections->loop;
    for (size_t i = 0; i < connections->worker->listeners->count; i++) {
        if (on)
            uv_poll_start(&loop->listeners[i], UV_READABLE, on_connections);
        else
            uv_poll_stop(&loop->listeners[i]);
    }
}

static void on_timer(uv_poll_t *poll, int status, int events)
{
    struct loop *loop = poll->data;
    (void)status;
    (void)events;
    alarm_fired(&loop->alarm);
    connections_run_due(&loop->connections, DUE_AT_ONCE);
}

/* It only has to wake the loop. */
static void on_stop(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    uv_poll_stop(poll);
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Before the loop sleeps. At the end, close everything: the loop ends when that is done. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;
    if (connections_turn(&loop->connections)) {
        alarm_set(&loop->alarm, connections_next(&loop->connections));
        return;
    }
    connections_close(&loop->connections);
    uv_walk(&loop->uv, close_handle, NULL);
}

static void watch_all(struct loop *loop)
{
    const struct worker *worker = loop->connections.worker;
    uv_prepare_init(&loop->uv, &loop->prepare);
    loop->prepare.data = loop;
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_poll_init(&loop->uv, &loop->timer, loop->alarm.fd);
    loop->timer.data = loop;
    uv_poll_start(&loop->timer, UV_READABLE, on_timer);
    uv_poll_init(&loop->uv, &loop->stop, server_stop_fd(worker->server));
    uv_poll_start(&loop->stop, UV_READABLE, on_stop);
    for (size_t i = 0; i < worker->listeners->count; i++) {
        uv_poll_init(&loop->uv, &loop->listeners[i], worker->listeners->at[i].fd);
        loop->listeners[i].data = &loop->connections;
    }
    connections_listen(&loop->connections);
}

static int libuv_serve(struct worker *worker, struct error *error)
{
    static const struct connections_form form = {
        .begin = connection_begin, .advance = connection_advance, .close = begin_closing};
    static const struct connections_ops ops = {
        .form = &form, .connection_bytes = sizeof(struct uv_connection), .listen = loop_listen};
    struct loop loop;
    if (net_try_descriptors(LOOP_DESCRIPTORS, error) < 0)
        return error_prefix(error, "libuv's loop");
    if (alarm_open(&loop.alarm, error) < 0)
        return -1;
    int result = uv_loop_init(&loop.uv);
    if (result < 0) {
        alarm_close(&loop.alarm);
        return error_errno(error, -result, "uv_loop_init");
    }
    signal(SIGPIPE, SIG_IGN);
    connections_init(&loop.connections, worker, &ops, &loop);
    watch_all(&loop);
    uv_run(&loop.uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop.uv);
    connections_release(&loop.connections);
    alarm_close(&loop.alarm);
    return 0;
}

const struct server_model server_model_libuv = {
    .name = "libuv",
    .summary = "one thread, libuv's event loop, which calls back when operations are done",
    .workers = WORKERS_ONE,
    .serve = libuv_serve,
};
