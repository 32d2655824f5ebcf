/* What the server did and how well: counters that GET /stats shows as one flat JSON object. */
#ifndef WAITBENCH_SERVER_ACCOUNT_H
#define WAITBENCH_SERVER_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/histogram.h"

struct account {
    nsec_t started;
    uint64_t accepted;  /* connections */
    uint64_t open;      /* connections, now */
    uint64_t in_flight; /* requests received whose response is not yet written, now */
    uint64_t in_flight_max;
    uint64_t completed;    /* requests whose response the kernel took; GET /stats does not count */
    uint64_t aborted;      /* requests whose client was gone before its response */
    uint64_t refused;      /* connections closed at once for want of descriptors or memory */
    uint64_t bad_requests; /* answered with an error line or a 4xx */
    uint64_t timed_out;    /* connections closed because nothing more came or went */
    struct histogram overshoot; /* from a response's due time until it was issued */
};

/* What is configured, and stands beside the counts. */
struct account_settings {
    nsec_t delay, idle;
    int backlog, backlog_effective; /* asked for, and what the kernel makes of it */
    uint64_t seed;
    size_t connection_bytes; /* memory of ours for each connection */
};

enum { ACCOUNT_JSON_BYTES = 1536 }; /* room for account_json */

/* Write the JSON and a newline; return the length. */
size_t account_json(const struct account *account, const struct account_settings *settings,
                    char *buffer);

#endif
