/* What all connections share: the loop, their queues, the counters. */
#ifndef WAITBENCH_SERVER_SERVICE_H
#define WAITBENCH_SERVER_SERVICE_H

#include <stdbool.h>

#include <ev.h>

#include "lib/rng.h"
#include "account.h"
#include "deadlines.h"
#include "timeout_list.h"

enum {
    SERVICE_READ_BYTES = 4096
}; /* size of a read; limits the pipelined requests kept per connection */

struct service {
    struct ev_loop *loop;
    struct account account;
    struct account_settings settings;
    struct rng rng;
    struct deadlines deadlines;    /* connections during the delay */
    struct timeout_list idle;      /* connections reading or writing */
    struct timeout_list lingering; /* connections draining */
    bool keep_alive;               /* for the line protocol; HTTP clients choose per request */
    bool ending;                   /* close each connection after its response */
    char buffer[SERVICE_READ_BYTES];
};

#endif
