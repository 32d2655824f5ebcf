/* A connection that was kept is used again, although the response has said that it ends. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct serial {
    struct exchange exchange;
    int fd;
};

static void *serial_setup(const struct driver *self, const struct load *load, struct error *error)
{
    struct serial *serial = xcalloc(1, sizeof(*serial));
    (void)self;
    exchange_init(&serial->exchange, load, 0, EXCHANGE_BLOCKING);
    if (exchange_open(&serial->exchange, error) < 0) {
        free(serial);
        return NULL;
    }
    serial->fd = exchange_take(&serial->exchange);
    serial->exchange.kind = EXCHANGE_FOREIGN;
    return serial;
}

static enum exchange_want serial_connect(struct serial *serial)
{
    const struct net_address *server = &serial->exchange.load->server;
    if (serial->fd < 0) {
        serial->fd = exchange_socket(&serial->exchange, 0);
        if (serial->fd < 0)
            return exchange_on_socket(&serial->exchange, -errno);
        if (connect(serial->fd, (const struct sockaddr *)&server->storage, server->length) < 0)
            return exchange_on_connect(&serial->exchange, -errno);
    }
    return exchange_on_connect(&serial->exchange, 0);
}

static void serial_carry(struct serial *serial)
{
    struct exchange *exchange = &serial->exchange;
    enum exchange_want want = exchange->kept ? EXCHANGE_WRITE : serial_connect(serial);
    char text[PROTOCOL_REQUEST_BYTES], input[EXCHANGE_INPUT_BYTES];
    while (want != EXCHANGE_OVER) {
        size_t size;
        const char *unsent = want == EXCHANGE_WRITE ? exchange_unsent(exchange, text, &size) : NULL;
        ssize_t result = unsent ? send(serial->fd, unsent, size, MSG_NOSIGNAL)
                                : recv(serial->fd, input, sizeof(input), 0);
        result = result < 0 ? -errno : result;
        want = unsent ? exchange_on_send(exchange, result)
                      : exchange_on_receive(exchange, input, result);
    }
}

static int serial_run(void *state, struct batch *batch, struct error *error)
{
    struct serial *serial = state;
    (void)error;
    for (ptrdiff_t index; (index = batch_next(batch)) >= 0;) {
        batch_await(batch, (size_t)index);
        exchange_begin(&serial->exchange, batch, (size_t)index);
        serial_carry(serial);
        bool failed = serial->exchange.sample->outcome != OUTCOME_OK;
        if ((failed || !serial->exchange.load->keep_alive) && serial->fd >= 0) {
            close(serial->fd);
            serial->fd = -1;
        }
    }
    return 0;
}

static void serial_teardown(void *state)
{
    struct serial *serial = state;
    if (serial->fd >= 0)
        close(serial->fd);
    free(serial);
}

const struct driver driver_wrong_reuses_closed = {
    .name = "wrong-reuses-closed",
    .summary = "one request after another",
    .model = MODEL_SERIAL,
    .traits = DRIVER_SERIAL,
    .setup = serial_setup,
    .run = serial_run,
    .teardown = serial_teardown,
};
