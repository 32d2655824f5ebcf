/* Runs: a run's row and everything that hangs on it, kept in one transaction, and read by case. */
#include "store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/histogram.h"
#include "store_sql.h"

/* What a record of a run and a stored one have in common. */
#define RUN_COLUMNS(run)                                                                           \
    COLUMN("block", run, block), COLUMN_WORD("quality", run, quality, quality_names),              \
        COLUMN("reasons", run, reasons), COLUMN("active", run, active),                            \
        COLUMN("completed", run, completed), COLUMN("failed", run, failed),                        \
        COLUMN("makespan_ns", run, makespan), COLUMN("setup_ns", run, setup),                      \
        COLUMN("warmup_ns", run, warmup), COLUMN("teardown_ns", run, teardown),                    \
        COLUMN("server_start_ns", run, server_start), COLUMN("process_ns", run, process),          \
        COLUMN_OR_NULL("latency_p50_ns", run, latency_p50, -1),                                    \
        COLUMN_OR_NULL("latency_p99_ns", run, latency_p99, -1),                                    \
        COLUMN_OR_NULL("latency_max_ns", run, latency_max, -1),                                    \
        COLUMN_OR_NULL("service_p50_ns", run, service_p50, -1),                                    \
        COLUMN_OR_NULL("service_p99_ns", run, service_p99, -1),                                    \
        COLUMN_OR_NULL("lag_p50_ns", run, audit.lag_p50, -1),                                      \
        COLUMN_OR_NULL("lag_p99_ns", run, audit.lag_p99, -1),                                      \
        COLUMN_OR_NULL("lag_max_ns", run, audit.lag_max, -1),                                      \
        COLUMN("achieved_rate", run, audit.achieved),                                              \
        COLUMN("gap_distance", run, audit.gap_distance),                                           \
        COLUMN("gap_chance", run, audit.gap_chance), COLUMN("overloaded", run, audit.overloaded),  \
        COLUMN_OR_NULL("first_response_ns", run, completions.first, -1),                           \
        COLUMN_OR_NULL("half_completed_ns", run, completions.half, -1),                            \
        COLUMN_OR_NULL("most_completed_ns", run, completions.most, -1),                            \
        COLUMN_OR_NULL("last_response_ns", run, completions.last, -1)

static const struct column record_columns[] = {
    RUN_COLUMNS(struct run_record),
    COLUMN("position", struct run_record, position),
    COLUMN("requests", struct run_record, requests),
    COLUMN("not_started", struct run_record, not_started),
    COLUMN_OR_NULL("latency_p50_low_ns", struct run_record, p50_interval.low, -1),
    COLUMN_OR_NULL("latency_p50_high_ns", struct run_record, p50_interval.high, -1),
    COLUMN_OR_NULL("latency_p99_low_ns", struct run_record, p99_interval.low, -1),
    COLUMN_OR_NULL("latency_p99_high_ns", struct run_record, p99_interval.high, -1),
    COLUMN("server_json", struct run_record, server_json),
    COLUMN("no_syscalls", struct run_record, why_no_syscalls),
    COLUMN("no_switches", struct run_record, why_no_switches),
    COLUMN_OR_NULL("switches_lost", struct run_record, switches_lost, -1),
    {0},
};

static const struct column run_columns[] = {
    RUN_COLUMNS(struct stored_run),
    COLUMN("run_id", struct stored_run, id),
    COLUMN("has_samples", struct stored_run, has_samples),
    COLUMN("started_at", struct stored_run, started_at),
    COLUMN_OR_NULL("serves_at_once", struct stored_run, serves_at_once, 0),
    COLUMN_OR_NULL("syn_retransmits", struct stored_run, syn_retransmits, USAGE_NOT_AVAILABLE),
    COLUMN_OR_NULL("listen_overflows", struct stored_run, listen_overflows, USAGE_NOT_AVAILABLE),
    COLUMN("accepted_by", struct stored_run, accepted_by),
    {0},
};

/* ---- writing ---- */

