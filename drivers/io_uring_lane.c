#include "io_uring_lane.h"

#include <errno.h>

/* Whose a completion is: the low bits of its user data, above them the lane. */
enum operation { CLOSE, SOCKET, CONNECT, SEND, RECEIVE, CANCEL };
enum { OPERATION_BITS = 3 };

uint32_t lane_of(const struct io_uring_cqe *cqe)
{
    return (uint32_t)(cqe->user_data >> OPERATION_BITS);
}

/* ---- writing down ---- */

static struct io_uring_sqe *queue(struct lane *lane, struct ring *ring, enum operation operation)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
    const struct net_address *server = &ring->load->server;
    uint32_t slot = lane->exchange.lane;
    uint64_t id = (uint64_t)slot << OPERATION_BITS;
    size_t size;
    const char *unsent;
    switch (operation) {
    case CLOSE: io_uring_prep_close_direct(sqe, slot); break;
    case SOCKET:
        io_uring_prep_socket_direct(sqe, server->storage.ss_family, SOCK_STREAM, 0, slot, 0);
        break;
    case CONNECT:
        io_uring_prep_connect(sqe, (int)slot, (const void *)&server->storage, server->length);
        sqe->flags = IOSQE_FIXED_FILE;
        ring->prompt++;
        break;
    case SEND: /* all of it, or it fails, and with it what is linked behind */
        unsent = exchange_unsent(&lane->exchange, &size);
        io_uring_prep_send(sqe, (int)slot, unsent, size, MSG_NOSIGNAL | MSG_WAITALL);
        sqe->flags = IOSQE_FIXED_FILE;
        lane->sending = true;
        ring->prompt++;
        break;
    case RECEIVE: /* as much as fits into a provided buffer, and no attempt at once */
        io_uring_prep_recv(sqe, (int)slot, NULL, 0, 0);
        sqe->flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
        sqe->buf_group = RING_BUFFERS;
        sqe->ioprio = IORING_RECVSEND_POLL_FIRST | (ring->multishot ? IORING_RECV_MULTISHOT : 0);
        lane->receive = RECEIVE_ARMED;
        break;
    case CANCEL: io_uring_prep_cancel64(sqe, id | RECEIVE, 0); break;
    }
    io_uring_sqe_set_data64(sqe, id | operation);
    return sqe;
}

/* Send the ask, over a new connection where none stands. Closing and making a socket are not
 * reported unless they fail, and then nothing of the rest of the chain is. */
static void lane_ask(struct lane *lane, struct ring *ring)
{
    if (lane->exchange.phase == EXCHANGE_NEW) {
        if (lane->open)
            queue(lane, ring, CLOSE)->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
        queue(lane, ring, SOCKET)->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
        queue(lane, ring, CONNECT)->flags |= IOSQE_IO_LINK;
        lane->open = true;
    }
    struct io_uring_sqe *send = queue(lane, ring, SEND);
    if (lane->receive == RECEIVE_NONE) {
        send->flags |= IOSQE_IO_LINK;
        queue(lane, ring, RECEIVE);
        lane->receive = RECEIVE_BOUND;
    }
}

/* The next request that is to be asked: a job of our own is over once it is begun. */
static bool lane_take(struct lane *lane, struct batch *batch)
{
    ptrdiff_t index;
    while ((index = batch_next(batch)) != BATCH_OVER)
        if (exchange_begin(&lane->exchange, batch, (size_t)index) != EXCHANGE_OVER)
            return lane->asked = true;
    return false;
}

/* When this is called, nothing of the lane is under way but, perhaps, an armed receive. */
bool lane_continue(struct lane *lane, struct ring *ring, struct batch *batch)
{
    struct exchange *exchange = &lane->exchange;
    bool dead = !lane->asked && !exchange->kept; /* the connection, if there is one */
    lane->waiting = true;
    if (lane->asked && exchange->phase != EXCHANGE_SENDING) {
        queue(lane, ring, RECEIVE);
    } else if (dead && lane->receive == RECEIVE_ARMED) {
        queue(lane, ring, CANCEL); /* it would keep the socket from being closed */
        lane->receive = RECEIVE_BOUND;
    } else if (lane->asked || lane_take(lane, batch)) { /* asked: a part is left */
        lane_ask(lane, ring);
    } else if (dead && lane->open) {
        queue(lane, ring, CLOSE);
    } else {
        lane->waiting = false;
    }
    return lane->waiting;
}

/* ---- taking in ---- */

static enum exchange_want on_receive(struct lane *lane, struct ring *ring,
                                     const struct io_uring_cqe *cqe)
{
    enum exchange_want want = EXCHANGE_READ;
    if (!(cqe->flags & IORING_CQE_F_MORE))
        lane->receive = RECEIVE_NONE;
    if (cqe->res == -ENOBUFS || cqe->res == -ECANCELED)
        return want; /* all buffers were full, or the chain broke: no word from the server */
    if (lane->asked)
        want = exchange_on_receive(&lane->exchange, ring_data(ring, cqe), cqe->res);
    else
        lane->exchange.kept = false; /* closed, or an answer nobody asked for */
    ring_give_back(ring, cqe);
    return want;
}

static enum exchange_want on_send(struct lane *lane, int result)
{
    lane->sending = false;
    if (!lane->asked)
        return EXCHANGE_OVER; /* one that was cancelled: connecting failed */
    size_t size;
    exchange_unsent(&lane->exchange, &size);
    if (result == (int)size && lane->receive == RECEIVE_BOUND)
        lane->receive = RECEIVE_ARMED; /* the chain goes on, even where a part is still to send */
    return exchange_on_send(&lane->exchange, result);
}

bool lane_complete(struct lane *lane, struct ring *ring, const struct io_uring_cqe *cqe)
{
    struct exchange *exchange = &lane->exchange;
    enum exchange_want want = EXCHANGE_READ;
    switch ((enum operation)(cqe->user_data & ((1 << OPERATION_BITS) - 1))) {
    case CLOSE:
    case SOCKET:
        lane->open = lane->sending = false;
        lane->receive = RECEIVE_NONE;
        if (lane->asked)
            want = exchange_on_socket(exchange, cqe->res);
        break;
    case CONNECT: want = exchange_on_connect(exchange, cqe->res); break;
    case SEND: want = on_send(lane, cqe->res); break;
    case RECEIVE: want = on_receive(lane, ring, cqe); break;
    case CANCEL: break; /* what counts is the end of the receive */
    }
    if (want == EXCHANGE_OVER)
        lane->asked = false;
    bool answering = lane->asked && exchange->phase == EXCHANGE_RECEIVING;
    if (!lane->waiting || lane->sending || lane->receive == RECEIVE_BOUND ||
        (answering && lane->receive == RECEIVE_ARMED))
        return false;
    lane->waiting = false;
    return true;
}

/* ---- before it all ---- */

int lane_open(struct lane *lane, struct ring *ring, uint32_t slot, struct error *error)
{
    exchange_init(&lane->exchange, ring->load, slot, EXCHANGE_FOREIGN);
    if (exchange_open(&lane->exchange, error) < 0)
        return -1;
    int fd = exchange_take(&lane->exchange);
    if (fd < 0)
        return 0;
    if (ring_adopt(ring, slot, fd, error) < 0)
        return -1;
    lane->open = true;
    if (!ring->multishot)
        return 0;
    queue(lane, ring, RECEIVE);
    return ring_enter(ring, 0, error);
}
