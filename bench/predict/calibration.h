/* What this machine charges for the operations that every run is made of, measured in under half a
 * second before a campaign. predict.h turns it into a makespan per case; docs/prediction.md says
 * what each figure stands for.
 *
 * A demand is CPU time (Denning and Buzen's "service demand"): what one request keeps a core busy
 * for, whoever else wants that core. Demands do not include waiting, so they survive a noisy
 * machine. The other times are wall time on CLOCK_MONOTONIC. */
#ifndef WAITBENCH_CALIBRATION_H
#define WAITBENCH_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/error.h"

/* A burst of requests, all at once. Each has two halves: the request (connect where there is no
 * connection, send; accept, read) and the response (write, close; read, check, close). Between them
 * lies the server's thinking. */
struct calibration_burst {
    nsec_t client_request, client_response; /* a request's demands on the client's side */
    nsec_t server_request, server_response; /* and on randintd */
    nsec_t spread; /* wall time from one response to the next, had they been asked for at once */
};

struct calibration_exchange {
    nsec_t lone; /* wall time of one request alone, its thinking apart: it sleeps and is woken */
    struct calibration_burst loop;    /* by one thread with an event loop: the driver libev */
    struct calibration_burst threads; /* by a thread for each request: the driver threadpool */
};

struct calibration {
    int64_t somaxconn; /* the kernel's cap on any backlog */
    nsec_t syscall;    /* demand of a system call that does nothing */
    nsec_t switching;  /* demand of going to sleep and being woken: one switch between threads */
    nsec_t thread;     /* demand of making, running and joining a thread that does nothing */
    nsec_t timer;      /* wall time from a timerfd's time to its reader's running */
    struct calibration_exchange connection; /* a connection of its own for each request */
    struct calibration_exchange kept_alive;
};

/* One figure, for printing and storing. */
struct calibration_entry {
    const char *name; /* "connection_client_request": static, unique */
    const char *unit; /* "ns" or "" */
    const char *explain;
    int64_t value;
};

/* Figure `i` from 0 on; false beyond the last. */
bool calibration_entry(const struct calibration *calibration, size_t i,
                       struct calibration_entry *out);

#endif
