/* What all connections share: the loop, the queues they wait in, the account. */
#ifndef WAITBENCH_SERVER_SERVICE_H
#define WAITBENCH_SERVER_SERVICE_H

#include <stdbool.h>

#include <ev.h>

#include "lib/rng.h"
#include "account.h"
#include "deadlines.h"
#include "patience.h"
#include "pool.h"

enum { SERVICE_READ_BYTES = 4096 }; /* one read; bounds what a pipelining client has us keep */

struct service {
    struct ev_loop *loop;
    struct account account;
    struct account_settings settings;
    struct rng rng;
    struct deadlines deadlines; /* of the thinking */
    struct patience idle;       /* with the asking and the writing */
    struct patience lingering;  /* with the draining */
    struct pool pool;
    bool keep_alive; /* for the line protocol; HTTP clients say for themselves */
    bool ending;     /* every response is the last of its connection */
    char buffer[SERVICE_READ_BYTES];
};

#endif
