#include "io_uring_slot.h"

#include <errno.h>
#include <string.h>

/* A completion's user data: the operation in the low bits, above them the slot. */
enum operation { CLOSE, SOCKET, CONNECT, SEND, RECEIVE, CANCEL };
enum { OPERATION_BITS = 3 };

uint32_t slot_of(const struct io_uring_cqe *cqe)
{
    return (uint32_t)(cqe->user_data >> OPERATION_BITS);
}

/* ---- queueing operations ---- */

static struct io_uring_sqe *queue(struct slot *slot, struct ring *ring, enum operation operation)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
    const struct net_address *server = &ring->load->server;
    uint32_t place = slot->exchange.slot; /* in the table of sockets */
    uint64_t id = (uint64_t)place << OPERATION_BITS;
    size_t size;
    const char *unsent;
    switch (operation) {
    case CLOSE: io_uring_prep_close_direct(sqe, place); break;
    case SOCKET:
        io_uring_prep_socket_direct(sqe, server->storage.ss_family, SOCK_STREAM, 0, place, 0);
        break;
    case CONNECT:
        io_uring_prep_connect(sqe, (int)place, (const void *)&server->storage, server->length);
        sqe->flags = IOSQE_FIXED_FILE;
        ring->immediate++;
        break;
    case SEND: /* all of it, or it fails, and with it the operations linked after it */
        unsent = exchange_unsent(&slot->exchange, ring_text(ring, place), &size);
        io_uring_prep_send(sqe, (int)place, unsent, size, MSG_NOSIGNAL | MSG_WAITALL);
        sqe->flags = IOSQE_FIXED_FILE;
        slot->sending = true;
        ring->immediate++;
        break;
    case RECEIVE: /* what fits into a provided buffer; poll first */
        io_uring_prep_recv(sqe, (int)place, NULL, 0, 0);
        sqe->flags = IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
        sqe->buf_group = RING_BUFFERS;
        sqe->ioprio = IORING_RECVSEND_POLL_FIRST | (ring->multishot ? IORING_RECV_MULTISHOT : 0);
        slot->receive = RECEIVE_ARMED;
        break;
    case CANCEL: io_uring_prep_cancel64(sqe, id | RECEIVE, 0); break;
    }
    io_uring_sqe_set_data64(sqe, id | operation);
    return sqe;
}

/* Send the request, over a new connection if there is none. Closing and creating a socket are
 * reported only if they fail, and then the rest of the chain is not. */
static void slot_send_request(struct slot *slot, struct ring *ring)
{
    if (slot->exchange.phase == EXCHANGE_NEW) {
        if (slot->open)
            queue(slot, ring, CLOSE)->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
        queue(slot, ring, SOCKET)->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
        queue(slot, ring, CONNECT)->flags |= IOSQE_IO_LINK;
        slot->open = true;
    }
    struct io_uring_sqe *send = queue(slot, ring, SEND);
    if (slot->receive == RECEIVE_NONE) {
        send->flags |= IOSQE_IO_LINK;
        queue(slot, ring, RECEIVE);
        slot->receive = RECEIVE_LINKED;
    }
}

/* Begin the next request that is to be sent: a job is over once it is begun. If the request is not
 * yet due, the old connection is closed without it. */
static bool slot_take(struct slot *slot, struct intake *intake)
{
    struct exchange *exchange = &slot->exchange;
    while (!slot->open || exchange->kept || !intake_is_early(intake)) {
        ptrdiff_t index = intake_next(intake, exchange);
        if (index < 0)
            return false;
        if (exchange_begin(exchange, intake->batch, (size_t)index) != EXCHANGE_OVER)
            return slot->in_flight = true;
    }
    return false;
}

