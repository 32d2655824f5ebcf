/* io_uring: one thread, and operations that the kernel executes.
 *
 * A readiness loop is told which sockets are ready, and then makes the calls. Here the calls are
 * handed over beforehand. One accept stays in force for all connections to come, and one receive
 * for all input of a connection (multishot); input arrives in a buffer that the kernel takes from a
 * ring of those provided, so a connection that is silent holds none. Only a response costs an
 * operation of its own, and all that a turn of the loop has queued goes in with the one call that
 * also waits for what comes next. A kept connection's request takes no system call to itself.
 *
 * What the kernel has to do in this thread after an event it does when the thread waits, and at no
 * other time (DEFER_TASKRUN; before Linux 6.1 COOP_TASKRUN: `active` in the account says which).
 *
 * A new connection profits less: accept, receive, send and close are four operations, each with a
 * completion to handle, and the receive has to be cancelled before the socket can be closed. The
 * memory of an operation belongs to the kernel until its completion, so a connection is released
 * only when the last one has come, and a response is copied to a place of its own.
 *
 * Choose it where connections are kept and system calls dominate. Containers often forbid it. */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/model.h"
#include "server/server.h"
#include "server/timers.h"

enum {
    SUBMISSIONS = 1024,
    COMPLETIONS = 16 * 1024,
    BUFFERS = 1024, /* a power of two */
    BUFFER_BYTES = 1024,
    BUFFER_GROUP = 0,
};

static const nsec_t ACCEPT_PAUSE = 100 * NSEC_PER_MSEC; /* when no descriptors are left */

/* What a completion is of: the low bits of its user_data; above them, the connection's address. */
enum operation { RECEIVE, SEND, CANCEL, CLOSE, ACCEPT, STOP, OPERATION_MASK = 7 };

struct connection {
    struct dialogue dialogue;
    struct timeout_link waiting; /* always on a list, except during the delay */
    struct loop *loop;
    int fd;
    unsigned operations; /* whose completions are still to come */
    bool receiving, delayed, closing;
};

struct loop {
    struct worker *worker;
    struct io_uring ring;
    struct io_uring_buf_ring *buffers;
    char *bytes; /* of the buffers */
    struct timers timers;
    struct timeout_list closing;
    size_t count;        /* connections */
    nsec_t accept_again; /* 0: accepts are in force, or the server is ending */
    bool ending;
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
    if (c)
        c->operations++;
    return sqe;
}

/* Multishot, into whichever buffer is free. */
static void queue_receive(struct connection *c)
{
    struct io_uring_sqe *sqe = operation(c->loop, RECEIVE, c);
    io_uring_prep_recv_multishot(sqe, c->fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = BUFFER_GROUP;
    c->receiving = true;
}

static void queue_accept(struct loop *loop, size_t listener)
{
    int fd = loop->worker->listeners->at[listener].fd;
    struct io_uring_sqe *sqe = operation(loop, ACCEPT, NULL);
    io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC);
    sqe->user_data |= listener << 8;
}

static void queue_accepts(struct loop *loop)
{
    loop->accept_again = 0;
    for (size_t i = 0; i < loop->worker->listeners->count; i++)
        queue_accept(loop, i);
}

static int queue_send(struct connection *c)
{
    size_t size;
    if (dialogue_keep_output(&c->dialogue) < 0)
        return -1;
    const char *data = dialogue_output(&c->dialogue, &size);
    struct io_uring_sqe *sqe = operation(c->loop, SEND, c);
    io_uring_prep_send(sqe, c->fd, data, size, MSG_NOSIGNAL);
    return 0;
}

/* ---- a connection ---- */

/* The socket stays open as long as a receive waits on it. */
static void begin_closing(struct connection *c)
{
    struct loop *loop = c->loop;
    if (c->closing)
        return;
    c->closing = true;
    dialogue_abort(&c->dialogue);
    timeout_list_add(&loop->closing, &c->waiting, 0);
    if (c->receiving) {
        struct io_uring_sqe *sqe = operation(loop, CANCEL, c);
        io_uring_prep_cancel64(sqe, (uintptr_t)c | RECEIVE, 0);
        sqe->flags |= IOSQE_IO_HARDLINK; /* then the close, whatever was found to cancel */
    }
    io_uring_prep_close(operation(loop, CLOSE, c), c->fd);
}

