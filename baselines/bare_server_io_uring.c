/* The yardstick of the completion server models: the operations of `io_uring`, in the same order:
 * multishot accept, provided buffers, a send for each response; a multishot receive where the
 * connection is kept, else one receive, and a look for unread input before the close. What the
 * model takes longer is the cost of its dialogue, its account and its timeouts. See bare_server.h.
 */
#include "bare_server.h"

#include <liburing.h>
#include <sys/resource.h>

#include "lib/error.h"

/* As server/models/io_uring.c. */
enum {
    SUBMISSIONS = 1024,
    COMPLETIONS = 16 * 1024,
    BUFFERS = 1024,
    BUFFER_BYTES = 1024,
    BUFFER_GROUP = 0,
};

/* What a completion is of: the low bits of its user_data; above them, the descriptor. */
enum operation { RECEIVE, SEND, CANCEL, CLOSE, ACCEPT, OPERATION_BITS = 3 };

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char bytes[BUFFERS][BUFFER_BYTES];
static bool *closing; /* by descriptor */

static uint64_t user_data(enum operation kind, int fd)
{
    return (uint64_t)fd << OPERATION_BITS | kind;
}

static struct io_uring_sqe *operation(enum operation kind, int fd)
{
    struct io_uring_sqe *sqe;
    while (!(sqe = io_uring_get_sqe(&ring)))
        io_uring_submit(&ring);
    sqe->user_data = user_data(kind, fd);
    return sqe;
}

static void queue_accept(void)
{
    io_uring_prep_multishot_accept(operation(ACCEPT, bare.listener), bare.listener, NULL, NULL,
                                   SOCK_CLOEXEC);
}

static void queue_receive(int fd)
{
    struct io_uring_sqe *sqe = operation(RECEIVE, fd);
    if (bare.keep_alive)
        io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    else
        io_uring_prep_recv(sqe, fd, NULL, BUFFER_BYTES, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = BUFFER_GROUP;
}

static void begin_closing(int fd, bool receiving)
{
    if (closing[fd])
        return;
    closing[fd] = true;
    if (receiving) {
        struct io_uring_sqe *sqe = operation(CANCEL, fd);
        io_uring_prep_cancel64(sqe, user_data(RECEIVE, fd), 0);
        sqe->flags |= IOSQE_IO_HARDLINK;
    }
    io_uring_prep_close(operation(CLOSE, fd), fd);
}

static void provide(unsigned id)
{
    io_uring_buf_ring_add(buffers, bytes[id], BUFFER_BYTES, (unsigned short)id, BUFFERS - 1, 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void on_received(int fd, const struct io_uring_cqe *cqe)
{
    unsigned id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
    if (cqe->res > 0 && bare_request_ends(bytes[id], cqe->res))
        io_uring_prep_send(operation(SEND, fd), fd, bare.response, bare.response_size,
                           MSG_NOSIGNAL);
    if (cqe->flags & IORING_CQE_F_BUFFER)
        provide(id);
    if (cqe->flags & IORING_CQE_F_MORE || cqe->res == -ECANCELED)
        return;
    if (cqe->res == -ENOBUFS || (cqe->res > 0 && bare.keep_alive))
        queue_receive(fd);
    else if (cqe->res <= 0)
        begin_closing(fd, false);
}

static void on_completed(const struct io_uring_cqe *cqe)
{
    int fd = (int)(cqe->user_data >> OPERATION_BITS);
    switch ((enum operation)(cqe->user_data & ((1 << OPERATION_BITS) - 1))) {
    case ACCEPT:
        if (cqe->res < 0)
            errx(1, "accept: %s", strerror(-cqe->res));
        closing[cqe->res] = false;
        queue_receive(cqe->res);
        if (!(cqe->flags & IORING_CQE_F_MORE))
            queue_accept();
        break;
    case RECEIVE: on_received(fd, cqe); break;
    case SEND:
        if (cqe->res >= 0 && !bare.keep_alive)
            recv(fd, bytes[0], BUFFER_BYTES, MSG_DONTWAIT);
        if (cqe->res < 0 || !bare.keep_alive)
            begin_closing(fd, bare.keep_alive);
        break;
    case CANCEL:
    case CLOSE: break;
    }
}

static void ring_make(void)
{
    struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER |
                                              IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                                              IORING_SETUP_CQSIZE,
                                     .cq_entries = COMPLETIONS};
    int result = io_uring_queue_init_params(SUBMISSIONS, &ring, &params);
    if (result == -EINVAL) { /* before Linux 6.1 */
        params.flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
        result = io_uring_queue_init_params(SUBMISSIONS, &ring, &params);
    }
    if (result < 0)
        errx(1, "cannot create a ring: %s", strerror(-result));
}

static void provide_all(void)
{
    static struct io_uring_buf entries[BUFFERS] __attribute__((aligned(4096)));
    struct io_uring_buf_reg group = {
        .ring_addr = (uintptr_t)entries, .ring_entries = BUFFERS, .bgid = BUFFER_GROUP};
    int result = io_uring_register_buf_ring(&ring, &group, 0);
    if (result < 0)
        errx(1, "cannot register a ring of buffers: %s", strerror(-result));
    buffers = (struct io_uring_buf_ring *)entries;
    io_uring_buf_ring_init(buffers);
    for (unsigned id = 0; id < BUFFERS; id++)
        provide(id);
}

int main(int argc, char **argv)
{
    struct rlimit descriptors;
    getrlimit(RLIMIT_NOFILE, &descriptors);
    closing = xcalloc(descriptors.rlim_cur, sizeof(*closing));
    bare_listen(argc, argv);
    ring_make();
    provide_all();
    queue_accept();
    for (;;) {
        unsigned head, seen = 0;
        struct io_uring_cqe *cqe;
        int result = io_uring_submit_and_wait(&ring, 1);
        if (result < 0 && result != -EINTR && result != -EBUSY)
            errx(1, "io_uring_submit_and_wait: %s", strerror(-result));
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            on_completed(cqe);
            seen++;
        }
        io_uring_cq_advance(&ring, seen);
    }
}
