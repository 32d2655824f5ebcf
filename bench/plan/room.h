/* How many requests in flight this machine has room for, both ends of each connection included, and
 * how they are divided among processes. */
#ifndef WAITBENCH_ROOM_H
#define WAITBENCH_ROOM_H

#include <stdio.h>

#include "bench/base/machine_limits.h"
#include "case.h"

enum {
    /* What a connection that waits for its response takes, at both ends, measured with a million of
     * them (docs/scaling.md). */
    ROOM_CONNECTION_BYTES = 10 * 1024,
    ROOM_TCP_BYTES = 512, /* of that, what counts towards net.ipv4.tcp_mem */
    ROOM_LIMITS = 8,
    ROOM_UNDIVIDED_MAX = 65536, /* more in flight than this are divided among processes */
};

/* What a limit allows. */
struct room_limit {
    enum machine_limit limit;
    int64_t value, allows; /* of the limit's unit; connections */
};

struct room {
    struct room_limit limits[ROOM_LIMITS];
    size_t count;
    unsigned slots; /* connections of one process */
};

/* `memory_share`: of the available memory, to be used. */
void room_find(struct room *room, double memory_share);

/* The limit that allows the fewest. */
const struct room_limit *room_least(const struct room *room);

/* Divide a case's load among as many processes as its connections take. */
void room_divide_load(const struct room *room, struct bench_case *c);

/* Have it served by a loop in each of as many processes as its connections take, and cores. */
void room_divide_server(const struct room *room, struct bench_case *c);

/* A line for each limit, and whether `wanted` fit; what would help if they do not. */
void room_print(const struct room *room, unsigned wanted, FILE *out);

#endif