/* Once nothing refers to it any more. */
static void release_if_done(struct connection *c)
{
    if (!c->closing || c->operations || c->delayed)
        return;
    c->loop->count--;
    timeout_list_remove(&c->waiting);
    dialogue_end(&c->dialogue);
    free(c);
}

static void advance(struct connection *c, enum dialogue_next next, nsec_t now)
{
    struct loop *loop = c->loop;
    switch (next) {
    case DIALOGUE_SEND:
        timeout_list_add(&loop->timers.idle, &c->waiting, now);
        if (queue_send(c) < 0)
            begin_closing(c);
        break;
    case DIALOGUE_DELAY:
        timeout_list_remove(&c->waiting);
        c->delayed = true;
        deadlines_add(&loop->timers.deadlines, c->dialogue.due, c);
        break;
    case DIALOGUE_DRAIN:
        shutdown(c->fd, SHUT_WR);
        timeout_list_add(&loop->timers.draining, &c->waiting, now);
        break;
    case DIALOGUE_RECEIVE: timeout_list_add(&loop->timers.idle, &c->waiting, now); break;
    case DIALOGUE_CLOSE: begin_closing(c);
    }
}

static void on_due(void *owner)
{
    struct connection *c = owner;
    nsec_t now = clock_now();
    c->delayed = false;
    if (c->closing)
        release_if_done(c);
    else
        advance(c, dialogue_due(&c->dialogue, now), now);
}

static struct connection *connection_of(struct timeout_link *link)
{
    return (struct connection *)((char *)link - offsetof(struct connection, waiting));
}

static void on_expired(struct timeout_link *link)
{
    struct connection *c = connection_of(link);
    advance(c, dialogue_expired(&c->dialogue), clock_now());
}

/* ---- completions ---- */

static void provide(struct loop *loop, unsigned id)
{
    io_uring_buf_ring_add(loop->buffers, loop->bytes + (size_t)id * BUFFER_BYTES, BUFFER_BYTES,
                          (unsigned short)id, BUFFERS - 1, 0);
    io_uring_buf_ring_advance(loop->buffers, 1);
}

/* The dialogue takes input in every state, and acts on it where it waits for some. */
static void pass_on(struct connection *c, const char *data, size_t size)
{
    enum dialogue_next before = c->dialogue.next;
    nsec_t now = clock_now();
    enum dialogue_next next = dialogue_received(&c->dialogue, data, size, now);
    if (next != before)
        advance(c, next, now);
}

static void on_received(struct connection *c, const struct io_uring_cqe *cqe)
{
    struct loop *loop = c->loop;
    unsigned id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    c->receiving = cqe->flags & IORING_CQE_F_MORE;
    if (!c->closing && cqe->res >= 0)
        pass_on(c, loop->bytes + (size_t)id * BUFFER_BYTES, (size_t)cqe->res);
    else if (!c->closing && cqe->res != -ENOBUFS && !c->delayed)
        begin_closing(c);
    if (cqe->flags & IORING_CQE_F_BUFFER)
        provide(loop, id);
    bool ended = c->dialogue.ended || (cqe->res < 0 && cqe->res != -ENOBUFS);
    if (!c->receiving && !c->closing && !ended)
        queue_receive(c);
}

static void on_sent(struct connection *c, int sent)
{
    nsec_t now = clock_now();
    if (c->closing)
        return;
    if (sent < 0)
        begin_closing(c);
    else
        advance(c, dialogue_sent(&c->dialogue, (size_t)sent, now), now);
}

static void connection_open(struct loop *loop, int fd)
{
    struct connection *c = calloc(1, sizeof(*c));
    if (!c || deadlines_reserve(&loop->timers.deadlines, loop->count + 1) < 0) {
        free(c);
        close(fd);
        worker_refused(loop->worker, ENOMEM);
        return;
    }
    loop->count++;
    c->loop = loop;
    c->fd = fd;
    dialogue_begin(&c->dialogue, loop->worker);
    timeout_list_add(&loop->timers.idle, &c->waiting, clock_now());
    queue_receive(c);
}

/* No descriptors are left: give up requests in their delay whose clients have closed their side. */
static void give_up_the_gone(struct loop *loop)
{
    for (size_t i = 0; i < loop->timers.deadlines.count; i++) {
        struct connection *c = loop->timers.deadlines.heap[i].owner;
        if (c->dialogue.ended)
            begin_closing(c);
    }
}

