/* What `waitbench limits` found out about one driver: a row of its report, as the store keeps it.
 */
#ifndef WAITBENCH_LIMITS_ROW_H
#define WAITBENCH_LIMITS_ROW_H

#include <stdint.h>

#include "bench/plan/case.h"
#include "bench/run/limit_name.h"

/* Why a driver went no further. Words are in store_limits.c. */
enum limits_end {
    LIMITS_RAMPING,     /* it has not ended yet */
    LIMITS_TOP,         /* it got as far as was asked for */
    LIMITS_SLOW,        /* below the share of the ideal */
    LIMITS_FAILED,      /* a request, a thread, the process failed */
    LIMITS_OWN,         /* as far as the driver itself can go */
    LIMITS_MEMORY,      /* the next step would take, or took, more memory than it may */
    LIMITS_TIME,        /* the same of time */
    LIMITS_INTERRUPTED, /* by the user */
    LIMITS_UNUSABLE,    /* it cannot run here */
    LIMITS_INVALID,     /* figures that are wrong, whatever the reason: not an end to be expected */
    LIMITS_ENDS,
};

/* What a request and a connection cost at the knee. NAN and -1: not available. */
struct limits_costs {
    int64_t in_flight, server_in_flight; /* the most at once, by the samples and by the server */
    /* Bytes for each connection: resident memory, grown since before setup and at its peak; the
     * server's; the kernel's buffers; what the machine had less of meanwhile, whoever took it. */
    double client_bytes, peak_bytes, server_bytes, socket_bytes, machine_bytes;
    double client_cpu_ns, server_cpu_ns; /* for each request */
};

enum { LIMITS_REASON_BYTES = 512 };

struct limits_row {
    char driver[64];
    double share;               /* of the ideal that a step had to reach */
    unsigned capacity;          /* the largest C that did, 0 if none */
    double capacity_efficiency; /* NAN if none */
    unsigned worked;            /* the largest C at which every request was answered */
    struct limits_costs costs;
    char noise[LIMITS_REASON_BYTES]; /* why the knee's run is NOISY, or "" */

    enum limits_end end;
    unsigned ended_at;       /* the least C that did not do; 0 where there was none */
    double ended_efficiency; /* there, or NAN */
    int errnum;              /* of the first failure there, or 0 */
    struct limit_named limit;
    char reason[LIMITS_REASON_BYTES]; /* what happened there, or "" */
};

extern const char *const limits_end_names[]; /* ended by NULL */

#endif
