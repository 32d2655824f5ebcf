/* One connection's life.
 *
 * Each operation is tried at once; the loop watches the descriptor only after EAGAIN. A client that
 * has sent its request by the time it is accepted costs accept, recv, send and close, and no
 * epoll_ctl. Kept connections stay watched from one request to the next.
 *
 * A connection takes at most 160 bytes. What is rare is allocated apart: a request that is
 * incomplete, pipelined requests that were already read, and the part of a response that a full
 * socket did not take. During the delay nothing is read: further input stays in the kernel's
 * buffer, and flow control makes the client wait. So a closed connection is noticed when its
 * response is due. */
#include "connection.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/protocol.h"

/* Bytes to process later: the rest of what was read, or of what is to be written. */
struct pending {
    uint32_t size, done;
    char bytes[];
};

/* A copy, to be freed; NULL if there is no memory. */
static struct pending *pending_new(const char *data, size_t size)
{
    struct pending *pending = malloc(sizeof(*pending) + size);
    if (pending) {
        pending->size = (uint32_t)size;
        pending->done = 0;
        memcpy(pending->bytes, data, size);
    }
    return pending;
}

enum state { READING, DELAYED, WRITING, DRAINING };

/* The result of an operation that may close the connection. */
enum outcome {
    FREE, /* ready for the next request */
    BUSY, /* not ready; it continues from a callback */
    GONE, /* closed, and its memory released */
};

enum { LINGER_BYTES = 64 * 1024 }; /* most that is read and discarded after an error */

struct connection {
    ev_io watcher;               /* first member: callbacks get a pointer to it */
    struct timeout_link waiting; /* while reading or writing, or while draining */
    struct request_reader reader;
    int64_t bound;             /* of the request in flight */
    nsec_t delay;              /* of the request in flight */
    struct pending *unread;    /* pipelined requests, already read */
    struct pending *unwritten; /* rest of a response */
    uint32_t drained;          /* bytes discarded after an error */
    uint8_t state;             /* enum state */
    bool keep_alive;           /* keep the connection after the current response */
    bool timing;               /* the response includes the server's times */
    bool in_flight;            /* a request was received, its response is not yet written */
    bool rejected;             /* an error was sent: drain, then close */
};

_Static_assert(sizeof(struct connection) <= 160, "a connection stays small");

static struct service *service_of(const struct connection *c)
{
    return c->watcher.data;
}

static void watch(struct connection *c, int events)
{
    if (ev_is_active(&c->watcher) && c->watcher.events == events)
        return;
    ev_io_stop(service_of(c)->loop, &c->watcher);
    ev_io_set(&c->watcher, c->watcher.fd, events);
    ev_io_start(service_of(c)->loop, &c->watcher);
}

static void unwatch(struct connection *c)
{
    ev_io_stop(service_of(c)->loop, &c->watcher);
}

void connection_close(struct connection *c)
{
    struct service *service = service_of(c);
    if (c->in_flight) {
        service->account.in_flight--;
        service->account.aborted++;
    }
    service->account.open--;
    timeout_list_remove(&c->waiting);
    unwatch(c);
    close(c->watcher.fd);
    request_reader_release(&c->reader);
    free(c->unread);
    free(c->unwritten);
    free(c);
}

/* ---- writing ---- */

/* Closing a socket with unread input sends a reset, which discards what was written. So shut down
 * the sending side only and read on until the client closes or the timeout expires. */
static void linger(struct connection *c, nsec_t now)
{
    struct service *service = service_of(c);
    shutdown(c->watcher.fd, SHUT_WR);
    c->state = DRAINING;
    timeout_list_add(&service->lingering, service->loop, &c->waiting, now);
    watch(c, EV_READ);
}

static bool has_unread_input(struct connection *c)
{
    struct service *service = service_of(c);
    return recv(c->watcher.fd, service->buffer, sizeof(service->buffer), 0) > 0;
}

/* All was written: go on to the next request, or close. */
static enum outcome written(struct connection *c, nsec_t now)
{
    struct service *service = service_of(c);
    if (c->in_flight) {
        c->in_flight = false;
        service->account.in_flight--;
        service->account.completed++;
    }
    if (c->keep_alive) {
        c->state = READING;
        timeout_list_add(&service->idle, service->loop, &c->waiting, now);
        return FREE;
    }
    if (c->rejected || has_unread_input(c)) {
        linger(c, now);
        return BUSY;
    }
    connection_close(c);
    return GONE;
}