static void on_accepted(struct loop *loop, const struct io_uring_cqe *cqe)
{
    if (cqe->res >= 0)
        connection_open(loop, cqe->res);
    if (cqe->flags & IORING_CQE_F_MORE || loop->ending || loop->accept_again)
        return;
    if (cqe->res >= 0 || !worker_lacks_resources(-cqe->res)) {
        queue_accept(loop, cqe->user_data >> 8);
        return;
    }
    worker_warn(loop->worker, "have to wait", -cqe->res);
    give_up_the_gone(loop);
    loop->accept_again = clock_now() + ACCEPT_PAUSE;
}

static void on_completed(struct loop *loop, const struct io_uring_cqe *cqe)
{
    enum operation kind = cqe->user_data & OPERATION_MASK;
    struct connection *c = (struct connection *)(uintptr_t)(cqe->user_data & ~(uint64_t)7);
    if (kind == ACCEPT) {
        on_accepted(loop, cqe);
    } else if (kind != STOP) {
        if (!(cqe->flags & IORING_CQE_F_MORE))
            c->operations--;
        if (kind == RECEIVE)
            on_received(c, cqe);
        else if (kind == SEND)
            on_sent(c, cqe->res);
        release_if_done(c);
    }
}

/* ---- the loop ---- */

static void close_if_idle(struct timeout_link *link)
{
    struct connection *c = connection_of(link);
    if (dialogue_is_idle(&c->dialogue))
        begin_closing(c);
}

/* Do what is due. Returns false once the server has ended. */
static bool loop_turn(struct loop *loop)
{
    nsec_t now = timers_run(&loop->timers);
    if (!loop->ending && worker_is_ending(loop->worker)) {
        loop->ending = true;
        timeout_list_each(&loop->timers.idle, close_if_idle);
    }
    if (loop->accept_again && now >= loop->accept_again && !loop->ending)
        queue_accepts(loop);
    return !loop->ending || loop->worker->row->in_flight > 0;
}

/* Submit what is queued, and sleep until something has completed or is due. */
static int loop_wait(struct loop *loop)
{
    struct io_uring_cqe *first;
    nsec_t left = timers_left(timers_next(&loop->timers, loop->accept_again));
    struct __kernel_timespec timeout = {.tv_sec = left / NSEC_PER_SEC,
                                        .tv_nsec = left % NSEC_PER_SEC};
    return io_uring_submit_and_wait_timeout(&loop->ring, &first, 1,
                                            left == INT64_MAX ? NULL : &timeout, NULL);
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
            deadlines_run(&loop->timers.deadlines, 1);
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

/* Those in the delay are released from the deadlines. */
static void release_listed(struct timeout_link *link)
{
    struct connection *c = connection_of(link);
    if (c->delayed)
        return;
    dialogue_end(&c->dialogue);
    free(c);
}

/* The sockets are closed with the process, or were already. */
static void loop_release(struct loop *loop)
{
    io_uring_queue_exit(&loop->ring);
    timeout_list_each(&loop->timers.idle, release_listed);
    timeout_list_each(&loop->timers.draining, release_listed);
    timeout_list_each(&loop->closing, release_listed);
    for (size_t i = 0; i < loop->timers.deadlines.count; i++) {
        struct connection *c = loop->timers.deadlines.heap[i].owner;
        dialogue_end(&c->dialogue);
        free(c);
    }
    deadlines_release(&loop->timers.deadlines);
    munmap(loop->buffers, BUFFERS * (sizeof(struct io_uring_buf) + BUFFER_BYTES));
}

static int uring_serve(struct worker *worker, struct error *error)
{
    struct loop loop = {.worker = worker};
    const char *active;
    int result = ring_make(&loop.ring, &active);
    if (result < 0)
        return error_errno(error, -result, "cannot create a ring");
    timers_init(&loop.timers, worker, on_due, on_expired);
    timeout_list_init(&loop.closing, INT64_MAX, on_expired);
    result = provide_buffers(&loop);
    if (result < 0) {
        io_uring_queue_exit(&loop.ring);
        return error_errno(error, -result, "cannot register a ring of buffers");
    }
    snprintf(worker->account->active, sizeof(worker->account->active),
             "%s, multishot accept and receive, provided buffers", active);
    worker->account->connection_bytes = sizeof(struct connection) + sizeof(struct deadline);
    io_uring_prep_poll_add(operation(&loop, STOP, NULL), server_stop_fd(worker->server), POLLIN);
    queue_accepts(&loop);
    result = loop_run(&loop, error);
    loop_release(&loop);
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
