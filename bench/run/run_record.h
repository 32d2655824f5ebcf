/* What is known of one run once it is over. */
#ifndef WAITBENCH_RUN_RECORD_H
#define WAITBENCH_RUN_RECORD_H

#include "breakdown.h"
#include "usage.h"
#include "measure.h"
#include "watch.h"

/* OK: a figure. INVALID: no figure, for the reasons given. (NOISY comes between.) */
enum quality { QUALITY_OK, QUALITY_NOISY, QUALITY_INVALID };

const char *quality_name(enum quality quality);

enum { RUN_FAILURE_KINDS = 32, RUN_REASON_BYTES = 512 };

struct run_failure {
    enum outcome outcome;
    int errnum;
    size_t count;
};

/* When so many of a run's responses were there, from its start; -1 where nothing was answered. A
 * share of n responses is there with the response of rank ceil(share * n). */
struct completion_times {
    nsec_t first, half, most, last; /* most: 90% */
};

/* Nothing was answered. */
#define COMPLETION_TIMES_NONE ((struct completion_times){-1, -1, -1, -1})

struct run_record {
    unsigned block, position; /* where in the campaign: its block and place in that */
    int64_t started_unix_ms;  /* wall clock, for people */
    enum quality quality;
    char reasons[RUN_REASON_BYTES]; /* sentences, "; " between them */
    enum run_cut { RUN_NOT_CUT, RUN_CUT_TIME, RUN_CUT_MEMORY } cut; /* did we end it, and why? */

    size_t requests, completed, failed, not_started;
    struct run_failure failures[RUN_FAILURE_KINDS];
    size_t failure_kinds;

    nsec_t makespan, setup, warmup, teardown;
    nsec_t server_start; /* our server: from starting it to its being ready */
    nsec_t spent;        /* since the last run was kept, or the campaign began */
    nsec_t process;      /* the measured process: from starting it to its end */
    nsec_t latency_p50, latency_p99, latency_max; /* -1 where the samples cannot bear it */
    struct latency_interval {
        nsec_t low, high;         /* -1 likewise */
    } p50_interval, p99_interval; /* 95%, by order statistics */
    struct completion_times responses;
    struct usage usage;
    struct breakdown breakdown;
    struct watch watch;
    char why_no_syscalls[160];
    char active[MEASURE_ACTIVE_BYTES]; /* which of its ways the driver took, or "" */
    char server_json[4096];            /* what the server said of itself, or "" */

    bool all_at_once;             /* every request was asked for at the start */
    nsec_t started;               /* t0 of the samples */
    struct measure_page *page;    /* owns samples */
    const struct sample *samples; /* `requests` of them */
};

void run_record_release(struct run_record *record);

/* Count outcomes and work out latencies and when the responses were there from the samples. */
void run_record_digest(struct run_record *record);

/* Add a sentence to the reasons and make the quality at least `quality`. */
void run_record_object(struct run_record *record, enum quality quality, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