/* The distribution of the completed requests' latencies, as text to be freed. */
static char *latency_histogram(const struct run_record *r)
{
    if (r->summary)
        return histogram_to_text(&r->summary->latency);
    struct histogram *histogram = xcalloc(1, sizeof(*histogram));
    for (size_t i = 0; i < r->requests; i++)
        if (r->samples && r->samples[i].outcome == OUTCOME_OK)
            histogram_add(histogram, r->samples[i].end - run_record_due(r, i));
    char *text = histogram_to_text(histogram);
    free(histogram);
    return text;
}

static int64_t add_run_row(struct store *store, int64_t case_id, const struct run_record *r,
                           struct error *error)
{
    char started_at[32];
    sql_iso_time(r->started_unix_ms, started_at, sizeof(started_at));
    char *histogram = latency_histogram(r);
    int result = sql_insert_row(store, "INSERT INTO runs", record_columns, r,
                                SQL_VALUES(SQL_INTEGER("case_id", case_id),
                                           SQL_TEXT("started_at", started_at),
                                           SQL_TEXT("histogram", histogram)),
                                error);
    free(histogram);
    return result < 0 ? -1 : sqlite3_last_insert_rowid(store->db);
}

static int add_failures(struct store *store, int64_t run_id, const struct run_record *r,
                        struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < r->failure_kinds && result == 0; i++)
        result = sql_insert(store, "INSERT INTO failures",
                            SQL_VALUES(SQL_INTEGER("run_id", run_id),
                                       SQL_TEXT("outcome", outcome_name(r->failures[i].outcome)),
                                       SQL_INTEGER("errnum", r->failures[i].errnum),
                                       SQL_INTEGER("count", r->failures[i].count)),
                            error);
    return result;
}

static int add_usage(struct store *store, int64_t run_id, const struct usage *usage,
                     struct error *error)
{
    int result = 0;
    for (enum usage_side s = 0; s < USAGE_SIDES; s++)
        for (enum usage_metric m = 0; m < USAGE_METRICS && result == 0; m++) {
            if (!(usage_rows[m].sides & 1U << s))
                continue;
            int64_t value = usage->value[s][m];
            result = sql_insert(
                store, "INSERT INTO usage",
                SQL_VALUES(
                    SQL_INTEGER("run_id", run_id), SQL_TEXT("side", usage_side_names[s]),
                    SQL_TEXT("metric", usage_rows[m].name), SQL_TEXT("unit", usage_rows[m].unit),
                    value == USAGE_NOT_AVAILABLE ? SQL_NULL("value") : SQL_INTEGER("value", value)),
                error);
        }
    return result;
}

static int add_breakdown(struct store *store, int64_t run_id, const struct breakdown *breakdown,
                         struct error *error)
{
    int result = 0;
    for (enum breakdown_phase p = 0; p < BREAKDOWN_PHASES && result == 0; p++)
        if (breakdown->mean[p] >= 0)
            result = sql_insert(
                store, "INSERT INTO breakdown",
                SQL_VALUES(SQL_INTEGER("run_id", run_id), SQL_TEXT("phase", breakdown_rows[p].name),
                           SQL_INTEGER("ordinal", p), SQL_REAL("mean_ns", breakdown->mean[p]),
                           SQL_TIME("p99_ns", breakdown->p99[p])),
                error);
    return result;
}

static int add_windows(struct store *store, int64_t run_id, const struct run_record *r,
                       struct error *error)
{
    static const struct column columns[] = {
        COLUMN("due", struct window, due),
        COLUMN("completed", struct window, completed),
        COLUMN_OR_NULL("latency_p50_ns", struct window, latency_p50, -1),
        COLUMN_OR_NULL("latency_p99_ns", struct window, latency_p99, -1),
        COLUMN_OR_NULL("latency_max_ns", struct window, latency_max, -1),
        {0},
    };
    int result = 0;
    for (size_t i = 0; i < r->window_count && result == 0; i++)
        result = sql_insert_row(store, "INSERT INTO windows", columns, &r->windows[i],
                                SQL_VALUES(SQL_INTEGER("run_id", run_id), SQL_INTEGER("window", i)),
                                error);
    return result;
}

