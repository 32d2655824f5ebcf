/* libuv: one thread, one event loop that calls back when an operation is done.
 *
 * The program starts operations (connect, write, read), and callbacks get their results. That the
 * kernel (epoll) only reports which sockets are ready is handled inside libuv. So no step has to be
 * retried, and the same code runs where the kernel itself completes operations, as on Windows. The
 * price is that the library decides when: a connection takes a loop iteration before it can be
 * written to, so if many are started at once, all are connected before the first request is sent; a
 * closed handle is free again only at the end of the iteration; and a connection takes four
 * epoll_ctl calls, by hand one. Handles and requests are the program's own memory, half a kilobyte
 * and more per connection, and have to stay in place until their last callback; libuv itself
 * allocates almost nothing. Its timers are in milliseconds, so requests that start by a schedule
 * are awaited with a timerfd, watched by a handle (uv_poll_t).
 *
 * Choose it for programs that run on several systems, or that use its files, processes, signals and
 * thread pool beside sockets, as Node.js does. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "engine/due_timer.h"

enum {
    LOOP_DESCRIPTORS =
        6 /* of the first loop in a process, which aborts if it cannot open two of them */
};

struct slot {
    struct exchange exchange;
    uv_tcp_t tcp; /* its data is the slot */
    bool open;    /* libuv owns tcp, until its close callback */
    uv_connect_t connecting;
    uv_write_t writing;
    struct loop *loop;
    char request[PROTOCOL_REQUEST_BYTES]; /* its text, while it is written */
};

struct loop {
    uv_loop_t uv;
    struct intake intake;
    struct loop_timer timer;
    uv_poll_t due; /* watches it while slots are free */
    unsigned slot_count;
    struct slot *slots;
    char input[EXCHANGE_CONTENT_BYTES]; /* shared by all slots: used up within a callback */
};

static void slot_continue(struct slot *slot, enum exchange_want want);

static void on_connected(uv_connect_t *request, int status)
{
    struct slot *slot = request->handle->data;
    slot_continue(slot, exchange_on_connect(&slot->exchange, status));
}

