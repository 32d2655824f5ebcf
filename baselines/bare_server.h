/* What the bare servers share: the command line, the listening socket and the response. Each makes
 * the system calls on sockets of the server model of its name, and nothing else: no account, no
 * parser, no queue of deadlines. A request has ended where input ends with an empty line. That is
 * enough for clients that send one request at a time, whole, and wait for its response; others are
 * not served correctly.
 *
 * usage: bare_server_NAME [keep-alive]
 * Without keep-alive each connection is closed after its response. Prints 'listening on ADDR:PORT',
 * then 'ready', as randintd does; SIGTERM ends it. */
#ifndef WAITBENCH_BARE_SERVER_H
#define WAITBENCH_BARE_SERVER_H

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net.h"

enum {
    BACKLOG = 4096,
    INPUT_BYTES = 4096, /* as struct worker's */
};

/* randintd's, with a number within every bound. */
#define RESPONSE(connection)                                                                       \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" connection "Content-Length: 2\r\n\r\n0\n"

static struct bare_server {
    int listener; /* non-blocking */
    bool keep_alive;
    const char *response;
    size_t response_size;
    int send_flags;
} bare;

/* Set up `bare`. Ends the program where that fails. */
static inline void bare_listen(int argc, char **argv)
{
    struct net_address address;
    struct error error;
    char text[NET_ADDRESS_TEXT_BYTES];
    bare.keep_alive = argc == 2 && !strcmp(argv[1], "keep-alive");
    if (argc > 1 && !bare.keep_alive)
        errx(2, "usage: %s [keep-alive]", argv[0]);
    bare.response = bare.keep_alive ? RESPONSE("") : RESPONSE("Connection: close\r\n");
    bare.response_size = strlen(bare.response);
    /* As the models: the last response leaves with the close that follows, in one segment. */
    bare.send_flags = MSG_NOSIGNAL | (bare.keep_alive ? 0 : MSG_MORE);
    if (net_address_make("127.0.0.1", 0, &address, &error) < 0 ||
        (bare.listener = net_listen(&address, BACKLOG, false, &error)) < 0 ||
        net_local_address(bare.listener, &address, &error) < 0)
        errx(1, "%s", error.text);
    printf("listening on %s\nready\n", net_address_format(&address, text));
    fflush(stdout);
}

static inline bool bare_request_ends(const char *input, ssize_t size)
{
    return size >= 4 && !memcmp(input + size - 4, "\r\n\r\n", 4);
}

#endif
