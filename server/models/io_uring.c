/* io_uring: one thread, and operations that the kernel executes.
 *
 * A readiness loop is told which sockets are ready, and then makes the calls. Here the calls are
 * handed over beforehand. One accept stays in force for all connections to come, and one receive
 * for all further input of a connection that is kept (multishot); input arrives in a buffer that
 * the kernel takes from a ring of those provided, so a connection that is silent holds none. Only a
 * response costs an operation of its own, and all that a turn of the loop has queued goes in with
 * the one call that also waits for what comes next. A kept connection's request takes no system
 * call to itself.
 *
 * What the kernel has to do in this thread after an event it does when the thread waits, and at no
 * other time (DEFER_TASKRUN; before Linux 6.1 COOP_TASKRUN: `active` in the account says which).
 *
 * A new connection profits less: accept, receive, send and close are four operations, each with a
 * completion to handle; and what is still under way has to be cancelled before a socket can be
 * closed. The memory of an operation belongs to the kernel until its completion, so a connection is
 * released only when the last one has come, and a response is copied to a place of its own.
 *
 * Choose it where connections are kept and system calls dominate. Containers often forbid it. */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/connections.h"
#include "server/model.h"
#include "server/server.h"

enum {
    SUBMISSIONS = 1024,
    COMPLETIONS = 16 * 1024,
    BUFFERS = 1024, /* a power of two */
    BUFFER_BYTES = 1024,
    BUFFER_GROUP = 0,
};

/* What a completion is of: the low bits of its user_data; above them, the connection's address. */
enum operation { RECEIVE, SEND, CANCEL, CLOSE, ACCEPT, STOP, OPERATION_MASK = 7 };

struct uring_connection {
    struct connection connection;
    bool receiving, cancelling, sending;
    bool kept, pipelines; /* a request was completed before; input came ahead of its time */
};

struct loop {
    struct connections connections;
    struct io_uring ring;
    struct io_uring_buf_ring *buffers;
    char *bytes;                   /* of the buffers */
    unsigned operations;           /* of all connections */
    bool accepting[LISTENERS_MAX]; /* a multishot accept is in force */
};

/* ---- operations ---- */

static struct io_uring_sqe *operation(struct loop *loop, enum operation kind, struct connection *c)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&loop->ring);
    while (!sqe) {
        io_uring_submit(&loop->ring);
        sqe = io_uring_get_sqe(&loop->ring);
    }
    sqe->user_data = (uintptr_t)c | kind;
    if (c) {
        c->operations++;
        loop->operations++;
    }
    return sqe;
}