/* The last response of a connection is held back (MSG_MORE) until the close that follows at once:
 * both leave in one segment with the FIN, which halves their cost on both sides. */
static enum outcome write_out(struct connection *c, const char *data, size_t size, nsec_t now)
{
    struct service *service = service_of(c);
    int flags = c->keep_alive ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_MORE;
    ssize_t sent = send(c->watcher.fd, data, size, flags);
    if (sent == (ssize_t)size)
        return written(c, now);
    if (sent < 0 && errno == EAGAIN)
        sent = 0;
    if (sent >= 0)
        c->unwritten = pending_new(data + sent, size - (size_t)sent);
    if (!c->unwritten) {
        connection_close(c);
        return GONE;
    }
    c->state = WRITING;
    timeout_list_add(&service->idle, service->loop, &c->waiting, now);
    watch(c, EV_WRITE);
    return BUSY;
}

static enum outcome write_rest(struct connection *c)
{
    struct pending *rest = c->unwritten;
    ssize_t sent =
        send(c->watcher.fd, rest->bytes + rest->done, rest->size - rest->done, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        connection_close(c);
        return GONE;
    }
    rest->done += sent > 0 ? (uint32_t)sent : 0;
    if (rest->done < rest->size)
        return BUSY;
    free(rest);
    c->unwritten = NULL;
    return written(c, clock_now());
}

static enum outcome respond(struct connection *c, nsec_t due, nsec_t now)
{
    struct service *service = service_of(c);
    char text[PROTOCOL_RESPONSE_BYTES];
    int64_t value = (int64_t)rng_upto(&service->rng, (uint64_t)c->bound);
    struct server_times times = {
        .received = due - c->delay, .delay = c->delay, .overshoot = now - due};
    c->keep_alive = c->keep_alive && !service->ending;
    size_t size =
        protocol_write_response(&c->reader, text, value, c->timing ? &times : NULL, c->keep_alive);
    return write_out(c, text, size, now);
}

static enum outcome respond_stats(struct connection *c, nsec_t now)
{
    struct service *service = service_of(c);
    char text[PROTOCOL_RESPONSE_BYTES + ACCOUNT_JSON_BYTES], json[ACCOUNT_JSON_BYTES];
    size_t json_bytes = account_json(&service->account, &service->settings, json);
    size_t head_bytes = protocol_write_json_head(text, json_bytes, c->keep_alive);
    memcpy(text + head_bytes, json, json_bytes);
    return write_out(c, text, head_bytes + json_bytes, now);
}

/* Respond with the problem that the reader found. */
static enum outcome reject(struct connection *c, nsec_t now)
{
    char text[PROTOCOL_RESPONSE_BYTES];
    service_of(c)->account.bad_requests++;
    c->rejected = true;
    c->keep_alive = false;
    return write_out(c, text, protocol_write_problem(&c->reader, text), now);
}

/* The same for an incomplete request. */
static void reject_partial(struct connection *c, const char *problem, nsec_t now)
{
    c->reader.problem = problem;
    c->reader.status = 400;
    reject(c, now);
}

/* ---- reading ---- */

static enum outcome take_request(struct connection *c, const struct request *request, nsec_t now)
{
    struct service *service = service_of(c);
    struct account *account = &service->account;
    c->in_flight = true;
    if (++account->in_flight > account->in_flight_max)
        account->in_flight_max = account->in_flight;
    bool http = c->reader.protocol == PROTOCOL_HTTP;
    c->keep_alive = http ? request->keep_alive : service->keep_alive;
    c->bound = request->bound;
    c->timing = request->timing;
    c->delay = request->delay == PROTOCOL_DELAY_DEFAULT ? service->settings.delay : request->delay;
    if (c->delay == 0)
        return respond(c, now, now);
    c->state = DELAYED;
    timeout_list_remove(&c->waiting);
    if (!c->keep_alive)
        unwatch(c); /* its last request: further input is ignored */
    deadlines_add(&service->deadlines, now + c->delay, c);
    return BUSY;
}

/* Keep pipelined requests for later; `data` is the tail of `unread` if there is one already. If
 * there is no memory for them, the connection is closed after this response. */
static void keep_unread(struct connection *c, const char *data, size_t size)
{
    if (c->unread) {
        c->unread->done = c->unread->size - (uint32_t)size;
    } else if (size && c->keep_alive) {
        c->unread = pending_new(data, size);
        c->keep_alive = c->unread != NULL;
    }
}

