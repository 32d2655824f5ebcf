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
    size_t host_count; /* 0: 127.0.0.1, and ::1 where the machine has it */
    uint16_t port;     /* 0: one that is free on all the hosts */
    int backlog;
    bool keep_alive; /* line protocol: read the next request instead of closing */
    nsec_t delay;    /* unless a request says otherwise */
    nsec_t idle;     /* how long a client may keep us waiting */
    uint64_t seed;   /* of the draws */
};

struct server;

/* Listen. Warnings go to stderr. Returns NULL on error. */
struct server *server_new(const struct server_options *options, struct error *error);

/* The addresses listened on, or NULL when there are no more. */
const struct net_address *server_address(const struct server *server, size_t index);

/* Serve until SIGTERM or SIGINT, then response what is in flight, for `think` and a second at most;
 * a second signal ends at once. Returns the number of asks left without a response. */
uint64_t server_run(struct server *server);

void server_free(struct server *server);

#endif
