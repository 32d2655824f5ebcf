/* The randint server: sockets to listen on, a loop, and an orderly end. */
#ifndef WAITBENCH_SERVER_SERVER_H
#define WAITBENCH_SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/net.h"

enum { SERVER_HOSTS_MAX = 16 };

struct server_options {
    const char *hosts[SERVER_HOSTS_MAX];
    size_t host_count; /* 0: 127.0.0.1, and ::1 if the machine has it */
    uint16_t port;     /* 0: one that is free on all the hosts */
    int backlog;
    bool keep_alive; /* line protocol: read the next request instead of closing */
    nsec_t delay;    /* of requests without a delay of their own */
    nsec_t idle;     /* timeout for a connection without progress */
    uint64_t seed;   /* of the random integers */
};

struct server;

/* Listen. Warnings go to stderr. Returns NULL on error. */
struct server *server_new(const struct server_options *options, struct error *error);

/* The addresses listened on, or NULL after the last. */
const struct net_address *server_address(const struct server *server, size_t index);

/* Serve until SIGTERM or SIGINT, then complete the requests in flight, for at most `delay` plus one
 * second; a second signal ends it at once. Returns the number of requests still in flight. */
uint64_t server_run(struct server *server);

void server_free(struct server *server);

#endif
