/* A server of `waitbench grade` that responds as a script says: in pieces, late, wrongly, not at
 * all. It is a thread of the check's process and sees what really arrives, so that no driver can
 * report what it has not sent. It speaks the protocols of randintd (lib/protocol.h). */
#ifndef WAITBENCH_SCRIPTED_SERVER_H
#define WAITBENCH_SCRIPTED_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/net.h"

enum reply {
    REPLY_WHOLE,
    REPLY_IN_PIECES, /* one byte at a time */
    REPLY_LATE,      /* once all others have been completed, or `timeout` is over */
    REPLY_LAST,      /* correct, and the connection ends, as an HTTP response says */
    REPLY_NONE,      /* the connection is closed */
    REPLY_CUT,       /* ... after half a response */
    REPLY_RESET,     /* the connection is reset */
    REPLY_WRONG,     /* a number above the bound */
    REPLY_GARBAGE,
    REPLY_ERROR, /* an error line, or a status of 503 */
    REPLIES,
};

enum { SCRIPT_MAX = 4096 };

struct script {
    enum reply replies[SCRIPT_MAX]; /* to the i-th request that arrives */
    size_t requests;                /* how many will */
    bool keep_alive;
    uint64_t seed; /* of the responses' numbers */
    /* Respond to none until so many have arrived, then stay so for `held` longer: to see whether
     * so many are in flight, and no more. Again while so many are to come. 0: at once. */
    unsigned hold;
    nsec_t held;
    nsec_t timeout; /* of REPLY_LATE, and of `hold` */
};

/* What happened; read after scripted_server_stop(). */
struct script_log {
    size_t accepted, received, completed;
    size_t given[REPLIES];
    unsigned in_flight_max;
    bool hold_missed;             /* `hold` were not reached */
    size_t completed_before_late; /* when REPLY_LATE was sent; SIZE_MAX: there was none */
    size_t after_the_end;         /* requests on a connection that had ended */
    uint64_t bounds;              /* the sum of the requests' bounds */
    nsec_t arrivals[SCRIPT_MAX];  /* when each was complete */
    nsec_t awake;                 /* the longest that processes below us ran in one `held` */
};

extern struct script_log script_log;

/* Listen on a free port of 127.0.0.1, and respond in a thread from now on. What fails ends the
 * check. `script` has to stay there. */
void scripted_server_start(const struct script *script, struct net_address *address);

/* A later batch: as many requests more, in the order of the script. */
void scripted_server_expect_more(size_t requests);
void scripted_server_stop(void);

/* How long the processes below this one were running, or ready to. */
nsec_t descendants_awake(void);

/* What they hold: open descriptors, threads, bytes in memory. */
struct held {
    size_t descriptors, threads;
    int64_t memory_bytes;
};

struct held descendants_held(void);

#endif
