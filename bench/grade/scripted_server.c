#include "scripted_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"
#include "lib/protocol.h"
#include "lib/rng.h"

enum { CONNECTIONS_MAX = 512, TICK_MS = 1, IDLE_MS = 20, INPUT_BYTES = 4096 };

struct connection {
    int fd; /* -1: free */
    struct request_reader reader;
    bool ended;       /* we have said all, and look whether more comes */
    bool waits;       /* a request is complete, its response not yet begun */
    enum reply reply; /* to it */
    bool in_pieces, ends_after;
    char output[PROTOCOL_RESPONSE_BYTES];
    size_t output_bytes, output_sent;
};

struct script_log script_log;

static struct {
    const struct script *script;
    pthread_t thread;
    atomic_bool stopping;
    atomic_size_t requests; /* that will have arrived in the end */
    int listener;
    struct connection connections[CONNECTIONS_MAX];
    struct rng rng;
    unsigned pending; /* received, and not yet responded to */
    nsec_t hold_since, held_until, awake_before, late_since;
} server;

static void connection_close(struct connection *connection, bool reset)
{
    const struct linger at_once = {.l_onoff = 1};
    if (reset)
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(connection->fd);
    request_reader_release(&connection->reader);
    *connection = (struct connection){.fd = -1};
}

/* ---- responses ---- */

static void compose(struct connection *connection, int64_t bound)
{
    bool keep = server.script->keep_alive && connection->reply != REPLY_LAST;
    int64_t value = (int64_t)rng_upto(&server.rng, (uint64_t)bound);
    if (connection->reply == REPLY_WRONG)
        value = bound + 1;
    connection->output_bytes =
        protocol_write_response(&connection->reader, connection->output, value, NULL, keep);
    if (connection->reply == REPLY_ERROR) {
        connection->reader.problem = "busy";
        connection->reader.status = 503;
        connection->output_bytes = protocol_write_problem(&connection->reader, connection->output);
    }
    if (connection->reply == REPLY_GARBAGE)
        connection->output_bytes = (size_t)sprintf(connection->output, "hello\n");
    if (connection->reply == REPLY_CUT)
        connection->output_bytes /= 2;
    if (connection->reply == REPLY_NONE || connection->reply == REPLY_RESET)
        connection->output_bytes = 0;
    connection->output_sent = 0;
    connection->in_pieces = connection->reply == REPLY_IN_PIECES;
    connection->ends_after =
        !keep || (connection->reply != REPLY_WHOLE && connection->reply != REPLY_IN_PIECES &&
                  connection->reply != REPLY_LATE);
}

/* The response is over. A connection that ends is kept half open where it had been kept: nothing
 * may come on it any more. */
static void connection_finish(struct connection *connection)
{
    connection->output_bytes = 0;
    script_log.completed++;
    if (connection->reply == REPLY_RESET || !server.script->keep_alive) {
        connection_close(connection, connection->reply == REPLY_RESET);
    } else if (connection->ends_after) {
        shutdown(connection->fd, SHUT_WR);
        connection->ended = true;
    }
}

static void connection_send(struct connection *connection)
{
    size_t left = connection->output_bytes - connection->output_sent;
    size_t size = connection->in_pieces && left > 1 ? 1 : left;
    ssize_t sent = left ? send(connection->fd, connection->output + connection->output_sent, size,
                               MSG_NOSIGNAL | MSG_DONTWAIT)
                        : 0;
    if (sent < 0 && errno == EAGAIN)
        return;
    connection->output_sent += sent > 0 ? (size_t)sent : left;
    if (connection->output_sent == connection->output_bytes)
        connection_finish(connection);
}

/* Counted before the first byte leaves, for then the client may begin its next request. */
static void connection_respond(struct connection *connection)
{
    connection->waits = false;
    server.pending--;
    script_log.given[connection->reply]++;
    if (connection->reply == REPLY_LATE)
        script_log.completed_before_late = script_log.completed;
    connection_send(connection);
}

/* ---- requests ---- */

static void take_request(struct connection *connection, int64_t bound)
{
    size_t index = script_log.received++ % SCRIPT_MAX;
    script_log.arrivals[index] = clock_now();
    script_log.bounds += (uint64_t)bound;
    connection->reply = server.script->replies[index];
    connection->waits = true;
    server.pending++;
    if (server.pending > script_log.in_flight_max)
        script_log.in_flight_max = server.pending;
    compose(connection, bound);
}

