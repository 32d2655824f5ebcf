/* The command line of randintd. */
#ifndef WAITBENCH_SERVER_OPTIONS_H
#define WAITBENCH_SERVER_OPTIONS_H

#include "lib/options.h"
#include "server.h"

struct randintd_options {
    struct server_options server;
    int64_t parent; /* pid: end when it ends; 0: none */
};

extern const struct option_table randintd_option_table;

#endif
