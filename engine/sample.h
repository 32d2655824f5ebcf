/* What is recorded of one request: 64 bytes, one writer, no lock. The harness allocates and
 * pre-faults the array; only the exchange writes a request's sample. */
#ifndef WAITBENCH_SAMPLE_H
#define WAITBENCH_SAMPLE_H

#include <stdint.h>

#include "lib/clock.h"

/* How a request ended. Names, explanations and order are in sample.c. */
enum outcome {
    OUTCOME_NOT_STARTED, /* the time box ended first */
    OUTCOME_OK,
    OUTCOME_UNFINISHED, /* started, but not completed when the run ended */
    OUTCOME_NO_WORKER,  /* no thread or process could be created for it */
    OUTCOME_LOST,       /* the process that executed it died */
    OUTCOME_NO_SOCKET,  /* socket() failed: no descriptors left, mostly */
    OUTCOME_CONNECT,
    OUTCOME_SEND,
    OUTCOME_RECEIVE,
    OUTCOME_CLOSED,  /* the server closed without a response */
    OUTCOME_GARBLED, /* a response that does not follow the protocol */
    OUTCOME_REFUSED, /* an error line or an HTTP error */
    OUTCOME_WRONG,   /* a number outside [0, bound] */
    OUTCOME_JOB,     /* the program's own work failed */
    OUTCOME_STATUS,  /* an HTTP response whose status is not wanted; errnum has it */
    OUTCOME_COUNT,
};

enum { SAMPLE_REUSED = 1 }; /* flag: went over a connection that was already open */

/* Points in time of the clock; 0 where the request did not get that far. */
struct sample {
    nsec_t start;      /* when the driver took it, before the socket is created */
    nsec_t connected;  /* connect() is known to have succeeded; = start on a reused connection */
    nsec_t sent;       /* the kernel took the last byte of the request, or of its group */
    nsec_t first_byte; /* the first read that returned a byte of the response */
    nsec_t end;        /* response checked, connection closed (or kept) */
    nsec_t received;   /* by the server, on its clock; 0 without timing */
    union {
        struct { /* the server's intended delay and its overshoot: up to 429 s */
            uint32_t delay_100ns, overshoot_100ns;
        };
        uint64_t content_bytes; /* of the response of a server that sends no times */
    };
    uint32_t slot;   /* which of the driver's C slots carried it */
    int16_t errnum;  /* errno or status behind a failed outcome, or 0 */
    uint8_t outcome; /* enum outcome */
    uint8_t flags;
};

_Static_assert(sizeof(struct sample) <= 64, "a sample fits a cache line");

/* One word ("connect") and a clause ("could not connect") for an outcome. */
const char *outcome_name(enum outcome outcome);
const char *outcome_explain(enum outcome outcome);

/* What is behind it, from a sample's errnum: "Connection refused", "HTTP 404"; "" if nothing is
 * known. Returns `text`, or a string of strerror()'s. */
enum { OUTCOME_CAUSE_BYTES = 64 };
const char *outcome_cause(enum outcome outcome, int errnum, char text[OUTCOME_CAUSE_BYTES]);

#endif
