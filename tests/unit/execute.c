#include "execute.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "bench/grade/peer.h"

bool execute_blocking(struct exchange *exchange, struct batch *batch, size_t index)
{
    exchange_run(exchange, batch, index);
    return true; /* else the peer's timeout ends it, with another outcome */
}

bool execute_wait(int fd, short events)
{
    struct pollfd ready = {.fd = fd, .events = events};
    int result;
    do
        result = poll(&ready, 1, PEER_TIMEOUT_MS);
    while (result < 0 && errno == EINTR);
    return result == 1;
}

bool execute_stepping(struct exchange *exchange, struct batch *batch, size_t index)
{
    enum exchange_want want = exchange_begin(exchange, batch, index);
    if (want != EXCHANGE_OVER)
        want = exchange_step(exchange);
    while (want != EXCHANGE_OVER) {
        if (!execute_wait(exchange->fd, want == EXCHANGE_READ ? POLLIN : POLLOUT))
            return false;
        want = exchange_step(exchange);
        if (want == EXCHANGE_READ) /* a spurious wake-up must do no harm */
            want = exchange_step(exchange);
    }
    return true;
}

/* Send and receive over `fd` to the end. */
static bool complete(struct exchange *exchange, int fd, enum exchange_want want)
{
    while (want != EXCHANGE_OVER) {
        char input[512], request[PROTOCOL_REQUEST_BYTES];
        size_t size;
        ssize_t result = want == EXCHANGE_WRITE
                             ? send(fd, exchange_unsent(exchange, request, &size), 1, MSG_NOSIGNAL)
                             : recv(fd, input, sizeof(input), 0);
        if (result < 0 && errno == EINTR)
            continue;
        if (result < 0)
            result = -errno;
        want = want == EXCHANGE_WRITE ? exchange_on_send(exchange, result)
                                      : exchange_on_receive(exchange, input, result);
    }
    return true;
}

static enum exchange_want complete_connect(struct exchange *exchange, int fd)
{
    const struct net_address *server = &exchange->load->server;
    int result = connect(fd, (const struct sockaddr *)&server->storage, server->length);
    return exchange_on_connect(exchange, result < 0 ? -errno : 0);
}

bool execute_completion(struct exchange *exchange, struct batch *batch, size_t index)
{
    enum exchange_want want = exchange_begin(exchange, batch, index);
    if (want != EXCHANGE_OVER && exchange->phase == EXCHANGE_NEW)
        want = complete_connect(exchange, exchange->fd);
    return complete(exchange, exchange->fd, want);
}

static int foreign = -1;

void execute_foreign_close(void)
{
    if (foreign >= 0)
        close(foreign);
    foreign = -1;
}

bool execute_foreign(struct exchange *exchange, struct batch *batch, size_t index)
{
    enum exchange_want want = exchange_begin(exchange, batch, index);
    if (exchange->phase == EXCHANGE_NEW) {
        foreign = socket(exchange->load->server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        want = exchange_on_socket(exchange, foreign < 0 ? -errno : foreign);
        if (want != EXCHANGE_OVER)
            want = complete_connect(exchange, foreign);
    }
    complete(exchange, foreign, want);
    if (!exchange->kept)
        execute_foreign_close();
    return true;
}