/* Called when the slot has no operation in progress, except perhaps an armed receive. */
bool slot_continue(struct slot *slot, struct ring *ring, struct intake *intake)
{
    struct exchange *exchange = &slot->exchange;
    bool dead = !slot->in_flight && !exchange->kept; /* the connection, if there is one */
    slot->waiting = true;
    if (slot->in_flight && exchange->phase != EXCHANGE_SENDING) {
        queue(slot, ring, RECEIVE);
    } else if (dead && slot->receive == RECEIVE_ARMED) {
        queue(slot, ring, CANCEL); /* it would prevent the socket from closing */
        slot->receive = RECEIVE_LINKED;
    } else if (slot->in_flight || slot_take(slot, intake)) { /* in_flight: a part is left to send */
        slot_send_request(slot, ring);
    } else if (dead && slot->open) {
        queue(slot, ring, CLOSE);
    } else {
        slot->waiting = false;
    }
    return slot->waiting;
}

/* ---- handling completions ---- */

static enum exchange_want on_receive(struct slot *slot, struct ring *ring,
                                     const struct io_uring_cqe *cqe)
{
    enum exchange_want want = EXCHANGE_READ;
    if (!(cqe->flags & IORING_CQE_F_MORE))
        slot->receive = RECEIVE_NONE;
    if (cqe->res == -ENOBUFS || cqe->res == -ECANCELED)
        return want; /* no free buffer, or the chain was cancelled */
    if (slot->in_flight)
        want = exchange_on_receive(&slot->exchange, ring_data(ring, cqe), cqe->res);
    else
        slot->exchange.kept = false; /* closed, or unrequested bytes */
    ring_return_buffer(ring, cqe);
    return want;
}

static enum exchange_want on_send(struct slot *slot, int result)
{
    slot->sending = false;
    if (!slot->in_flight)
        return EXCHANGE_OVER; /* it was cancelled: connecting failed */
    if (result == (int)exchange_unsent_bytes(&slot->exchange) && slot->receive == RECEIVE_LINKED)
        slot->receive = RECEIVE_ARMED; /* the chain continues, even if a part is left to send */
    return exchange_on_send(&slot->exchange, result);
}

bool slot_complete(struct slot *slot, struct ring *ring, const struct io_uring_cqe *cqe)
{
    struct exchange *exchange = &slot->exchange;
    enum exchange_want want = EXCHANGE_READ;
    switch ((enum operation)(cqe->user_data & ((1 << OPERATION_BITS) - 1))) {
    case CLOSE:
    case SOCKET:
        slot->open = slot->sending = false;
        slot->receive = RECEIVE_NONE;
        if (slot->in_flight)
            want = exchange_on_socket(exchange, cqe->res);
        break;
    case CONNECT: want = exchange_on_connect(exchange, cqe->res); break;
    case SEND: want = on_send(slot, cqe->res); break;
    case RECEIVE: want = on_receive(slot, ring, cqe); break;
    case CANCEL: break; /* only the end of the receive counts */
    }
    if (want == EXCHANGE_OVER)
        slot->in_flight = false;
    bool receiving = slot->in_flight && exchange->phase == EXCHANGE_RECEIVING;
    if (!slot->waiting || slot->sending || slot->receive == RECEIVE_LINKED ||
        (receiving && slot->receive == RECEIVE_ARMED))
        return false;
    slot->waiting = false;
    return true;
}

/* ---- setup ---- */

int slot_open(struct slot *slot, struct ring *ring, uint32_t number, struct error *error)
{
    exchange_init(&slot->exchange, ring->load, number, EXCHANGE_FOREIGN);
    memset(ring_text(ring, number), 0, ring->text_bytes); /* pre-fault its pages */
    if (exchange_open(&slot->exchange, error) < 0)
        return -1;
    int fd = exchange_take(&slot->exchange);
    if (fd < 0)
        return 0;
    if (ring_adopt(ring, number, fd, error) < 0)
        return -1;
    slot->open = true;
    if (!ring->multishot)
        return 0;
    queue(slot, ring, RECEIVE);
    return ring_enter(ring, 0, INT64_MAX, error);
}
