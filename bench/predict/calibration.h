/* The cost, on this machine, of the operations that every run consists of, measured in under half a
 * second before a campaign. predict.h computes each case's makespan from it; docs/prediction.md
 * defines each figure.
 *
 * A demand is CPU time (Denning and Buzen's "service demand"): the time for which one request
 * occupies a core. Demands do not include waiting, so other load on the machine affects them
 * little. The other times are wall time on CLOCK_MONOTONIC. */
#ifndef WAITBENCH_CALIBRATION_H
#define WAITBENCH_CALIBRATION_H

#include "bench/base/member.h"
#include "lib/clock.h"
#include "lib/error.h"

/* A burst of requests, all at once. Each has two halves: the request (connect unless kept, send;
 * accept, read) and the response (write, close; read, check, close). Between them is the server
 * delay. */
struct calibration_burst {
    nsec_t client_request, client_response; /* a request's demands on the client's side */
    nsec_t server_request, server_response; /* and on randintd */
    nsec_t spread; /* wall time from one response to the next of simultaneous requests */
};

struct calibration_exchange {
    nsec_t lone; /* wall time of one request alone, without the delay: both sides are woken up */
    struct calibration_burst loop;    /* by one thread with an event loop: the driver libev */
    struct calibration_burst threads; /* by a thread for each request: the driver threadpool */
};

struct calibration {
    int64_t somaxconn; /* the kernel's cap on any backlog */
    nsec_t syscall;    /* demand of a system call that does nothing */
    nsec_t switching;  /* demand of a context switch: going to sleep and being woken up */
    nsec_t thread;     /* demand of creating, running and joining a thread that does nothing */
    nsec_t timer;      /* wall time from a timerfd's expiry until its reader runs */
    struct calibration_exchange connection; /* a new connection for each request */
    struct calibration_exchange kept_alive;
};

/* The figures by name, for storing; ended by {0}. */
struct calibration_entry {
    const char *name; /* "connection_client_request" */
    const char *unit; /* "ns" or "" */
    struct member member;
};
extern const struct calibration_entry calibration_entries[];

/* Measure a calibration, in a separate process with its own servers: when this returns, no process,
 * thread, descriptor or signal of it is left. Each figure is the median of several short rounds.
 * Returns 0, or -1 with `error` (randintd not found, interrupted, ...). */
int calibrate(struct calibration *out, struct error *error);

#endif