static const struct column rank_columns[] = {
    COLUMN("rank", struct rank_result, rank),
    COLUMN("host", struct rank_result, host),
    COLUMN("concurrency", struct rank_result, concurrency),
    COLUMN("requests", struct rank_result, requests),
    COLUMN("completed", struct rank_result, completed),
    COLUMN("makespan_ns", struct rank_result, makespan),
    COLUMN_OR_NULL("start_lag_ns", struct rank_result, start_lag, -1),
    COLUMN_OR_NULL("latency_p50_ns", struct rank_result, latency_p50, -1),
    COLUMN_OR_NULL("latency_p99_ns", struct rank_result, latency_p99, -1),
    COLUMN_OR_NULL("cpu_ns", struct rank_result, cpu_ns, USAGE_NOT_AVAILABLE),
    COLUMN("clock_offset_ns", struct rank_result, clock.offset),
    COLUMN("clock_uncertainty_ns", struct rank_result, clock.uncertainty),
    COLUMN("clock_drift_ns", struct rank_result, clock_drift),
    {0},
};

static int add_ranks(struct store *store, int64_t run_id, const struct run_record *r,
                     struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < r->rank_count && result == 0; i++)
        result = sql_insert_row(store, "INSERT INTO ranks", rank_columns, &r->ranks[i],
                                SQL_VALUES(SQL_INTEGER("run_id", run_id)), error);
    return result;
}

/* Since the run's start, or -1 (NULL) for a point that was not reached. */
static int64_t since(nsec_t started, nsec_t point)
{
    return point ? point - started : -1;
}

/* The server's times only where it said them. */
static int add_sample(struct store *store, int64_t run_id, size_t index, const struct run_record *r,
                      struct error *error)
{
    const struct sample *s = &r->samples[index];
    nsec_t started = r->started;
    bool told = s->received != 0;
    return sql_insert(
        store, "INSERT INTO samples",
        SQL_VALUES(SQL_INTEGER("run_id", run_id), SQL_INTEGER("request", index),
                   SQL_INTEGER("slot", s->slot), SQL_TEXT("outcome", outcome_name(s->outcome)),
                   SQL_INTEGER("errnum", s->errnum),
                   SQL_INTEGER("reused", s->flags & SAMPLE_REUSED),
                   SQL_TIME("intended_ns", r->schedule ? r->schedule[index] : -1),
                   SQL_INTEGER("start_ns", s->start - started),
                   SQL_TIME("connected_ns", since(started, s->connected)),
                   SQL_TIME("sent_ns", since(started, s->sent)),
                   SQL_TIME("first_byte_ns", since(started, s->first_byte)),
                   SQL_TIME("end_ns", since(started, s->end)),
                   SQL_TIME("received_ns", since(started, s->received)),
                   SQL_TIME("delay_ns", told ? (int64_t)s->delay_100ns * 100 : -1),
                   SQL_TIME("overshoot_ns", told ? (int64_t)s->overshoot_100ns * 100 : -1)),
        error);
}

static int add_samples(struct store *store, int64_t run_id, const struct run_record *r,
                       struct error *error)
{
    int result = 0;
    for (size_t i = 0; r->samples && i < r->requests && result == 0; i++)
        if (r->samples[i].outcome != OUTCOME_NOT_STARTED)
            result = add_sample(store, run_id, i, r, error);
    return result;
}

/* With each run, so that a campaign that is killed knows how long it took. */
static int add_spent(struct store *store, int64_t case_id, nsec_t spent, struct error *error)
{
    return sql_write(store,
                     "UPDATE campaigns SET elapsed_ns = coalesce(elapsed_ns, 0) + :spent"
                     " WHERE id = (SELECT campaign_id FROM cases WHERE case_id = :id)",
                     SQL_VALUES(SQL_INTEGER("spent", spent), SQL_INTEGER("id", case_id)), error);
}

static int add_run(struct store *store, int64_t case_id, const struct run_record *record,
                   bool with_samples, struct error *error)
{
    int64_t run_id = add_run_row(store, case_id, record, error);
    int result = run_id < 0 ? -1 : 0;
    if (result == 0)
        result = add_spent(store, case_id, record->spent, error);
    if (result == 0)
        result = add_failures(store, run_id, record, error);
    if (result == 0)
        result = add_usage(store, run_id, &record->usage, error);
    if (result == 0)
        result = add_breakdown(store, run_id, &record->breakdown, error);
    if (result == 0)
        result = add_windows(store, run_id, record, error);
    if (result == 0)
        result = add_ranks(store, run_id, record, error);
    if (result == 0 && with_samples)
        result = add_samples(store, run_id, record, error);
    if (result == 0 && with_samples)
        result = store_add_switches(store, run_id, record, error);
    return result;
}

