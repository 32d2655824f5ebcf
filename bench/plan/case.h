/* A case: what is measured. A run is one timed execution of it, in a process of its own. What is
 * written of a case, and where, is in case_fields.h. */
#ifndef WAITBENCH_CASE_H
#define WAITBENCH_CASE_H

#include "drivers/driver.h"
#include "lib/options.h"
#include "lib/url.h"

/* Closed: the requested number of requests, C at a time (the talk's thread chart). Burst: C
 * requests, all at once (its asyncio chart). Constant and Poisson: open, so many a second, whether
 * responses have come or not; C limits those in flight. They are never mixed in one table or
 * picture. */
enum arrivals {
    ARRIVALS_CLOSED,
    ARRIVALS_BURST,
    ARRIVALS_CONSTANT,
    ARRIVALS_POISSON,
    ARRIVALS_COUNT
};

extern const struct option_word arrivals_words[];

/* A case that repeats another one in a campaign, to test the method itself. */
enum control {
    CONTROL_NONE,
    CONTROL_SAME,     /* A/A: nothing differs, so nothing should be found */
    CONTROL_NO_USAGE, /* without resource usage: does measuring change anything? */
    CONTROL_SLOWER,   /* a longer server delay: is that found? */
    CONTROL_COUNT,
};

extern const struct option_word control_words[];

/* What is read in a case's runs. Counting system calls slows each of them. */
enum usage_extent {
    USAGE_OFF,  /* what costs nothing to read */
    USAGE_ON,   /* the server's times too, and the first block counts system calls */
    USAGE_FULL, /* every block counts them */
};

/* In a plan, in the store and in exports alike. Drivers and workloads of the store that this build
 * does not know have nothing but a name. */
struct bench_case {
    int64_t id;          /* in the store; 0 before it is kept */
    const char *variant; /* its name in a lesson; NULL elsewhere */
    const struct driver *driver;
    const struct workload *workload;
    enum arrivals arrivals;
    unsigned rate; /* of open arrivals: requests a second */
    size_t requests;
    unsigned concurrency;
    unsigned parts; /* processes that the driver's load is divided among; 0 is as good as 1 */
    bool keep_alive;
    unsigned pipeline;        /* requests sent at once on a connection; 0 is as good as 1 */
    nsec_t delay;             /* the server's */
    nsec_t work;              /* the server's: CPU time that each request takes */
    int backlog;              /* the server's */
    const char *server_model; /* as randintd takes it: "threadpool:16"; NULL: the usual */
    nsec_t time_box;          /* no request starts after this much of a run; 0 is no box */
    const char *database;     /* of a workload that needs one; NULL is a fresh one */
    const char *url;          /* that the workload url requests; else NULL */
    unsigned expect;          /* the status that it must respond with; 0: any 2xx */
    size_t stack_bytes;       /* 0 is the driver's own */
    enum control control;     /* not NONE: another case once more, under a second name */
    nsec_t predicted;         /* makespan, or -1 */

    /* Of the runs to come; not stored. */
    enum usage_extent usage;
    unsigned ranks; /* of MPI that the load is divided among; 0 is as good as 1 */
};

enum {
    CASE_PATH_BYTES = 256,       /* of a database */
    CASE_TEXT_BYTES = URL_BYTES, /* of any text */
    CASE_CONCURRENCY_MAX = 1000000,
    CASE_REQUESTS_MAX = 100000000,
    CASE_RATE_MAX = 10000000,
    CASE_SAMPLES_MAX = 4000000, /* of a run of more requests no samples are kept: 256 MB */
    CASE_USUAL_REQUESTS = 1024,
    CASE_USUAL_CONCURRENCY = 1024,
    /* What is kept free before a case is planned: more than a load takes, LOAD_SPARE_DESCRIPTORS.
     */
    CASE_SPARE_DESCRIPTORS = 64, /* of a process at either end, beside the connections */
    CASE_SPARE_TASKS = 64,       /* a thread and a process are a task each, to the kernel */
};

/* Can the driver carry these requests? Another program knows only those it can be told of, and
 * open arrivals only from a version of its protocol on. Returns 0, or -1 with the reason. */
int case_fits(const struct driver *driver, const struct workload *workload, enum arrivals arrivals,
              struct error *why);

/* Requests start by a schedule, not when others are over. */
bool arrivals_are_open(enum arrivals arrivals);
bool case_is_open(const struct bench_case *c);

/* Fill in when `n` requests are to start: engine/schedule.h. Nothing for arrivals that are not
 * open. */
void arrivals_schedule(enum arrivals arrivals, double rate, uint64_t seed, nsec_t *starts,
                       size_t n);

/* No server is needed: the driver sends nothing, or the workload does all the work. */
bool case_is_local(const struct bench_case *c);

/* The server is somebody's, known by its URL: whatever is measured with, or known of, a server of
 * ours is not available. */
bool case_has_url(const struct bench_case *c);

/* The program does all the work itself: delay, backlog and connections mean nothing then. */
bool case_is_work(const struct bench_case *c);

/* The server's backlog is known: it is one of ours. */
bool case_has_backlog(const struct bench_case *c);

/* Of a driver that sends nothing, and shows what the harness itself costs. */
bool case_is_reference(const struct bench_case *c);

/* Of a driver that has one request in flight whatever C is, and does send something: what others
 * are compared with. */
bool case_is_serial(const struct bench_case *c);

/* Of a driver that stands at the head of a table, whatever else the table is about. */
bool case_is_alone(const struct bench_case *c);

/* Are its requests too many to keep a sample of each, and can they be summed up when they are over?
 * Then only counts and histograms are known of them. That takes a driver that executes all of a
 * process's requests in one thread, and arrivals that are not open, whose audit takes samples. */
bool case_is_summed_up(const struct bench_case *c);

/* The most slots, and so connections, of one of the driver's processes. */
unsigned case_slots_of_part(const struct bench_case *c);

/* Requests in flight, at most and aimed at: C, or C x P with pipelining. */
size_t case_in_flight(const struct bench_case *c);

/* The time of a driver that costs nothing: ceil(N/C) x delay. With pipelining a slot takes P
 * requests at a time, and the server delays those of a connection one after another: the fullest
 * slot takes floor(N/CP) x P and up to P of the rest. */
nsec_t ideal_makespan(size_t requests, unsigned concurrency, unsigned pipeline, nsec_t delay);

/* That of a case of which so many requests were completed, its jobs apart: 0 where there is no
 * delay, and with open arrivals, whose schedule decides how long a run is. */
nsec_t case_ideal(const struct bench_case *c, size_t completed);

/* How long its arrivals take: requests / rate. 0 where they are not open. */
nsec_t case_offered(const struct bench_case *c);

/* How long a run should take, where the server can hold all requests at once: for progress. */
nsec_t case_expected(const struct bench_case *c);

/* How long a run may take before something is wrong, at a server that serves so many requests at
 * once, each for its delay and its work. 0: any number, one at a time working. */
nsec_t case_longest(const struct bench_case *c, unsigned at_once);

/* Does the server respond as the harness's calibrations and the ideal assume: in the default model,
 * and without work? */
bool case_has_usual_server(const struct bench_case *c);

/* Is the server's model the default, or is there no server of ours? */
bool case_has_usual_model(const struct bench_case *c);

/* Its name; of somebody's server, the URL. */
const char *case_model(const struct bench_case *c);

#define CASE_USUAL_SERVER "libev"

#endif
