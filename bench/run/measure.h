/* The measured process. The harness creates a page in shared memory and starts `waitbench` again
 * with it; that process runs one case once and writes its results into the page. So every run is a
 * fresh process, and its results survive even if it is killed. */
#ifndef WAITBENCH_MEASURE_H
#define WAITBENCH_MEASURE_H

#include "bench/plan/case.h"
#include "engine/barrier.h"
#include "switch_recorder.h"
#include "usage_probe.h"

enum {
    MEASURE_FD = 3,
    MEASURE_NAME_BYTES = 256,
    MEASURE_ACTIVE_BYTES = 160,
};

/* The command that makes `waitbench` a measured process. */
#define MEASURE_COMMAND "measured-process"

/* How far the process got. */
enum measure_stage {
    MEASURE_STARTED, /* before setup */
    MEASURE_SETUP,
    MEASURE_WARMUP,
    MEASURE_RUN,
    MEASURE_TEARDOWN,
    MEASURE_COMPLETE,
    MEASURE_FAILED, /* `error` has the cause, `failed_in` the stage */
};

struct measure_page {
    uint64_t layout; /* a hash of the layout: both sides must be the same program */

    /* Set by the harness. */
    char driver[MEASURE_NAME_BYTES], workload[MEASURE_NAME_BYTES];
    char folder[CASE_PATH_BYTES], database[CASE_PATH_BYTES], url[URL_BYTES]; /* or "" */
    struct net_addresses server; /* none: it is not needed */
    unsigned parts;              /* processes that the load is divided among */
    struct load
        load; /* the measured process sets its pointers from the names above, and its server */
    size_t requests;
    size_t warmup_requests;
    enum arrivals arrivals;
    unsigned rate; /* of open arrivals */
    nsec_t time_box;
    pid_t server_pid;     /* for its resource usage; 0 if it is not our child */
    bool with_syscalls;   /* count system calls, which makes threads slower to create */
    bool with_switches;   /* record when threads are switched, which slows them; there is room */
    bool without_samples; /* there is no room for them here, nor for the schedule */
    bool summed_up;       /* there is for each slot's latest, and for what all add up to */
    struct barrier
        barrier; /* between warm-up and run; closed where others begin at the same time */

    /* Set by the measured process. */
    enum measure_stage stage, failed_in;
    struct error error;
    nsec_t setup, warmup, makespan, teardown;
    nsec_t started; /* t0: samples are absolute, on the same clock */
    struct usage usage;
    char why_no_syscalls[160], why_no_switches[160];
    size_t switches;                   /* of measure_switches() */
    uint64_t switches_lost;            /* others, which are not among them */
    char active[MEASURE_ACTIVE_BYTES]; /* the driver's active variant, or "" */

    struct batch warmup_batch, batch;
    /* Requests, or slots where they are summed up; then warmup_requests; then the schedule, if
     * there is one, or a summary for each part; then the switches, if they are recorded. */
    struct sample samples[];
};

/* What is kept of a run's single events: not the requests' samples, but the switches? */
struct measure_extent {
    bool without_samples, with_switches;
};

/* A zeroed page for one run of `c`, in shared memory with the descriptor `*fd`. Without samples it
 * is one for others to make their shares' pages from (measure_share.h). Returns NULL on error. */
struct measure_page *measure_page_make(const struct bench_case *c,
                                       const struct net_addresses *server, uint64_t seed,
                                       const struct measure_extent *extent, int *fd,
                                       struct error *error);
void measure_page_release(struct measure_page *page);

/* What a page has room for. */
struct measure_room {
    size_t requests, warmup_requests;
    enum arrivals arrivals;
    bool without_samples, with_switches, summed_up;
    unsigned slots, parts; /* where they are summed up */
};

/* A zeroed page for so much. */
struct measure_page *measure_page_map(const struct measure_room *room, int *fd,
                                      struct error *error);

/* The page in a descriptor that somebody else made. NULL if it is none. */
struct measure_page *measure_page_open(int fd);

/* A hash of the layout of a page and of samples. */
uint64_t measure_layout(void);

/* The intended starts of the run's requests, since `started`; NULL: they have none. */
const nsec_t *measure_schedule(const struct measure_page *page);

/* Compute them. */
void measure_make_schedule(struct measure_page *page);

/* When request `i` was to start: the intended start of open arrivals, else when the driver took it.
 * Its latency runs from here. */
static inline nsec_t measure_due(const struct measure_page *page, size_t i)
{
    const nsec_t *schedule = measure_schedule(page);
    return schedule ? page->started + schedule[i] : page->samples[i].start;
}

/* When threads were switched, since `started`: `switches` of them. */
struct switch_event *measure_switches(const struct measure_page *page);

/* What its requests add up to, once the run is over. */
void measure_sum_up(const struct measure_page *page, struct run_summary *sum);

/* Execute the page's run in this process. Returns 0, or -1 with page->error filled. */
int measure_run(struct measure_page *page);

/* main() of the measured process, with the page on MEASURE_FD. Returns the exit code. */
int measure_main(void);

/* "setup", "the warm-up" …: for sentences such as "failed in setup". */
const char *measure_stage_name(enum measure_stage stage);

#endif
