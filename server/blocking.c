/* A call that blocks cannot watch for the end of the server as well. So a signal's handler makes
 * the calls return: it shuts down the listener, and the reading side of the connection that each
 * worker serves (worker_interrupt). */
#include "blocking.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static const nsec_t ACCEPT_PAUSE = 100 * NSEC_PER_MSEC;

/* ---- sequential code ---- */

static void await(struct blocking *self, int fd, short events, nsec_t limit)
{
    if (self->ops->await)
        self->ops->await(self, fd, events, limit);
}

static void limit_time(struct blocking *self, int fd, nsec_t limit)
{
    if (self->ops->limit_time)
        self->ops->limit_time(fd, limit);
}

int blocking_accept_from(struct blocking *self, int listener)
{
    struct worker *worker = self->worker;
    while (!worker_is_ending(worker)) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | self->ops->socket_flags);
        if (fd >= 0) {
            limit_time(self, fd, worker->settings->idle);
            return fd;
        }
        if (errno == EAGAIN) {
            await(self, listener, POLLIN, INT64_MAX);
        } else if (worker_lacks_resources(errno)) {
            worker_warn(worker, "have to wait", errno);
            self->ops->sleep_until(self, clock_now() + ACCEPT_PAUSE); /* others have to end first */
        }
    }
    return -1;
}

/* `since`: when the dialogue began to wait for this. */
static enum dialogue_next receive(struct blocking *self, struct dialogue *d, int fd, nsec_t since)
{
    struct worker *worker = d->worker;
    ssize_t size = recv(fd, worker->input, sizeof(worker->input), 0);
    bool silent = size < 0 && (errno == EAGAIN || errno == EINTR);
    if (size < 0 && !silent)
        return DIALOGUE_CLOSE;
    if (silent)
        await(self, fd, POLLIN, dialogue_timeout(d));
    nsec_t now = clock_now();
    enum dialogue_next next =
        silent ? d->next : dialogue_received(d, worker->input, (size_t)size, now);
    bool waits = next == DIALOGUE_RECEIVE || next == DIALOGUE_DRAIN;
    return waits && now - since >= dialogue_timeout(d) ? dialogue_expired(d) : next;
}

static enum dialogue_next send_output(struct blocking *self, struct dialogue *d, int fd,
                                      nsec_t since)
{
    size_t size;
    const char *data = dialogue_output(d, &size);
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL | (dialogue_is_last(d) ? MSG_MORE : 0));
    bool full = sent < 0 && (errno == EAGAIN || errno == EINTR);
    if (sent < 0 && !full)
        return DIALOGUE_CLOSE;
    enum dialogue_next next = dialogue_sent(d, full ? 0 : (size_t)sent, clock_now());
    if (full && next == DIALOGUE_SEND)
        await(self, fd, POLLOUT, dialogue_timeout(d));
    bool stuck = next == DIALOGUE_SEND && d->unwritten;
    return stuck && clock_now() - since >= dialogue_timeout(d) ? dialogue_expired(d) : next;
}

static bool has_unread_input(struct worker *worker, int fd)
{
    return recv(fd, worker->input, sizeof(worker->input), MSG_DONTWAIT) > 0;
}

static void begin_draining(struct blocking *self, int fd)
{
    shutdown(fd, SHUT_WR);
    limit_time(self, fd, DIALOGUE_DRAIN_TIMEOUT);
}

void blocking_converse(struct blocking *self, int fd)
{
    struct dialogue dialogue;
    nsec_t since = clock_now();
    enum dialogue_next next = DIALOGUE_RECEIVE;
    dialogue_begin(&dialogue, self->worker);
    while (next != DIALOGUE_CLOSE) {
        enum dialogue_next before = next;
        switch (next) {
        case DIALOGUE_DELAY:
            self->ops->sleep_until(self, dialogue.due);
            next = dialogue_due(&dialogue, clock_now());
            break;
        case DIALOGUE_SEND:
            next = send_output(self, &dialogue, fd, since);
            if (next == DIALOGUE_CLOSE && has_unread_input(self->worker, fd))
                next = dialogue_drain(&dialogue);
            break;
        default: next = receive(self, &dialogue, fd, since);
        }
        if (next == DIALOGUE_DRAIN && before != DIALOGUE_DRAIN)
            begin_draining(self, fd);
        if (next != before)
            since = clock_now();
    }
    dialogue_end(&dialogue);
}

/* ---- for threads and processes ---- */

static void limit_calls(int fd, nsec_t limit)
{
    struct timeval time = {.tv_sec = limit / NSEC_PER_SEC,
                           .tv_usec = limit % NSEC_PER_SEC / NSEC_PER_USEC};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

static void sleep_until(struct blocking *self, nsec_t due)
{
    struct timespec until = clock_timespec(due);
    (void)self;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

static const struct blocking_ops calls = {.limit_time = limit_calls, .sleep_until = sleep_until};

int blocking_accept(struct worker *worker)
{
    struct blocking self = {&calls, worker};
    return blocking_accept_from(&self, worker->listeners->at[0].fd);
}

void blocking_serve(struct worker *worker, int fd)
{
    struct blocking self = {&calls, worker};
    worker_serves(worker, fd);
    blocking_converse(&self, fd);
    worker_serves(worker, -1);
    close(fd);
}

int blocking_serve_all(struct worker *worker, struct error *error)
{
    int fd;
    (void)error;
    while ((fd = blocking_accept(worker)) >= 0)
        blocking_serve(worker, fd);
    return 0;
}
