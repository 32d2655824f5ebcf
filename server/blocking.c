/* A call that blocks cannot watch for the end of the server as well. So a signal's handler makes
 * the calls return: it shuts down the listener, and the reading side of the connection that each
 * worker serves (worker_interrupt). */
#include "blocking.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Most time that a call on this socket may block. */
static void limit_time(int fd, nsec_t limit)
{
    struct timeval time = {.tv_sec = limit / NSEC_PER_SEC,
                           .tv_usec = limit % NSEC_PER_SEC / NSEC_PER_USEC};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

/* No descriptors are left: others have to end first. */
static void pause_accepting(void)
{
    const struct timespec pause = {.tv_nsec = 100 * NSEC_PER_MSEC};
    nanosleep(&pause, NULL);
}

int blocking_accept(struct worker *worker)
{
    int listener = worker->listeners->at[0].fd;
    while (!worker_is_ending(worker)) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            limit_time(fd, worker->settings->idle);
            return fd;
        }
        if (worker_lacks_resources(errno)) {
            worker_warn(worker, "have to wait", errno);
            pause_accepting();
        }
    }
    return -1;
}

static void sleep_until(nsec_t due)
{
    struct timespec until = clock_timespec(due);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

/* `since`: when the dialogue began to wait for this. */
static enum dialogue_next receive(struct dialogue *d, int fd, nsec_t since)
{
    struct worker *worker = d->worker;
    ssize_t size = recv(fd, worker->input, sizeof(worker->input), 0);
    nsec_t now = clock_now();
    bool silent = size < 0 && (errno == EAGAIN || errno == EINTR);
    if (size < 0 && !silent)
        return DIALOGUE_CLOSE;
    enum dialogue_next next =
        silent ? d->next : dialogue_received(d, worker->input, (size_t)size, now);
    bool waits = next == DIALOGUE_RECEIVE || next == DIALOGUE_DRAIN;
    return waits && now - since >= dialogue_timeout(d) ? dialogue_expired(d) : next;
}

static enum dialogue_next send_output(struct dialogue *d, int fd, nsec_t since)
{
    size_t size;
    const char *data = dialogue_output(d, &size);
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL | (dialogue_is_last(d) ? MSG_MORE : 0));
    nsec_t now = clock_now();
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        return DIALOGUE_CLOSE;
    enum dialogue_next next = dialogue_sent(d, sent > 0 ? (size_t)sent : 0, now);
    bool stuck = next == DIALOGUE_SEND && d->unwritten;
    return stuck && now - since >= dialogue_timeout(d) ? dialogue_expired(d) : next;
}

static bool has_unread_input(struct worker *worker, int fd)
{
    return recv(fd, worker->input, sizeof(worker->input), MSG_DONTWAIT) > 0;
}

static void begin_draining(int fd)
{
    shutdown(fd, SHUT_WR);
    limit_time(fd, DIALOGUE_DRAIN_TIMEOUT);
}

void blocking_serve(struct worker *worker, int fd)
{
    struct dialogue dialogue;
    nsec_t since = clock_now();
    enum dialogue_next next = DIALOGUE_RECEIVE;
    worker_serves(worker, fd);
    dialogue_begin(&dialogue, worker);
    while (next != DIALOGUE_CLOSE) {
        enum dialogue_next before = next;
        switch (next) {
        case DIALOGUE_DELAY:
            sleep_until(dialogue.due);
            next = dialogue_due(&dialogue, clock_now());
            break;
        case DIALOGUE_SEND:
            next = send_output(&dialogue, fd, since);
            if (next == DIALOGUE_CLOSE && has_unread_input(worker, fd))
                next = dialogue_drain(&dialogue);
            break;
        default: next = receive(&dialogue, fd, since);
        }
        if (next == DIALOGUE_DRAIN && before != DIALOGUE_DRAIN)
            begin_draining(fd);
        if (next != before)
            since = clock_now();
    }
    worker_serves(worker, -1);
    close(fd);
    dialogue_end(&dialogue);
}

int blocking_serve_all(struct worker *worker, struct error *error)
{
    int fd;
    (void)error;
    while ((fd = blocking_accept(worker)) >= 0)
        blocking_serve(worker, fd);
    return 0;
}