/* Process the requests in `data`, one after another, until one has to wait. `now` is the time they
 * were received, or for pipelined ones the time the previous response was written. */
static void feed(struct connection *c, const char *data, size_t size, nsec_t now)
{
    while (size) {
        struct request request;
        size_t used;
        enum parse_result result = protocol_read_request(&c->reader, data, size, &used, &request);
        data += used;
        size -= used;
        enum outcome outcome = FREE;
        if (result == PARSE_DONE) {
            outcome = take_request(c, &request, now);
        } else if (result == PARSE_STATS) {
            c->keep_alive = request.keep_alive && !service_of(c)->ending;
            outcome = respond_stats(c, now);
        } else if (result == PARSE_BAD) {
            outcome = reject(c, now);
        }
        if (outcome == BUSY)
            keep_unread(c, data, size);
        if (outcome != FREE)
            return;
    }
    free(c->unread);
    c->unread = NULL;
    watch(c, EV_READ);
}

/* Process the next request: already read, or still to come. */
static void next_request(struct connection *c, nsec_t now)
{
    struct pending *unread = c->unread;
    if (unread)
        feed(c, unread->bytes + unread->done, unread->size - unread->done, now);
    else
        watch(c, EV_READ);
}

static void read_requests(struct connection *c)
{
    struct service *service = service_of(c);
    ssize_t size = recv(c->watcher.fd, service->buffer, sizeof(service->buffer), 0);
    if (size > 0)
        feed(c, service->buffer, (size_t)size, clock_now());
    else if (size < 0 && (errno == EAGAIN || errno == EINTR))
        watch(c, EV_READ);
    else if (size == 0 && c->reader.partial)
        reject_partial(c, "the connection ended in the middle of a request", clock_now());
    else
        connection_close(c);
}

static void drain(struct connection *c)
{
    struct service *service = service_of(c);
    ssize_t size = recv(c->watcher.fd, service->buffer, sizeof(service->buffer), 0);
    if (size > 0)
        c->drained += (uint32_t)size;
    bool over = size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
    if (over || c->drained >= LINGER_BYTES)
        connection_close(c);
}

/* ---- callbacks ---- */

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct connection *c = (struct connection *)watcher;
    struct service *service = service_of(c);
    switch ((enum state)c->state) {
    case READING: read_requests(c); break;
    case DELAYED: unwatch(c); break; /* input or end of file: handled after the response */
    case WRITING:
        if (write_rest(c) == FREE)
            next_request(c, clock_now());
        break;
    case DRAINING: drain(c); break;
    }
    /* An iteration of the loop may be long, with thousands ready: send responses that are due in
     * between. This may close any connection, including this one. */
    deadlines_run(&service->deadlines, 1);
}

void connection_on_due(void *owner, nsec_t due)
{
    struct connection *c = owner;
    nsec_t now = clock_now();
    histogram_add(&service_of(c)->account.overshoot, now - due);
    if (respond(c, due, now) == FREE)
        next_request(c, now);
}

struct connection *connection_of(struct timeout_link *link)
{
    return (struct connection *)((char *)link - offsetof(struct connection, waiting));
}

void connection_on_idle(struct timeout_link *link)
{
    struct connection *c = connection_of(link);
    service_of(c)->account.timed_out++;
    if (c->state == READING && c->reader.partial)
        reject_partial(c, "the rest of the request did not arrive before the idle timeout",
                       clock_now());
    else
        connection_close(c);
}

void connection_on_lingered(struct timeout_link *link)
{
    connection_close(connection_of(link));
}

bool connection_is_reading(const struct connection *c)
{
    return c->state == READING;
}

int connection_open(struct service *service, int fd)
{
    struct connection *c = malloc(sizeof(*c));
    if (!c || deadlines_reserve(&service->deadlines, service->account.open + 1) < 0) {
        free(c);
        close(fd);
        return -1;
    }
    *c = (struct connection){.state = READING};
    ev_io_init(&c->watcher, on_ready, fd, EV_READ);
    c->watcher.data = service;
    service->account.accepted++;
    service->account.open++;
    timeout_list_add(&service->idle, service->loop, &c->waiting, clock_now());
    read_requests(c); /* most clients send their request at once */
    return 0;
}

const size_t connection_bytes = sizeof(struct connection);