int store_add_run(struct store *store, int64_t case_id, const struct run_record *record,
                  bool with_samples, struct error *error)
{
    if (sql_begin(store, error) < 0)
        return -1;
    return sql_end(store, add_run(store, case_id, record, with_samples, error), error);
}

int store_add_run_of_step(struct store *store, const char *id, const struct run_record *record,
                          const struct capacity_step *step, struct error *error)
{
    if (sql_begin(store, error) < 0)
        return -1;
    int result = add_run(store, step->case_id, record, false, error);
    if (result == 0)
        result = store_add_capacity_step(store, id, step, error);
    return sql_end(store, result, error);
}

/* ---- reading ---- */

int store_campaign_runs(struct store *store, const char *id, struct error *error)
{
    int64_t runs;
    int result = sql_number(store, "SELECT count(*) FROM all_runs WHERE campaign_id = :id",
                            SQL_VALUES(SQL_TEXT("id", id)), &runs, error);
    return result < 0 ? -1 : (int)runs;
}

int store_has_run(struct store *store, int64_t case_id, unsigned block, struct error *error)
{
    int64_t runs;
    int result = sql_number(
        store, "SELECT count(*) FROM runs WHERE case_id = :case_id AND block = :block",
        SQL_VALUES(SQL_INTEGER("case_id", case_id), SQL_INTEGER("block", block)), &runs, error);
    return result < 0 ? -1 : (int)runs;
}

int store_runs(struct store *store, int64_t case_id, struct stored_run **out, size_t *n,
               struct error *error)
{
    return sql_collect(store, run_columns,
                       "FROM (SELECT *, coalesce(json_extract(iif(json_valid(server_json),"
                       "   server_json, '{}'), '$.last_accepted_by'), '') AS accepted_by,"
                       "  EXISTS (SELECT 1 FROM samples s WHERE s.run_id = a.run_id) AS has_samples"
                       "  FROM all_runs a)"
                       " WHERE case_id = :case_id ORDER BY block",
                       SQL_VALUES(SQL_INTEGER("case_id", case_id)), sizeof(**out), (void **)out, n,
                       error);
}

int store_case_ranks(struct store *store, int64_t case_id, struct rank_result **out, size_t *n,
                     struct error *error)
{
    return sql_collect(store, rank_columns,
                       "FROM (SELECT x.*, r.block FROM ranks x JOIN runs r ON r.id = x.run_id"
                       "  WHERE r.case_id = :case_id AND r.quality <> 'INVALID')"
                       " ORDER BY rank, block",
                       SQL_VALUES(SQL_INTEGER("case_id", case_id)), sizeof(**out), (void **)out, n,
                       error);
}

struct stored_metric {
    unsigned block;
    char side[STORE_NAME_BYTES], metric[STORE_NAME_BYTES];
    int64_t value;
};

static bool find_metric(const struct stored_metric *row, enum usage_side *side,
                        enum usage_metric *metric)
{
    for (*side = 0; *side < USAGE_SIDES; ++*side)
        for (*metric = 0; *metric < USAGE_METRICS; ++*metric)
            if (!strcmp(usage_side_names[*side], row->side) &&
                !strcmp(usage_rows[*metric].name, row->metric))
                return true;
    return false;
}

int store_case_usage(struct store *store, int64_t case_id,
                     void (*tell)(void *target, unsigned block, enum usage_side side,
                                  enum usage_metric metric, int64_t value),
                     void *target, struct error *error)
{
    static const struct column columns[] = {COLUMN("block", struct stored_metric, block),
                                            COLUMN("side", struct stored_metric, side),
                                            COLUMN("metric", struct stored_metric, metric),
                                            COLUMN("value", struct stored_metric, value),
                                            {0}};
    struct stored_metric *rows;
    size_t n;
    if (sql_collect(
            store, columns,
            "FROM usage u JOIN runs r ON r.id = u.run_id"
            " WHERE r.case_id = :case_id AND r.quality <> 'INVALID' AND u.value IS NOT NULL",
            SQL_VALUES(SQL_INTEGER("case_id", case_id)), sizeof(*rows), (void **)&rows, &n,
            error) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        enum usage_side side;
        enum usage_metric metric;
        if (find_metric(&rows[i], &side, &metric))
            tell(target, rows[i].block, side, metric, rows[i].value);
    }
    free(rows);
    return 0;
}

