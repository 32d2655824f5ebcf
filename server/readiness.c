/* Each operation is tried at once; the loop watches the descriptor only after EAGAIN. A client that
 * has sent its request by the time it is accepted costs accept, recv, send and close, and no change
 * of what is watched. Kept connections stay watched from one request to the next. */
#include "readiness.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int watch(struct connection *c, short events)
{
    if (c->watched == events)
        return 0;
    if (c->owner->ops->watch(c, events) < 0)
        return -1;
    c->watched = events;
    return 0;
}

/* Returns DIALOGUE_SEND only if the socket is full. The last response is held back (MSG_MORE) until
 * the close that follows at once: both leave in one segment, which halves their cost on both
 * sides. */
static enum dialogue_next send_output(struct connection *c, nsec_t now)
{
    struct dialogue *d = &c->dialogue;
    size_t size;
    const char *data = dialogue_output(d, &size);
    int flags = dialogue_is_last(d) && !d->unwritten ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    ssize_t sent = send(c->fd, data, size, flags);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return DIALOGUE_CLOSE;
    return dialogue_sent(d, sent > 0 ? (size_t)sent : 0, now);
}

static void watch_for(struct connection *c, short events)
{
    if (watch(c, events) == 0)
        return;
    worker_refused(c->owner->worker, errno);
    connection_close(c);
}

/* Do what comes next, until the socket or the time has to be waited for. */
static void advance(struct connection *c, enum dialogue_next next, nsec_t now)
{
    bool sent = false;
    while (next == DIALOGUE_SEND) {
        next = send_output(c, now);
        sent = next != DIALOGUE_SEND || !c->dialogue.unwritten;
        if (!sent) {
            connection_enter(c, next, c->watched != POLLOUT, now);
            watch_for(c, POLLOUT);
            return;
        }
    }
    if (next == DIALOGUE_CLOSE && sent)
        next = connection_drain_unread(c);
    connection_enter(c, next, sent, now);
    if (next == DIALOGUE_RECEIVE || next == DIALOGUE_DRAIN)
        watch_for(c, POLLIN);
    else if (next == DIALOGUE_DELAY && dialogue_is_last(&c->dialogue))
        watch(c, 0); /* its last request: further input is ignored */
}

static void receive(struct connection *c)
{
    struct worker *worker = c->owner->worker;
    ssize_t size = recv(c->fd, worker->input, sizeof(worker->input), 0);
    if (size < 0 && errno != EAGAIN && errno != EINTR) {
        connection_close(c);
        return;
    }
    nsec_t now = clock_now();
    enum dialogue_next before = c->dialogue.next;
    enum dialogue_next next =
        size < 0 ? before : dialogue_received(&c->dialogue, worker->input, (size_t)size, now);
    if (next != DIALOGUE_DRAIN)
        advance(c, next, now);
}

void connection_ready(struct connection *c)
{
    struct connections *owner = c->owner;
    if (c->fd < 0)
        return;
    switch ((enum dialogue_next)c->dialogue.next) {
    case DIALOGUE_DELAY: watch(c, 0); break; /* input or its end: handled after the response */
    case DIALOGUE_SEND: advance(c, DIALOGUE_SEND, clock_now()); break;
    default: receive(c);
    }
    /* A turn of the loop may be long, with thousands ready: send what is due in between. */
    connections_run_due(owner, 1);
}

static void forget_and_close(struct connection *c)
{
    if (c->owner->ops->forget)
        c->owner->ops->forget(c);
    close(c->fd);
}

const struct connections_form readiness = {
    .begin = receive, /* most clients send their request at once */
    .advance = advance,
    .close = forget_and_close,
};
