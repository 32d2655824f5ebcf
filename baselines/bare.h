/* What the bare clients share: the command line, one request's calls on a socket, and how they give
 * up. Nothing is stamped or kept; of an answer it is asked only whether it is one. A yardstick with
 * a failed request is no yardstick, so whatever goes wrong ends the program without a figure. */
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

#define ASK_WARMUP "20 0ns\n" /* no thinking */
#define ASK        "20\n"     /* as long as the server was told to */

/* The program's one run. */
static struct bare {
    struct net_address server;
    size_t requests;
    unsigned concurrency;
    bool keep_alive;
    const char *ask; /* of the batch under way */
    size_t ask_size;
    size_t left;     /* requests of it that were not begun */
    unsigned active; /* lanes that have one */
} bare;

/* One of the C places in flight. */
struct bare_lane {
    int fd;     /* -1 while there is none */
    bool fresh; /* the connection is new: no kernel or library was told of it */
    bool busy;  /* it carries a request */
    bool sent;
    int answer; /* what was read of it; -1 before its first digit */
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
    bare.keep_alive = argc == 6 && !strcmp(argv[5], "keep-alive");
    if (argc < 5 || argc > 6 || (argc == 6 && !bare.keep_alive))
        return error_set(error, "usage: %s HOST PORT REQUESTS CONCURRENCY [keep-alive]", program);
    if (units_parse_count(argv[2], 1, UINT16_MAX, &port, error) < 0 ||
        units_parse_count(argv[3], 1, 1000000000, &requests, error) < 0 ||
        units_parse_count(argv[4], 1, 1000000, &concurrency, error) < 0 ||
        net_address_make(argv[1], (uint16_t)port, &bare.server, error) < 0)
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

static inline void bare_connect(struct bare_lane *lane, int flags)
{
    lane->fd = socket(bare.server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (lane->fd < 0)
        bare_die("socket");
    lane->fresh = true;
    if (connect(lane->fd, (const struct sockaddr *)&bare.server.storage, bare.server.length) < 0 &&
        errno != EINPROGRESS)
        bare_die("connect");
}

/* Tried at once, as the exchange does: on loopback the connection is there already. */
static inline void bare_send(struct bare_lane *lane)
{
    lane->sent = send(lane->fd, bare.ask, bare.ask_size, MSG_NOSIGNAL) == (ssize_t)bare.ask_size;
    if (!lane->sent && errno != EAGAIN)
        bare_die("send");
}

/* Take some of an answer, or what recv() said. True once it is whole. */
static inline bool bare_take(struct bare_lane *lane, const char *data, ssize_t size)
{
    if (size < 0 && errno == EAGAIN)
        return false;
    if (size == 0)
        errno = ECONNRESET; /* closed without an answer */
    if (size <= 0)
        bare_die("recv");
    for (ssize_t i = 0; i < size; i++) {
        if (data[i] == '\n' && lane->answer >= 0 && i + 1 == size)
            return true;
        int digit = data[i] - '0';
        lane->answer = (lane->answer < 0 ? 0 : lane->answer * 10) + digit;
        if (digit < 0 || digit > 9 || lane->answer > BOUND) {
            fprintf(stderr, "not an answer: %.*s\n", (int)size, data);
            exit(1);
        }
    }
    return false;
}

static inline bool bare_receive(struct bare_lane *lane)
{
    char answer[512];
    return bare_take(lane, answer, recv(lane->fd, answer, sizeof(answer), 0));
}

static inline void bare_close(struct bare_lane *lane)
{
    close(lane->fd);
    lane->fd = -1;
}

/* Begin the next request, over a connection of its own unless there is one. False once there are
 * none left. */
static inline bool bare_begin(struct bare_lane *lane)
{
    lane->busy = bare.left > 0;
    if (!lane->busy)
        return false;
    bare.left--;
    lane->answer = -1;
    if (lane->fd < 0)
        bare_connect(lane, SOCK_NONBLOCK);
    bare_send(lane);
    return true;
}

/* A lane is ready for what it waits for: go on. False where it has no request any more. */
static inline bool bare_continue(struct bare_lane *lane)
{
    if (!lane->sent)
        bare_send(lane);
    else if (bare_receive(lane)) {
        if (!bare.keep_alive)
            bare_close(lane);
        return bare_begin(lane);
    }
    return true;
}

/* Warm up, run, and print the makespan in nanoseconds: from before the first socket (or, kept
 * alive, the first send) to the last answer, its connection closed. */
static inline void bare_measure(void (*run)(void))
{
    bare.ask = ASK_WARMUP;
    bare.ask_size = strlen(ASK_WARMUP);
    bare.left = WARMUP_REQUESTS;
    bare.active = 0;
    run();
    bare.ask = ASK;
    bare.ask_size = strlen(ASK);
    bare.left = bare.requests;
    bare.active = 0;
    nsec_t started = clock_now();
    run();
    printf("%lld\n", (long long)(clock_now() - started));
}

#endif
