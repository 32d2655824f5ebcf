/* What a server is told. */
#ifndef WAITBENCH_SERVER_SETTINGS_H
#define WAITBENCH_SERVER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "listeners.h"

struct server_settings {
    const char *hosts[LISTENERS_MAX];
    size_t host_count; /* 0: 127.0.0.1, and ::1 if the machine has it and the model can */
    uint16_t port;     /* 0: one that is free on all the hosts */
    unsigned ports;    /* so many, from that one on */
    int backlog;
    bool keep_alive;   /* line protocol: read the next request instead of closing */
    nsec_t delay;      /* of requests without a delay of their own */
    nsec_t work;       /* CPU time that each request takes besides */
    nsec_t idle;       /* timeout for a connection without progress */
    uint64_t seed;     /* of the random integers */
    unsigned workers;  /* 0: the model's default */
    const char *model; /* its name */
    int64_t account;   /* the descriptor of a file for the account; 0: none */
};

#endif