/* Into whichever buffer is free. */
static void queue_receive(struct connection *c, bool multishot)
{
    struct io_uring_sqe *sqe = operation(c->owner->loop, RECEIVE, c);
    if (multishot)
        io_uring_prep_recv_multishot(sqe, c->fd, NULL, 0, 0);
    else
        io_uring_prep_recv(sqe, c->fd, NULL, BUFFER_BYTES, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = BUFFER_GROUP;
    ((struct uring_connection *)c)->receiving = true;
}

static int queue_send(struct connection *c)
{
    size_t size;
    if (dialogue_keep_output(&c->dialogue) < 0)
        return -1;
    const char *data = dialogue_output(&c->dialogue, &size);
    struct io_uring_sqe *sqe = operation(c->owner->loop, SEND, c);
    io_uring_prep_send(sqe, c->fd, data, size, MSG_NOSIGNAL);
    ((struct uring_connection *)c)->sending = true;
    return 0;
}

static struct io_uring_sqe *queue_cancel(struct connection *c, enum operation kind)
{
    struct io_uring_sqe *sqe = operation(c->owner->loop, CANCEL, c);
    io_uring_prep_cancel64(sqe, (uintptr_t)c | kind, 0);
    ((struct uring_connection *)c)->cancelling = true;
    return sqe;
}

/* The socket stays open as long as an operation waits on it, so those are cancelled first, and the
 * close waits for that, whatever there was to cancel. */
static void queue_close(struct connection *c)
{
    const struct uring_connection *self = (struct uring_connection *)c;
    if (self->receiving)
        queue_cancel(c, RECEIVE)->flags |= IOSQE_IO_HARDLINK;
    if (self->sending)
        queue_cancel(c, SEND)->flags |= IOSQE_IO_HARDLINK;
    io_uring_prep_close(operation(c->owner->loop, CLOSE, c), c->fd);
}

/* Receive, or stop receiving. What a multishot receive has taken from the socket no longer makes
 * the client wait, so one that sends ahead gets a receive for each of its turns. A cancellation
 * fails if the kernel is just at work on what it should cancel: it is tried again. */
static void settle(struct connection *c)
{
    const struct uring_connection *self = (struct uring_connection *)c;
    bool multishot = self->kept && !self->pipelines;
    bool waits = c->dialogue.next == DIALOGUE_RECEIVE || c->dialogue.next == DIALOGUE_DRAIN;
    bool wanted = c->fd >= 0 && !c->dialogue.ended && (multishot || waits);
    if (wanted && !self->receiving)
        queue_receive(c, multishot);
    else if (!wanted && self->receiving && !self->cancelling)
        queue_cancel(c, RECEIVE);
}

static void advance(struct connection *c, enum dialogue_next next, nsec_t now)
{
    struct uring_connection *self = (struct uring_connection *)c;
    self->kept = self->kept || next == DIALOGUE_RECEIVE;
    connection_enter(c, next, true, now);
    if (next == DIALOGUE_SEND && queue_send(c) < 0)
        connection_close(c);
    settle(c);
}

/* Switched off, accepts end by themselves: they fail, or their listener was shut down. */
static void loop_listen(struct connections *connections, bool on)
{
    struct loop *loop = connections->loop;
    for (size_t i = 0; on && i < connections->worker->listeners->count; i++) {
        if (loop->accepting[i])
            continue;
        struct io_uring_sqe *sqe = operation(loop, ACCEPT, NULL);
        io_uring_prep_multishot_accept(sqe, connections->worker->listeners->at[i].fd, NULL, NULL,
                                       SOCK_CLOEXEC);
        sqe->user_data |= i << 8;
        loop->accepting[i] = true;
    }
}

/* ---- completions ---- */

static void provide(struct loop *loop, unsigned id)
{
    io_uring_buf_ring_add(loop->buffers, loop->bytes + (size_t)id * BUFFER_BYTES, BUFFER_BYTES,
                          (unsigned short)id, BUFFERS - 1, 0);
    io_uring_buf_ring_advance(loop->buffers, 1);
}

static void on_received(struct connection *c, const struct io_uring_cqe *cqe)
{
    struct uring_connection *self = (struct uring_connection *)c;
    struct loop *loop = c->owner->loop;
    unsigned id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    self->receiving = cqe->flags & IORING_CQE_F_MORE;
    if (cqe->res != -ENOBUFS && cqe->res != -ECANCELED) /* else it is tried again */
        connection_received(c, loop->bytes + (size_t)id * BUFFER_BYTES, cqe->res);
    if (cqe->flags & IORING_CQE_F_BUFFER)
        provide(loop, id);
    self->pipelines = self->pipelines || c->dialogue.unread;
    settle(c);
}

static void on_accepted(struct loop *loop, const struct io_uring_cqe *cqe)
{
    struct connections *connections = &loop->connections;
    size_t i = cqe->user_data >> 8;
    loop->accepting[i] = cqe->flags & IORING_CQE_F_MORE;
    if (cqe->res >= 0)
        connections_open(connections, cqe->res);
    else if (worker_lacks_resources(-cqe->res) &&
             connections_make_room(connections, connections->worker->listeners->at[i].fd,
                                   -cqe->res))
        connections_pause(connections); /* until the descriptors are closed */
    if (!connections->ending && !connections->listen_again)
        loop_listen(connections, true);
}

static void on_completed(struct loop *loop, const struct io_uring_cqe *cqe)
{
    enum operation kind = cqe->user_data & OPERATION_MASK;
    struct connection *c = (struct connection *)(uintptr_t)(cqe->user_data & ~(uint64_t)7);
    switch (kind) {
    case ACCEPT: on_accepted(loop, cqe); return;
    case STOP: return; /* it only had to wake the loop */
    case RECEIVE: on_received(c, cqe); break;
    case SEND:
        ((struct uring_connection *)c)->sending = false;
        connection_sent(c, cqe->res);
        break;
    case CANCEL:
        ((struct uring_connection *)c)->cancelling = false;
        settle(c);
        break;
    default: break;
    }
    if (cqe->flags & IORING_CQE_F_MORE)
        return;
    loop->operations--;
    connection_completed(c);
}

/* ---- the loop ---- */

/* Submit what is queued, and sleep until something has completed or is due. */
static int loop_wait(struct loop *loop)
{
    struct io_uring_cqe *first;
    nsec_t left = connections_wait(&loop->connections);
    struct __kernel_timespec timeout = {.tv_sec = left / NSEC_PER_SEC,
                                        .tv_nsec = left % NSEC_PER_SEC};
    return io_uring_submit_and_wait_timeout(&loop->ring, &first, 1,
                                            left == INT64_MAX ? NULL : &timeout, NULL);
}

/* At the end, what was started is completed. */
static bool loop_turn(struct loop *loop)
{
    if (connections_turn(&loop->connections))
        return true;
    connections_close(&loop->connections);
    return loop->operations > 0;
}

static int loop_run(struct loop *loop, struct error *error)
{
    while (loop_turn(loop)) {
        unsigned head, seen = 0;
        struct io_uring_cqe *cqe;
        int result = loop_wait(loop);
        if (result < 0 && result != -ETIME && result != -EINTR && result != -EBUSY)
            return error_errno(error, -result, "cannot wait for completions");
        io_uring_for_each_cqe(&loop->ring, head, cqe)
        {
            on_completed(loop, cqe);
            connections_run_due(&loop->connections, 1);
            seen++;
        }
        io_uring_cq_advance(&loop->ring, seen);
    }
    return 0;
}

/* ---- setting up ---- */

/* Returns 0 or -errno; `*active` says how it works. */
static int ring_make(struct io_uring *ring, const char **active)
{
    static const struct {
        unsigned flags;
        const char *name;
    } modes[] = {
        {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, "DEFER_TASKRUN"},
        {IORING_SETUP_COOP_TASKRUN, "COOP_TASKRUN"},
    };
    int result = -EINVAL;
    for (int i = 0; i < 2 && result == -EINVAL; i++) {
        struct io_uring_params params = {.flags = modes[i].flags | IORING_SETUP_SUBMIT_ALL |
                                                  IORING_SETUP_CQSIZE,
                                         .cq_entries = COMPLETIONS};
        *active = modes[i].name;
        result = io_uring_queue_init_params(SUBMISSIONS, ring, &params);
    }
    return result;
}

/* The ring that the kernel takes buffers from, then the buffers. */
static int provide_buffers(struct loop *loop)
{
    size_t ring_bytes = BUFFERS * sizeof(struct io_uring_buf);
    void *memory = mmap(NULL, ring_bytes + BUFFERS * BUFFER_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    struct io_uring_buf_reg group = {
        .ring_addr = (uintptr_t)memory, .ring_entries = BUFFERS, .bgid = BUFFER_GROUP};
    loop->buffers = memory;
    loop->bytes = (char *)memory + ring_bytes;
    int result = io_uring_register_buf_ring(&loop->ring, &group, 0);
    if (result < 0)
        return result;
    io_uring_buf_ring_init(loop->buffers);
    for (unsigned id = 0; id < BUFFERS; id++)
        provide(loop, id);
    return 0;
}

static int uring_serve(struct worker *worker, struct error *error)
{
    static const struct connections_form form = {
        .begin = settle, .advance = advance, .close = queue_close};
    static const struct connections_ops ops = {
        .form = &form, .connection_bytes = sizeof(struct uring_connection), .listen = loop_listen};
    struct loop loop = {0};
    const char *active;
    int result = ring_make(&loop.ring, &active);
    if (result < 0)
        return error_errno(error, -result, "cannot create a ring");
    result = provide_buffers(&loop);
    if (result < 0) {
        io_uring_queue_exit(&loop.ring);
        return error_errno(error, -result, "cannot register a ring of buffers");
    }
    snprintf(worker->account->active, sizeof(worker->account->active),
             "%s, multishot accept and receive, provided buffers", active);
    connections_init(&loop.connections, worker, &ops, &loop);
    io_uring_prep_poll_add(operation(&loop, STOP, NULL), server_stop_fd(worker->server), POLLIN);
    connections_listen(&loop.connections);
    result = loop_run(&loop, error);
    io_uring_queue_exit(&loop.ring);
    connections_release(&loop.connections);
    munmap(loop.buffers, BUFFERS * (sizeof(struct io_uring_buf) + BUFFER_BYTES));
    return result;
}

static int uring_probe(const struct server_model *self, struct error *why)
{
    struct io_uring ring;
    const char *active;
    (void)self;
    int result = ring_make(&ring, &active);
    if (result == 0)
        io_uring_queue_exit(&ring);
    return result == 0
               ? 0
               : error_errno(why, -result,
                             "cannot create a ring: Linux 5.19 is needed, and neither a "
                             "container's filter nor kernel.io_uring_disabled may forbid it");
}

const struct server_model server_model_io_uring = {
    .name = "io_uring",
    .summary = "one thread, operations that the kernel executes and completes",
    .workers = WORKERS_ONE,
    .probe = uring_probe,
    .serve = uring_serve,
};
