/* The store: what campaigns wrote, in one SQLite file. Nobody else speaks SQL; others may read the
 * views in views.sql.
 *
 * A run is one transaction, so a campaign that is killed loses at most the run under way. All
 * functions return 0, or -1 with `error` filled. */
#ifndef WAITBENCH_STORE_H
#define WAITBENCH_STORE_H

#include <stdio.h>

#include "bench/base/member.h"
#include "bench/base/stats.h"
#include "bench/plan/case_fields.h"
#include "bench/plan/plan.h"
#include "bench/run/limit_name.h"
#include "bench/run/run_record.h"

struct store;
struct environment;
struct histogram;

enum {
    STORE_ID_BYTES = 72,
    STORE_NAME_BYTES = 32,
    STORE_DRIVER_BYTES = MEASURE_NAME_BYTES,
    STORE_COMMAND_BYTES = 16384,
    STORE_ARGUMENTS_BYTES = 8192
};

#define STORE_IN_MEMORY ":memory:"

/* WRITE makes the file where there is none; READ wants it to be there. */
enum store_mode { STORE_READ, STORE_WRITE };

struct store *store_open(const char *path, enum store_mode mode, struct error *error);
void store_close(struct store *store);

/* ---- what `waitbench limits` keeps ---- */

/* Why a driver went no further. Words are in store_limits.c. */
enum limits_end {
    LIMITS_RAMPING,     /* it has not ended yet */
    LIMITS_TOP,         /* it got as far as was requested */
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

/* What a request and a connection cost at the capacity. NAN and -1: not available. */
struct limits_costs {
    int64_t in_flight, server_in_flight; /* the most at once, by the samples and by the server */
    /* Bytes for each connection: resident memory, grown since before setup and at its peak; the
     * server's; the kernel's buffers; what the machine had less of meanwhile, whoever took it. */
    double client_bytes, peak_bytes, server_bytes, socket_bytes, machine_bytes;
    double slab_bytes, page_table_bytes; /* likewise, of the kernel */
    double client_cpu_ns, server_cpu_ns; /* for each request */
};

enum { LIMITS_REASON_BYTES = 512 };

/* The result of a run, or of a step. */
struct limits_result {
    enum limits_end end; /* LIMITS_RAMPING: it passed */
    bool worked;         /* every request completed, however slowly */
    double efficiency;   /* or NAN */
    struct limits_costs costs;
    char noise[LIMITS_REASON_BYTES];
    int errnum; /* of the first failure, or 0 */
    struct limit_named limit;
    char reason[LIMITS_REASON_BYTES];
};

/* What `waitbench limits` found out about one driver: a row of its report. */
struct limits_row {
    char driver[64];
    double share;               /* of the ideal that a step had to reach */
    unsigned capacity;          /* the largest C that did, 0 if none */
    struct limits_result best;  /* there: its efficiency, costs, and why it is NOISY, or "" */
    unsigned worked;            /* the largest C at which every request completed */
    unsigned ended_at;          /* the least C that did not do; 0 where there was none */
    struct limits_result ended; /* there: its end, and what happened; but for its costs */
};

extern const char *const limits_end_names[]; /* ended by NULL */

/* ---- what `waitbench capacity` keeps ---- */

/* Invalid: the driver, and not the server, was the limit. None: there was no server, or no run. */
enum slo_outcome { SLO_MET, SLO_UNCLEAR, SLO_VIOLATED, SLO_INVALID, SLO_NONE };

extern const char *const slo_outcome_names[]; /* ended by NULL */

enum { SLO_TEXT_BYTES = 64 };

/* A run at a rate: a step of the search for a capacity. */
struct capacity_step {
    unsigned pair, step; /* of which driver and server model, and its number there */
    int64_t case_id;
    char slo[SLO_TEXT_BYTES];
    unsigned rate;
    size_t requests, violations;
    nsec_t limit;   /* of the objective, or 0 where it is of failures */
    nsec_t latency; /* what is limited: slo_latency() */
    enum slo_outcome outcome;
    bool counts;   /* its outcome is one of the server at that rate, as it was not NOISY */
    unsigned next; /* the rate to be tried after it, or 0: the search was over */
};

/* ---- what a lesson keeps ---- */

enum finding {
    FINDING_HOLDS,
    FINDING_INCONCLUSIVE, /* the interval has the bound within it, or there is no figure */
    FINDING_FAILS,
    FINDING_SHOWN, /* told and not judged */
};

/* "HOLDS", "INCONCLUSIVE", "DOES NOT HOLD HERE", "". */
extern const char *const finding_names[];

enum relation { AT_LEAST, AT_MOST, RELATION_NONE };

enum { EVIDENCE_WORDS_BYTES = 160, EVIDENCE_UNIT_BYTES = 24, EVIDENCE_MAX = 24 };

/* A line of its evidence. */
struct evidence_line {
    char words[EVIDENCE_WORDS_BYTES]; /* "makespan at backlog 100 over backlog 4096" */
    char unit[EVIDENCE_UNIT_BYTES];   /* "ms", "times", "" */
    double value;                     /* median over the runs, or NAN */
    struct stats_interval interval;   /* of it; a minimum or maximum has none */
    size_t runs;                      /* of the smaller side */
    enum relation relation;
    double bound; /* or NAN, for a line that has none */
    enum finding finding;
};

/* ---- writing ---- */

struct campaign_info {
    char id[STORE_ID_BYTES];
    char name[STORE_NAME_BYTES];
    char command[STORE_COMMAND_BYTES];
    char status[STORE_NAME_BYTES]; /* running, complete, interrupted, failed */
    char started_at[32];
    uint64_t seed;
    unsigned repetitions;
    double precision;     /* that earlier versions went on for; 0: no such aim */
    double margin;        /* within which two drivers are equivalent: 0.01 is 1% */
    size_t decided_pairs; /* of drivers, which blocks were added to decide; 0: none */
    char arguments[STORE_ARGUMENTS_BYTES];
    nsec_t elapsed;
};

/* Keeps the campaign, its environment and its cases, whose ids it fills in. Chooses info->id from
 * the time and the name, one that is not taken. */
int store_begin_campaign(struct store *store, struct campaign_info *info, struct plan *plan,
                         const struct environment *environment, struct error *error);
/* Another case, at place `ordinal` of the tables; fills in its id. */
int store_add_case(struct store *store, const char *id, size_t ordinal, struct bench_case *c,
                   struct error *error);
int store_add_run(struct store *store, int64_t case_id, const struct run_record *record,
                  bool with_samples, struct error *error);
/* Within the transaction that adds the run. */
int store_add_switches(struct store *store, int64_t run_id, const struct run_record *record,
                       struct error *error);
int store_end_campaign(struct store *store, const char *id, const char *status, nsec_t elapsed,
                       struct error *error);

/* Keep the predicted makespan of a case, and the calibration that it was made from. */
int store_put_prediction(struct store *store, const struct bench_case *c, struct error *error);
int store_put_calibration(struct store *store, const char *id, const char *name, const char *unit,
                          int64_t value, struct error *error);

/* Of `limits`: the limit that leaves room for the fewest requests in flight, and for how many:
 * "fs.file-max 1215358". */
#define STORE_ROOM_KEY "room for requests in flight"

/* Keep another fact about where a campaign ran. */
int store_put_environment(struct store *store, const char *id, const char *key, const char *value,
                          struct error *error);

/* Keep what is known of a driver's limits so far, in place of what was known before. */
int store_put_limits(struct store *store, const char *id, size_t ordinal,
                     const struct limits_row *row, struct error *error);

int store_add_capacity_step(struct store *store, const char *id, const struct capacity_step *step,
                            struct error *error);

/* A run, without its samples, and the step that it was: both or neither. */
int store_add_run_of_step(struct store *store, const char *id, const struct run_record *record,
                          const struct capacity_step *step, struct error *error);

/* A campaign that was begun goes on: give the plan's cases the ids they have in the store. -1 where
 * the plan is not the one that was begun; one without cases, which are added as it goes on, is. */
int store_resume_campaign(struct store *store, const char *id, struct plan *plan,
                          struct error *error);

/* The command that made the campaign, where that has --resume: "campaign" or "capacity"; or NULL.
 */
const char *store_resumed_by(const struct campaign_info *info);

/* How many runs a campaign has so far, or -1. */
int store_campaign_runs(struct store *store, const char *id, struct error *error);

/* 1 where that block's run of the case is in the store, 0 where not, -1 on error. */
int store_has_run(struct store *store, int64_t case_id, unsigned block, struct error *error);

/* Was a run of the case INVALID, or can that not be read? */
bool store_case_failed(struct store *store, int64_t case_id);

/* Take in hyperfine's --export-json, without commands that failed. A command's name begins with the
 * id of its case. Returns how many were taken, or -1. */
int store_import_hyperfine(struct store *store, const char *json, struct error *error);

/* What a lesson found, and the evidence for it. */
struct stored_lesson {
    char name[STORE_NAME_BYTES];
    char verdict[STORE_NAME_BYTES];
    char why[RUN_REASON_BYTES];
};
int store_put_lesson(struct store *store, const char *id, const struct stored_lesson *lesson,
                     const struct evidence_line *lines, size_t n, struct error *error);

/* What a campaign's lesson found; false where it was none. */
bool store_lesson(struct store *store, const char *id, struct stored_lesson *out);

/* ---- reading ---- */

struct stored_run {
    int64_t id;
    bool has_samples; /* of its requests, one by one */
    unsigned block;
    char started_at[STORE_NAME_BYTES]; /* UTC, ISO 8601 */
    enum quality quality;
    char reasons[RUN_REASON_BYTES];
    char active[MEASURE_ACTIVE_BYTES];
    size_t completed, failed;
    nsec_t makespan, setup, warmup, teardown, server_start, process;
    nsec_t latency_p50, latency_p99, latency_max; /* -1 is not available */
    nsec_t service_p50, service_p99;
    struct audit audit; /* as the record's, without `offered` */
    struct completion_times completions;
    unsigned serves_at_once;                   /* connections, by the server; 0: no such limit */
    int64_t syn_retransmits, listen_overflows; /* or USAGE_NOT_AVAILABLE */
    char accepted_by[128]; /* the workers of the last connections, "[0,1,0]", or "" */
};

struct stored_whole {
    size_t runs;
    double median_s, min_s, max_s;
};

/* `id` may be a whole id, the beginning of one, a name (the latest of it), or NULL or "latest". */
int store_find_campaign(struct store *store, const char *id, struct campaign_info *out,
                        struct error *error);

/* The latest campaign with a run of the driver, likewise; -1 where there is none. */
int store_find_campaign_of(struct store *store, const char *driver, struct campaign_info *out,
                           struct error *error);

/* All campaigns, the latest first. The caller frees `*out`. */
int store_campaigns(struct store *store, struct campaign_info **out, size_t *n,
                    struct error *error);

/* Every fact about where a campaign ran, by key. */
void store_each_environment(struct store *store, const char *id,
                            void (*tell)(void *target, const char *key, const char *value),
                            void *target);

/* The lines of a lesson's evidence, in their order. The caller frees `*out`. */
int store_evidence(struct store *store, const char *id, struct evidence_line **out, size_t *n,
                   struct error *error);

/* In the order of the tables. The caller frees `*out`. */
int store_cases(struct store *store, const char *campaign_id, struct bench_case **out, size_t *n,
                struct error *error);
/* In the order of the blocks. The caller frees `*out`. */
int store_runs(struct store *store, int64_t case_id, struct stored_run **out, size_t *n,
               struct error *error);
/* What each rank did in each valid run of a case, rank by rank; none of a case that was not divided
 * among ranks. The caller frees `*out`. */
int store_case_ranks(struct store *store, int64_t case_id, struct rank_result **out, size_t *n,
                     struct error *error);
/* Visit the resource usage of every valid run of a case: each available figure, and the block. */
int store_case_usage(struct store *store, int64_t case_id,
                     void (*tell)(void *target, unsigned block, enum usage_side side,
                                  enum usage_metric metric, int64_t value),
                     void *target, struct error *error);

/* A request of a run, in ns since the run's start; -1 where it did not get that far. */
struct stored_sample {
    unsigned block; /* the run's */
    size_t request;
    bool ok;
    uint32_t slot;
    nsec_t due; /* its intended start, or `start` where it has none: latency runs from here */
    nsec_t start, first_byte, end;
    nsec_t delay, overshoot; /* the server's; -1 where it did not say */
};

/* Every request of every valid run of a case, block by block. The caller frees `*out`. */
int store_case_samples(struct store *store, int64_t case_id, struct stored_sample **out, size_t *n,
                       struct error *error);

/* A request of a run whose times are since the run's start: in its sample -1 where it did not get
 * that far, but for `received`, which is 0 where the server did not say its times. */
struct stored_request {
    size_t index;
    nsec_t due; /* as of a stored sample */
    struct sample sample;
};

/* Visit the requests of a run in the order in which they were due; -1 from `take` ends it. */
int store_each_request(struct store *store, int64_t run_id,
                       int (*take)(void *target, const struct stored_request *request,
                                   struct error *error),
                       void *target, struct error *error);

/* Visit the switches of a run thread by thread, in order of time; -1 from `take` ends it. */
int store_each_switch(struct store *store, int64_t run_id,
                      int (*take)(void *target, const struct switch_event *event,
                                  struct error *error),
                      void *target, struct error *error);

/* How many more switches a run had than were recorded; -1: none were, and `why` says why, or is "".
 */
int64_t store_switches_lost(struct store *store, int64_t run_id, char *why, size_t size);

/* Why no scheduler switches were recorded in a campaign that was to, or "". */
void store_no_switches(struct store *store, const char *id, char *out, size_t size);

/* What the server of a run counted, as JSON (account_json()); false, and "", where that is not
 * known. */
bool store_run_account(struct store *store, int64_t run_id, char *out, size_t size);

/* The latency breakdown of a case's median run, or of a run: mean seconds by phase, NAN if not
 * known. */
int store_case_breakdown(struct store *store, int64_t case_id, double mean_s[BREAKDOWN_PHASES],
                         struct error *error);
int store_run_breakdown(struct store *store, int64_t run_id, double mean_s[BREAKDOWN_PHASES],
                        struct error *error);

/* Merge the latencies of all valid runs of a case into `*into`, zeroed. */
int store_case_histogram(struct store *store, int64_t case_id, struct histogram *into,
                         struct error *error);
/* hyperfine's row for a case. Returns false where there is none. */
bool store_whole_process(struct store *store, int64_t case_id, struct stored_whole *out);

/* The rows of a campaign of `waitbench limits`, none of any other. The caller frees `*out`. */
int store_limits(struct store *store, const char *campaign_id, struct limits_row **out, size_t *n,
                 struct error *error);

/* The steps of a campaign of `waitbench capacity`, none of any other. The caller frees `*out`. */
int store_capacity_steps(struct store *store, const char *id, struct capacity_step **out, size_t *n,
                         struct error *error);

/* A fact about where a campaign ran; false where it is not known. */
bool store_environment(struct store *store, const char *id, const char *key, char *out,
                       size_t size);

/* "KEY is now VALUE, …" for what changed while the campaign ran, or "". */
void store_environment_changes(struct store *store, const char *id, char *out, size_t size);

/* Why system calls were not counted, or "". */
void store_no_syscalls(struct store *store, const char *id, char *out, size_t size);

/* One line that says where the figures come from: CPU, cores, kernel, compiler, revision … */
int store_caption(struct store *store, const struct campaign_info *info, char *out, size_t size,
                  struct error *error);

/* ---- exporting ---- */

enum store_format { STORE_CSV, STORE_JSON };

/* Is there such a kind? */
bool store_can_export(const char *kind);

/* What can be exported, as "cases|runs|requests|…", for help and errors. */
const char *store_export_kinds(void);

/* Write all rows of `kind` for the campaign: CSV with a header line, or one JSON object a line.
 * What is computed from them, as of "cases", needs store_lend_figures() first. */
int store_export(struct store *store, const char *campaign_id, const char *kind,
                 enum store_format format, FILE *out, struct error *error);

/* Lend this connection computed figures, as the temporary table `table`: `n` structs of `size`
 * bytes, and their columns. Of these the first may be "rowid". `exports` in store_export.c has the
 * tables that are needed. */
int store_lend_figures(struct store *store, const char *table, const struct column *columns,
                       const void *rows, size_t size, size_t n, struct error *error);

/* ---- JSON ---- */

/* Write a quoted string. '<', '>' and '&' are escaped, so that it can be embedded in HTML. Bytes
 * that are not UTF-8 become U+FFFD. */
void store_json_put(const char *text, FILE *out);

/* Call `take` for every member of one JSON object, or element of an array, at its top level.
 * `value` is a string's text, a number as it would be printed, the JSON of an object or array, and
 * NULL for null; key and value hold until `take` returns. `store` is any that is open: nothing is
 * read from it or written. -1 where `json` is not JSON; members before the mistake may have been
 * taken by then. */
int store_json_each(struct store *store, const char *json,
                    void (*take)(void *target, const char *key, const char *value), void *target,
                    struct error *error);

#endif
