/* A driver under test: a server, the driver set up, and the samples of its last batch. Whatever is
 * not as expected ends the test (expect.h). */
#ifndef WAITBENCH_STAGE_H
#define WAITBENCH_STAGE_H

#include "bench/run/server_process.h"
#include "drivers/driver.h"

enum { STAGE_REQUESTS_MAX = 256 };

/* One way to use a driver: each test is done in every way. */
struct way {
    const struct driver *driver;
    const struct workload *workload;
    bool keep_alive;
    unsigned pipeline;
    uint64_t seed;  /* of the requests' bounds */
    nsec_t timeout; /* of a batch, in drivers that give up; 0: none */
};

struct stage {
    struct server_process server;
    struct load load;
    const struct driver *driver;
    void *driver_state;
    unsigned descriptors, threads, processes; /* before the driver was set up */
    struct sample *samples;                   /* STAGE_REQUESTS_MAX */
    nsec_t timeout, began, makespan, awake;
};

extern struct stage stage;

/* What processes of a driver read and write. */
extern struct stage_shared {
    struct batch batch;
    struct sample samples[STAGE_REQUESTS_MAX];
    nsec_t schedule[STAGE_REQUESTS_MAX];
} * stage_shared;

/* Map it. Call once, before any test. */
void stage_init(void);

void stage_open(const struct way *way, unsigned concurrency);

/* A randintd with this delay, of which the driver gets the address. */
void stage_start_server(nsec_t delay);
int64_t stage_server_figure(const char *name);
void stage_stop_server(void);

/* What is held now is what must be held in the end; stage_setup() notes it too. */
void stage_note_held(void);
void stage_check_given_back(void);

void stage_setup(void);
bool stage_try_setup(struct error *error);

/* Run a batch on the driver that is set up: as soon as it can, for `box` at most (0: to its end),
 * or by stage_shared->schedule. */
void stage_run(size_t requests, nsec_t delay, nsec_t box);
void stage_run_schedule(size_t requests, nsec_t delay);

/* The same with requests that are due at equal distances. */
void stage_run_scheduled(size_t requests, nsec_t delay, nsec_t gap);

/* Tear down; and check that everything was given back. */
void stage_end(void);
void stage_teardown(void);

/* How many of the last batch ended so. */
size_t stage_count(size_t requests, enum outcome outcome, int errnum);

/* Each of the last batch ended, and its points in time are in order as far as they go; each is
 * correct too. */
void stage_check_ended(size_t requests);
void stage_check_completed(size_t requests, nsec_t delay);

/* Request `i` alone. */
void stage_check_end_of(size_t i);
void stage_check_completion_of(size_t i, nsec_t delay);

/* A slot carries one request at a time. */
void stage_check_slots(size_t requests);

/* How long to wait for the server to reach something. */
nsec_t stage_patience(void);

/* How many requests the driver should have in flight. */
unsigned stage_in_flight_expected(size_t requests, unsigned concurrency);

#endif
