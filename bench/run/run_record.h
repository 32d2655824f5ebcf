/* The record of a run that is over. */
#ifndef WAITBENCH_RUN_RECORD_H
#define WAITBENCH_RUN_RECORD_H

#include "audit.h"
#include "breakdown.h"
#include "usage.h"
#include "measure.h"
#include "rank_table.h"
#include "engine/run_summary.h"
#include "watch.h"
#include "windows.h"

/* OK: valid. NOISY: valid, use with caution. INVALID: no figure. The reasons are in the record. */
enum quality { QUALITY_OK, QUALITY_NOISY, QUALITY_INVALID };

extern const char *const quality_names[]; /* ended by NULL */

enum { RUN_REASON_BYTES = 512 };

/* Times since the run's start at which a share of its requests had completed: that of the request
 * of rank ceil(share * n); -1 if none completed. */
struct completion_times {
    nsec_t first, half, most, last; /* most: 90% */
};

/* No request completed. */
#define COMPLETION_TIMES_NONE ((struct completion_times){-1, -1, -1, -1})

struct run_record {
    unsigned block, position; /* the block of the campaign, and the position in it */
    int64_t started_unix_ms;  /* wall-clock time */
    enum quality quality;
    char reasons[RUN_REASON_BYTES]; /* caveats, separated by "; " */
    enum run_stop { RUN_NOT_STOPPED, RUN_STOPPED_TIMEOUT, RUN_STOPPED_MEMORY } stopped; /* by us */

    size_t requests, completed, failed, not_started;
    struct run_failure failures[RUN_FAILURE_KINDS];
    size_t failure_kinds;

    nsec_t makespan, setup, warmup, teardown;
    nsec_t server_start; /* our server: from its start until it is ready */
    nsec_t spent;        /* since the last run was stored, or the campaign began */
    nsec_t process;      /* the measured process: from its start to its end */
    nsec_t latency_p50, latency_p99, latency_max; /* -1 if the samples are too few */
    nsec_t service_p50, service_p99;              /* the same from the actual starts */
    struct audit audit;                           /* of open arrivals; else AUDIT_NONE */
    struct window *windows;                       /* likewise; else there are none */
    size_t window_count;
    struct latency_interval {
        nsec_t low, high;         /* the same */
    } p50_interval, p99_interval; /* 95%, by order statistics */
    struct completion_times completions;
    struct usage usage;
    struct breakdown breakdown;
    struct watch watch;
    char why_no_syscalls[160];
    char why_no_switches[160];           /* "" if they are recorded, or were not to be */
    const struct switch_event *switches; /* times since `started` */
    size_t switch_count;
    int64_t switches_lost;             /* more of them than were recorded; -1: none are */
    char active[MEASURE_ACTIVE_BYTES]; /* the driver's active variant, or "" */
    char server_json[4096];            /* the server's /stats, or "" */
    bool server_absent;                /* a server of the user's that does not respond any more */
    bool server_died;                  /* a server of ours, or one of its workers */

    struct rank_result *ranks; /* of a run in ranks, the results of each; or NULL */
    size_t rank_count;
    unsigned cores; /* of all their machines; 0: it was this one's */

    bool all_at_once;             /* all requests were due at the start */
    nsec_t started;               /* t0 of the samples */
    const nsec_t *schedule;       /* intended starts since then, of open arrivals; or NULL */
    struct measure_page *page;    /* owns samples */
    const struct sample *samples; /* `requests` of them; NULL: there is `summary` */
    struct run_summary *summary;  /* in place of samples, of many requests; or NULL */
};

/* When request `i` was to start: the intended start of open arrivals, else when the driver took it.
 * Its latency runs from here. */
nsec_t run_record_due(const struct run_record *record, size_t i);

void run_record_release(struct run_record *record);

/* Take over what ranks report of the run. */
void run_record_take_ranks(struct run_record *record, const struct rank_table *table);

/* Where no samples of single requests were kept in this process, take over what they add up to. */
void run_record_sum_up(struct run_record *record);

/* Count outcomes and compute latencies, completion times, the breakdown, the windows and the audit
 * from the samples; where there is a summary only, the first three. */
void run_record_digest(struct run_record *record, const struct bench_case *c);

/* Add a caveat to the reasons, and lower the data quality to `quality` unless it is lower
 * already. */
void run_record_add_caveat(struct run_record *record, enum quality quality, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
