/* The server's counters, which GET /stats returns as one flat JSON object. */
#ifndef WAITBENCH_SERVER_ACCOUNT_H
#define WAITBENCH_SERVER_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/histogram.h"

struct account {
    nsec_t started;
    uint64_t accepted;  /* connections */
    uint64_t open;      /* connections open now */
    uint64_t in_flight; /* requests received whose response is not yet written */
    uint64_t in_flight_max;
    uint64_t completed;         /* requests whose response was written; without GET /stats */
    uint64_t aborted;           /* requests whose connection was closed before the response */
    uint64_t refused;           /* connections closed at once: no descriptors or memory left */
    uint64_t bad_requests;      /* requests that got an error line or a 4xx */
    uint64_t timed_out;         /* connections closed by the idle timeout */
    struct histogram overshoot; /* from a response's due time until it was issued */
};

/* The configuration, reported with the counters. */
struct account_settings {
    nsec_t delay, idle;
    int backlog, backlog_effective; /* configured, and as capped by the kernel */
    uint64_t seed;
    size_t connection_bytes; /* memory of the server for each connection */
};

enum { ACCOUNT_JSON_BYTES = 1536 }; /* room for account_json */

/* Write the JSON and a newline; return the length. */
size_t account_json(const struct account *account, const struct account_settings *settings,
                    char *buffer);

#endif
