/* What the bare clients share: the command line, one request's calls on a socket, and how they give
 * up. Nothing is stamped or kept; a response is checked only for its form. A failed request
 * ends the program without a figure. */
#ifndef WAITBENCH_BARE_H
#define WAITBENCH_BARE_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/net.h"
#include "lib/units.h"

enum {
    WARMUP_REQUESTS = 32, /* as bench/run/measure.c */
    SPARE_DESCRIPTORS = 32,
    BOUND = 20,
};

#define REQUEST_WARMUP "20 0ns\n" /* no delay */
#define REQUEST        "20\n"     /* the server's own delay */

/* The program's one run. */
static struct bare {
    struct net_address server;
    size_t requests;
    unsigned concurrency;
    bool keep_alive;
    const char *request; /* of the batch under way */
    size_t request_size;
    size_t left;     /* requests of it that were not begun */
    unsigned active; /* slots that have one */
} bare;

/* One of the C places in flight. */
struct bare_slot {
    int fd;     /* -1 while there is none */
    bool fresh; /* the connection is new: not registered with epoll or a library */
    bool busy;  /* it carries a request */
    bool sent;
    int response; /* what was read of it; -1 before its first digit */
};

static inline _Noreturn void bare_die(const char *what)
{
    perror(what);
    exit(1);
}

static inline int bare_take_arguments(int argc, char **argv, const char *program,
                                      struct error *error)
{
    int64_t port, requests, concurrency;
    struct net_addresses server;
    bare.keep_alive = argc == 6 && !strcmp(argv[5], "keep-alive");
    if (argc < 5 || argc > 6 || (argc == 6 && !bare.keep_alive))
        return error_set(error, "usage: %s HOST PORT REQUESTS CONCURRENCY [keep-alive]", program);
    if (units_parse_count(argv[2], 1, UINT16_MAX, &port, error) < 0 ||
        units_parse_count(argv[3], 1, 1000000000, &requests, error) < 0 ||
        units_parse_count(argv[4], 1, 1000000, &concurrency, error) < 0 ||
        net_addresses_make(argv[1], (uint16_t)port, &server, error) < 0 ||
        net_choose(&server, &bare.server, error) < 0)
        return -1;
    bare.requests = (size_t)requests;
    bare.concurrency = (unsigned)concurrency;
    return net_want_descriptors(bare.concurrency + SPARE_DESCRIPTORS, error);
}

/* HOST PORT REQUESTS CONCURRENCY [keep-alive]; raises the limit on descriptors too. Ends the
 * program where they are wrong. */
static inline void bare_parse(int argc, char **argv, const char *program)
{
    struct error error;
    if (bare_take_arguments(argc, argv, program, &error) < 0) {
        fprintf(stderr, "%s: %s\n", program, error.text);
        exit(2);
    }
}

static inline void bare_connect(struct bare_slot *slot, int flags)
{
    slot->fd = socket(bare.server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (slot->fd < 0)
        bare_die("socket");
    slot->fresh = true;
    if (connect(slot->fd, (const struct sockaddr *)&bare.server.storage, bare.server.length) < 0 &&
        errno != EINPROGRESS)
        bare_die("connect");
}

/* Tried at once, as the exchange does: on loopback the connection is there already. */
static inline void bare_send(struct bare_slot *slot)
{
    slot->sent =
        send(slot->fd, bare.request, bare.request_size, MSG_NOSIGNAL) == (ssize_t)bare.request_size;
    if (!slot->sent && errno != EAGAIN)
        bare_die("send");
}

/* Take part of a response, or what recv() said. True once it is whole. */
static inline bool bare_take(struct bare_slot *slot, const char *data, ssize_t size)
{
    if (size < 0 && errno == EAGAIN)
        return false;
    if (size == 0)
        errno = ECONNRESET; /* closed without a response */
    if (size <= 0)
        bare_die("recv");
    for (ssize_t i = 0; i < size; i++) {
        if (data[i] == '\n' && slot->response >= 0 && i + 1 == size)
            return true;
        int digit = data[i] - '0';
        slot->response = (slot->response < 0 ? 0 : slot->response * 10) + digit;
        if (digit < 0 || digit > 9 || slot->response > BOUND) {
            fprintf(stderr, "not a response: %.*s\n", (int)size, data);
            exit(1);
        }
    }
    return false;
}

static inline bool bare_receive(struct bare_slot *slot)
{
    char response[512];
    return bare_take(slot, response, recv(slot->fd, response, sizeof(response), 0));
}

static inline void bare_close(struct bare_slot *slot)
{
    close(slot->fd);
    slot->fd = -1;
}

/* Begin the next request, over a connection of its own unless there is one. False once there are
 * none left. */
static inline bool bare_begin(struct bare_slot *slot)
{
    slot->busy = bare.left > 0;
    if (!slot->busy)
        return false;
    bare.left--;
    slot->response = -1;
    if (slot->fd < 0)
        bare_connect(slot, SOCK_NONBLOCK);
    bare_send(slot);
    return true;
}

/* A slot is ready for what it waits for: go on. False where it has no request any more. */
static inline bool bare_continue(struct bare_slot *slot)
{
    if (!slot->sent)
        bare_send(slot);
    else if (bare_receive(slot)) {
        if (!bare.keep_alive)
            bare_close(slot);
        return bare_begin(slot);
    }
    return true;
}

/* Warm up, run, and print the makespan in nanoseconds: from before the first socket (or, kept
 * alive, the first send) to the last response, its connection closed. */
static inline void bare_measure(void (*run)(void))
{
    bare.request = REQUEST_WARMUP;
    bare.request_size = strlen(REQUEST_WARMUP);
    bare.left = WARMUP_REQUESTS;
    bare.active = 0;
    run();
    bare.request = REQUEST;
    bare.request_size = strlen(REQUEST);
    bare.left = bare.requests;
    bare.active = 0;
    nsec_t started = clock_now();
    run();
    printf("%lld\n", (long long)(clock_now() - started));
}

#endif