static void on_written(uv_write_t *request, int status)
{
    struct slot *slot = request->handle->data;
    ssize_t size = (ssize_t)exchange_unsent_bytes(&slot->exchange);
    slot_continue(slot, exchange_on_send(&slot->exchange, status < 0 ? status : size));
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *room)
{
    (void)wanted;
    struct slot *slot = handle->data;
    *room = uv_buf_init(slot->loop->input, EXCHANGE_CONTENT_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *input)
{
    struct slot *slot = stream->data;
    if (size == 0) /* no data: EAGAIN */
        return;
    slot_continue(slot,
                  exchange_on_receive(&slot->exchange, input->base, size == UV_EOF ? 0 : size));
}

static void on_closed(uv_handle_t *handle)
{
    struct slot *slot = handle->data;
    slot->open = false;
    slot_continue(slot, EXCHANGE_OVER);
}

/* The workload's options, on the socket that libuv created. Returns 0 or -errno. */
static int slot_prepare(struct slot *slot)
{
    int (*prepare)(int fd) = slot->exchange.load->workload->prepare;
    uv_os_fd_t fd;
    if (!prepare)
        return 0;
    int result = uv_fileno((uv_handle_t *)&slot->tcp, &fd);
    return result < 0 ? result : prepare(fd) < 0 ? -errno : 0;
}

/* Create the handle's socket at once (init_ex), to distinguish its failure from that of
 * connect(). */
static enum exchange_want slot_connect(struct slot *slot)
{
    const struct sockaddr *server = (const struct sockaddr *)&slot->exchange.load->server.storage;
    int result = uv_tcp_init_ex(&slot->loop->uv, &slot->tcp, server->sa_family);
    if (result < 0)
        return exchange_on_socket(&slot->exchange, result);
    slot->open = true;
    result = slot_prepare(slot);
    if (result < 0)
        return exchange_on_socket(&slot->exchange, result);
    result = uv_tcp_connect(&slot->connecting, &slot->tcp, server, on_connected);
    return result < 0 ? exchange_on_connect(&slot->exchange, result) : EXCHANGE_WRITE;
}

/* Usually all is written at once. The rest is queued, and nothing is read before it is written. */
static enum exchange_want slot_send(struct slot *slot)
{
    uv_stream_t *stream = (uv_stream_t *)&slot->tcp;
    enum exchange_want want = EXCHANGE_WRITE;
    while (want == EXCHANGE_WRITE) {
        size_t size;
        const char *unsent = exchange_unsent(&slot->exchange, slot->request, &size);
        uv_buf_t request = uv_buf_init((char *)unsent, (unsigned)size);
        int result = uv_try_write(stream, &request, 1);
        if (result == UV_EAGAIN) {
            uv_read_stop(stream);
            result = uv_write(&slot->writing, stream, &request, 1, on_written);
            if (result == 0)
                break;
        }
        want = exchange_on_send(&slot->exchange, result);
    }
    return want;
}

static enum exchange_want slot_receive(struct slot *slot)
{
    int result = uv_read_start((uv_stream_t *)&slot->tcp, on_alloc, on_read);
    return result == 0 || result == UV_EALREADY
               ? EXCHANGE_READ
               : exchange_on_receive(&slot->exchange, NULL, result);
}

/* Start the operation that the exchange needs next. Returns false if the request is over. */
static bool slot_start(struct slot *slot, enum exchange_want want)
{
    if (want == EXCHANGE_WRITE)
        want = slot->exchange.phase == EXCHANGE_NEW ? slot_connect(slot) : slot_send(slot);
    if (want == EXCHANGE_READ)
        want = slot_receive(slot);
    return want != EXCHANGE_OVER;
}

static void on_due(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    struct loop *loop = handle->data;
    struct exchange *free;
    while ((free = intake_free(&loop->intake)))
        slot_continue((struct slot *)free, EXCHANGE_OVER);
    if (loop_timer_stop(&loop->timer, &loop->intake))
        uv_poll_stop(handle);
}

/* Continue the request; when it is over and its connection is closed or kept, begin the next. */
static void slot_continue(struct slot *slot, enum exchange_want want)
{
    while (!slot_start(slot, want)) {
        if (slot->open && !slot->exchange.kept) {
            uv_close((uv_handle_t *)&slot->tcp, on_closed);
            return;
        }
        struct intake *intake = &slot->loop->intake;
        ptrdiff_t index = intake_next(intake, &slot->exchange);
        if (index < 0) {
            /* The loop ends when no operation is pending; a read would be one. */
            if (slot->open)
                uv_read_stop((uv_stream_t *)&slot->tcp);
            if (index == INTAKE_LATER && loop_timer_start(&slot->loop->timer, intake))
                uv_poll_start(&slot->loop->due, UV_READABLE, on_due);
            return;
        }
        want = exchange_begin(&slot->exchange, intake->batch, (size_t)index);
    }
}

static const char *libuv_version(const struct driver *self)
{
    (void)self;
    return uv_version_string();
}

static void libuv_teardown(void *state)
{
    struct loop *loop = state;
    for (unsigned i = 0; loop->slots && i < loop->slot_count; i++)
        if (loop->slots[i].open)
            uv_close((uv_handle_t *)&loop->slots[i].tcp, NULL);
    if (loop->timer.open)
        uv_close((uv_handle_t *)&loop->due, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop->uv);
    loop_timer_close(&loop->timer);
    exchange_close_slots(loop->slots, loop->slot_count, sizeof(*loop->slots));
    free(loop);
}

/* Pass the slot's kept connection, if any, to libuv. */
static int slot_adopt(struct slot *slot, struct error *error)
{
    int fd = exchange_take(&slot->exchange);
    if (fd < 0)
        return 0;
    slot->open = uv_tcp_init(&slot->loop->uv, &slot->tcp) == 0;
    int result = uv_tcp_open(&slot->tcp, fd);
    if (result == 0)
        return 0;
    close(fd);
    return error_errno(error, -result, "uv_tcp_open");
}

/* On Linux libuv uses only epoll: it has no fallback to check for. */
static void *libuv_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    if (net_try_descriptors(LOOP_DESCRIPTORS, error) < 0) {
        error_prefix(error, "libuv's loop");
        return NULL;
    }
    struct loop *loop = xcalloc(1, sizeof(*loop));
    int result = uv_loop_init(&loop->uv);
    if (result < 0) {
        error_errno(error, -result, "uv_loop_init");
        free(loop);
        return NULL;
    }
    loop->slot_count = load->concurrency;
    loop->slots = exchange_open_slots(load, 0, loop->slot_count, sizeof(*loop->slots),
                                      EXCHANGE_FOREIGN, error);
    for (unsigned i = 0; loop->slots && i < loop->slot_count && result == 0; i++) {
        loop->slots[i].loop = loop;
        loop->slots[i].tcp.data = &loop->slots[i];
        result = slot_adopt(&loop->slots[i], error);
    }
    if (loop->slots && result == 0)
        return loop;
    libuv_teardown(loop);
    return NULL;
}

static int libuv_prepare(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    int opened = loop_timer_prepare(&loop->timer, batch, error);
    if (opened <= 0)
        return opened;
    int result = uv_poll_init(&loop->uv, &loop->due, loop->timer.fd);
    if (result < 0) {
        loop_timer_close(&loop->timer);
        return error_errno(error, -result, "uv_poll_init");
    }
    loop->due.data = loop;
    return 0;
}

static int libuv_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct loop *loop = state;
    intake_begin(&loop->intake, batch);
    /* EXCHANGE_OVER: each slot begins its first request. */
    for (unsigned i = 0; i < loop->slot_count; i++)
        slot_continue(&loop->slots[i], EXCHANGE_OVER);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    return 0;
}

const struct driver driver_libuv = {
    .name = "libuv",
    .summary = "one thread, one event loop that calls back when operations are done",
    .model = MODEL_READINESS,
    .library = "libuv",
    .kernel = "epoll",
    .version = libuv_version,
    .setup = libuv_setup,
    .prepare = libuv_prepare,
    .run = libuv_run,
    .teardown = libuv_teardown,
};