/* Of the run that the SQL expression `run` is; `id` is its :id. */
static int read_breakdown(struct store *store, const char *run, int64_t id,
                          double mean_s[BREAKDOWN_PHASES], struct error *error)
{
    struct phase {
        unsigned ordinal;
        double mean_ns;
    } * phases;
    static const struct column columns[] = {
        COLUMN("ordinal", struct phase, ordinal), COLUMN("mean_ns", struct phase, mean_ns), {0}};
    size_t n;
    char from[512];
    snprintf(from, sizeof(from), "FROM breakdown WHERE run_id = %s", run);
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        mean_s[p] = NAN;
    if (sql_collect(store, columns, from, SQL_VALUES(SQL_INTEGER("id", id)), sizeof(*phases),
                    (void **)&phases, &n, error) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (phases[i].ordinal < BREAKDOWN_PHASES)
            mean_s[phases[i].ordinal] = phases[i].mean_ns / 1e9;
    free(phases);
    return 0;
}

int store_case_breakdown(struct store *store, int64_t case_id, double mean_s[BREAKDOWN_PHASES],
                         struct error *error)
{
    return read_breakdown(store,
                          "(SELECT id FROM runs"
                          " WHERE case_id = :id AND quality <> 'INVALID' ORDER BY makespan_ns, id"
                          " LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM runs"
                          "  WHERE case_id = :id AND quality <> 'INVALID'))",
                          case_id, mean_s, error);
}

int store_run_breakdown(struct store *store, int64_t run_id, double mean_s[BREAKDOWN_PHASES],
                        struct error *error)
{
    return read_breakdown(store, ":id", run_id, mean_s, error);
}

/* Its text is too long for a member of a struct. */
int store_case_histogram(struct store *store, int64_t case_id, struct histogram *into,
                         struct error *error)
{
    sqlite3_stmt *query = sql_query(
        store, "SELECT histogram FROM runs WHERE case_id = :case_id AND quality <> 'INVALID'",
        SQL_VALUES(SQL_INTEGER("case_id", case_id)), error);
    struct histogram *one = xcalloc(1, sizeof(*one));
    int step = SQLITE_ERROR, result = query ? 0 : -1;
    while (result == 0 && (step = sqlite3_step(query)) == SQLITE_ROW) {
        result = histogram_from_text((const char *)sqlite3_column_text(query, 0), one, error);
        if (result == 0)
            result = histogram_merge(into, one, error);
    }
    if (result == 0 && step != SQLITE_DONE)
        result = sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    free(one);
    return result;
}

int store_case_samples(struct store *store, int64_t case_id, struct stored_sample **out, size_t *n,
                       struct error *error)
{
    static const struct column columns[] = {
        COLUMN("block", struct stored_sample, block),
        COLUMN("request", struct stored_sample, request),
        COLUMN("ok", struct stored_sample, ok),
        COLUMN("slot", struct stored_sample, slot),
        COLUMN("due_ns", struct stored_sample, due),
        COLUMN("start_ns", struct stored_sample, start),
        COLUMN_OR_NULL("first_byte_ns", struct stored_sample, first_byte, -1),
        COLUMN_OR_NULL("end_ns", struct stored_sample, end, -1),
        COLUMN_OR_NULL("delay_ns", struct stored_sample, delay, -1),
        COLUMN_OR_NULL("overshoot_ns", struct stored_sample, overshoot, -1),
        {0},
    };
    return sql_collect(store, columns,
                       "FROM (SELECT s.*, coalesce(s.intended_ns, s.start_ns) AS due_ns,"
                       " s.outcome = 'ok' AS ok, r.block FROM samples s"
                       " JOIN runs r ON r.id = s.run_id"
                       " WHERE r.case_id = :case_id AND r.quality <> 'INVALID')"
                       " ORDER BY block, request",
                       SQL_VALUES(SQL_INTEGER("case_id", case_id)), sizeof(**out), (void **)out, n,
                       error);
}