static void connection_read(struct connection *connection)
{
    char input[INPUT_BYTES];
    struct request request;
    ssize_t size = recv(connection->fd, input, sizeof(input), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        server.pending -= connection->waits;
        connection_close(connection, false);
        return;
    }
    if (connection->ended || connection->waits || connection->output_bytes > 0) {
        script_log.after_the_end += connection->ended;
        return;
    }
    size_t used;
    enum parse_result parsed =
        protocol_read_request(&connection->reader, input, (size_t)size, &used, &request);
    if (parsed == PARSE_DONE)
        take_request(connection, request.bound);
    else if (parsed != PARSE_MORE)
        connection_close(connection, false);
}

static void take_connection(void)
{
    int fd = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), on = 1;
    struct connection *free = NULL;
    for (size_t i = 0; i < CONNECTIONS_MAX && !free; i++)
        free = server.connections[i].fd < 0 ? &server.connections[i] : NULL;
    if (fd < 0)
        return;
    if (!free) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    *free = (struct connection){.fd = fd};
    script_log.accepted++;
}

/* ---- when to respond ---- */

/* Are requests held now? */
static bool is_holding(void)
{
    const struct script *script = server.script;
    size_t to_come = server.requests - script_log.received + server.pending;
    nsec_t now = clock_now();
    if (server.held_until && now >= server.held_until) {
        nsec_t awake = descendants_awake() - server.awake_before;
        if (awake > script_log.awake)
            script_log.awake = awake;
        server.hold_since = server.held_until = 0;
        return false;
    }
    if (server.held_until)
        return true;
    if (!script->hold || script_log.hold_missed || to_come < script->hold || !server.pending)
        return false;
    server.hold_since = server.hold_since ? server.hold_since : now;
    if (server.pending >= script->hold) {
        server.held_until = now + script->held;
        server.awake_before = descendants_awake();
    } else if (now - server.hold_since > script->timeout) {
        script_log.hold_missed = true;
    }
    return true;
}

static bool is_late(const struct connection *connection)
{
    if (connection->reply != REPLY_LATE)
        return false;
    server.late_since = server.late_since ? server.late_since : clock_now();
    return script_log.completed + 1 < server.requests &&
           clock_now() - server.late_since < server.script->timeout;
}

static void respond(void)
{
    bool holding = is_holding();
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *connection = &server.connections[i];
        if (connection->fd < 0)
            continue;
        if (connection->waits && !holding && !is_late(connection))
            connection_respond(connection);
        else if (!connection->waits && connection->output_bytes > connection->output_sent)
            connection_send(connection);
    }
}

static void *serve(void *unused)
{
    while (!server.stopping) {
        struct pollfd fds[CONNECTIONS_MAX + 1] = {{.fd = server.listener, .events = POLLIN}};
        bool busy = server.pending > 0;
        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
            fds[i + 1] = (struct pollfd){.fd = server.connections[i].fd, .events = POLLIN};
            busy |= server.connections[i].output_bytes > server.connections[i].output_sent;
        }
        poll(fds, CONNECTIONS_MAX + 1, busy ? TICK_MS : IDLE_MS);
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            if (fds[i + 1].revents)
                connection_read(&server.connections[i]);
        if (fds[0].revents)
            take_connection();
        respond();
    }
    return unused;
}

void scripted_server_start(const struct script *script, struct net_address *address)
{
    struct error error = {0};
    server.script = script;
    server.requests = script->requests;
    server.stopping = false;
    server.pending = 0;
    server.hold_since = server.held_until = server.late_since = 0;
    memset(&script_log, 0, sizeof(script_log));
    script_log.completed_before_late = SIZE_MAX;
    rng_init(&server.rng, script->seed);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        server.connections[i].fd = -1;
    server.listener = net_address_make("127.0.0.1", 0, address, &error) < 0
                          ? -1
                          : net_listen(address, CONNECTIONS_MAX, false, &error);
    expect(server.listener >= 0 && net_local_address(server.listener, address, &error) == 0 &&
               pthread_create(&server.thread, NULL, serve, NULL) == 0,
           "the server of the check cannot start: %s", error.text);
}

void scripted_server_expect_more(size_t requests)
{
    server.requests += requests;
}

void scripted_server_stop(void)
{
    server.stopping = true;
    pthread_join(server.thread, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (server.connections[i].fd >= 0)
            connection_close(&server.connections[i], false);
    close(server.listener);
}
