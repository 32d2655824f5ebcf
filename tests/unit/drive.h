/* One driver at work, for tests that look closer than conformance does: a server or a scripted
 * peer, a load, a batch. */
#ifndef WAITBENCH_TESTS_DRIVE_H
#define WAITBENCH_TESTS_DRIVE_H

#include "bench/run/server_process.h"
#include "drivers/driver.h"

enum { DRIVE_REQUESTS_MAX = 256 };

extern struct drive {
    const struct driver *driver;
    void *state; /* between drive_setup and drive_teardown */
    struct load load;
    struct sample samples[DRIVE_REQUESTS_MAX]; /* of the last batch */
    struct server_process server;
    unsigned descriptors, threads; /* before setup */
} drive;

/* Name the driver and its load; nothing runs yet. */
void drive_open(const char *driver, const char *workload, unsigned concurrency, bool keep_alive);

/* A randintd with the delay of each request. It must be stopped after the teardown. */
void drive_start_server(void);
int64_t drive_server_figure(const char *name); /* as account_figure() */
void drive_stop_server(void);

/* Set up and run; where a test expects them to fail, the `try` forms say whether they did not. */
void drive_setup(void);
bool drive_try_setup(struct error *error);
void drive_run(size_t requests, nsec_t delay);
bool drive_try_run(size_t requests, nsec_t delay, struct error *error);

/* Tear down (where there is a state), and check that everything was given back. */
void drive_teardown(void);

size_t drive_count(enum outcome outcome, int errnum);

#endif
