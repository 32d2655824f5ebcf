/* Find the limit that a run hit, from the failure and the machine's limits: its name as in its
 * manual, its current value, and how to raise it. */
#ifndef WAITBENCH_LIMIT_NAME_H
#define WAITBENCH_LIMIT_NAME_H

#include "bench/plan/case.h"
#include "bench/base/machine_limits.h"

/* The failure. Zeroes if unknown. */
struct limit_event {
    const struct bench_case *c;
    int errnum;          /* of the first failure, or 0 */
    bool driver_failed;  /* the driver itself failed, mostly in setup */
    bool no_worker;      /* a thread or process could not be created */
    bool killed;         /* by a SIGKILL that the harness did not send */
    bool server_refused; /* the server had no descriptors or memory left */
    /* If nothing failed but it was too slow: */
    bool slow;
    int64_t syns_retransmitted;              /* or negative */
    nsec_t overhead, client_cpu, server_cpu; /* beyond the server delay; or negative */
};

enum { LIMIT_NAME_BYTES = 48, LIMIT_ADVICE_BYTES = 200 };

struct limit_named {
    char name[LIMIT_NAME_BYTES];     /* "RLIMIT_NOFILE"; "" if no known limit explains it */
    int64_t value;                   /* -1: none */
    unsigned allows;                 /* the largest C with the current value; 0: unknown */
    bool exact;                      /* `allows` is the exact maximum */
    char advice[LIMIT_ADVICE_BYTES]; /* what to do, or "" */
};

void limit_name(const struct limit_event *event, const struct machine_limits *machine,
                struct limit_named *out);

/* "RLIMIT_NOFILE 20000", "memory.max 2.0 GiB", "" for none. Returns `buffer`. */
enum { LIMIT_TEXT_BYTES = LIMIT_NAME_BYTES + 32 };
char *limit_text(const char *name, int64_t value, char *buffer);

#endif
