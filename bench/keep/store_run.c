/* Keeping a run: its row and everything that hangs on it, in one transaction. */
#include "store.h"

#include <stdlib.h>

#include "lib/histogram.h"
#include "store_sql.h"

/* The distribution of the answered requests' latencies, as text to be freed. */
static char *latency_histogram(const struct run_record *r)
{
    struct histogram *histogram = xcalloc(1, sizeof(*histogram));
    for (size_t i = 0; i < r->requests; i++)
        if (r->samples && r->samples[i].outcome == OUTCOME_OK)
            histogram_add(histogram, r->samples[i].end - r->samples[i].start);
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
    sqlite3_stmt *insert = sql_query(
        store, error,
        "INSERT INTO runs (case_id, block, position, started_at, quality, reasons, requests,"
        " completed, failed, not_started, makespan_ns, setup_ns, warmup_ns, teardown_ns,"
        " server_start_ns, process_ns, latency_p50_ns, latency_p99_ns, latency_max_ns,"
        " latency_p50_low_ns, latency_p50_high_ns, latency_p99_low_ns, latency_p99_high_ns,"
        " server_json, no_syscalls, active, histogram, first_response_ns, half_completed_ns,"
        " most_completed_ns, last_response_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?,"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "iiisssiiiiiiiiiinnnnnnnssssnnnn", case_id, (int64_t)r->block, (int64_t)r->position,
        started_at, quality_name(r->quality), r->reasons, (int64_t)r->requests,
        (int64_t)r->completed, (int64_t)r->failed, (int64_t)r->not_started, r->makespan, r->setup,
        r->warmup, r->teardown, r->server_start, r->process, r->latency_p50, r->latency_p99,
        r->latency_max, r->p50_interval.low, r->p50_interval.high, r->p99_interval.low,
        r->p99_interval.high, r->server_json, r->why_no_syscalls, r->active, histogram,
        r->completions.first, r->completions.half, r->completions.most, r->completions.last);
    free(histogram);
    if (sql_finish(store, insert, error) < 0)
        return -1;
    return sqlite3_last_insert_rowid(store->db);
}

static int add_failures(struct store *store, int64_t run_id, const struct run_record *r,
                        struct error *error)
{
    for (size_t i = 0; i < r->failure_kinds; i++)
        if (sql_finish(store,
                       sql_query(store, error, "INSERT INTO failures VALUES (?, ?, ?, ?)", "isii",
                                 run_id, outcome_name(r->failures[i].outcome),
                                 (int64_t)r->failures[i].errnum, (int64_t)r->failures[i].count),
                       error) < 0)
            return -1;
    return 0;
}

static int add_usage(struct store *store, int64_t run_id, const struct usage *usage,
                     struct error *error)
{
    sqlite3_stmt *insert = sql_query(store, error, "INSERT INTO usage VALUES (?, ?, ?, ?, ?)", "");
    if (!insert)
        return -1;
    int result = 0;
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_METRICS && result == 0; m++) {
            if (!usage_has((enum usage_side)s, (enum usage_metric)m))
                continue;
            sql_bind(insert, "isssm", run_id, usage_side_name((enum usage_side)s),
                     usage_name((enum usage_metric)m), usage_unit((enum usage_metric)m),
                     usage->value[s][m]);
            result = sql_repeat(store, insert, error);
        }
    sqlite3_finalize(insert);
    return result;
}

static int add_breakdown(struct store *store, int64_t run_id, const struct breakdown *breakdown,
                         struct error *error)
{
    int result = 0;
    for (int p = 0; p < BREAKDOWN_PHASES && result == 0; p++)
        if (breakdown->mean[p] >= 0)
            result =
                sql_finish(store,
                           sql_query(store, error, "INSERT INTO breakdown VALUES (?, ?, ?, ?, ?)",
                                     "isidn", run_id, breakdown_name((enum breakdown_phase)p),
                                     (int64_t)p, breakdown->mean[p], (int64_t)breakdown->p99[p]),
                           error);
    return result;
}

/* Since the run's start, or -1 (NULL) for a point that was not reached. */
static int64_t since(nsec_t started, nsec_t point)
{
    return point ? point - started : -1;
}

/* A line of the samples table; the server's times only where it said them. */
static int add_sample(struct store *store, sqlite3_stmt *insert, int64_t run_id, size_t index,
                      const struct sample *s, nsec_t started, struct error *error)
{
    bool told = s->received != 0;
    sql_bind(insert, "iiisiiinnnnnnn", run_id, (int64_t)index, (int64_t)s->slot,
             outcome_name(s->outcome), (int64_t)s->errnum, (int64_t)(s->flags & SAMPLE_REUSED),
             s->start - started, since(started, s->connected), since(started, s->sent),
             since(started, s->first_byte), since(started, s->end), since(started, s->received),
             told ? (int64_t)s->delay_100ns * 100 : -1,
             told ? (int64_t)s->overshoot_100ns * 100 : -1);
    return sql_repeat(store, insert, error);
}

static int add_samples(struct store *store, int64_t run_id, const struct run_record *r,
                       struct error *error)
{
    sqlite3_stmt *insert = sql_query(
        store, error, "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "");
    if (!insert)
        return -1;
    int result = 0;
    for (size_t i = 0; i < r->requests && result == 0; i++)
        if (r->samples[i].outcome != OUTCOME_NOT_STARTED)
            result = add_sample(store, insert, run_id, i, &r->samples[i], r->started, error);
    sqlite3_finalize(insert);
    return result;
}

/* With each run, so that a campaign that is killed knows how long it took. */
static int add_spent(struct store *store, int64_t case_id, nsec_t spent, struct error *error)
{
    return sql_finish(store,
                      sql_query(store, error,
                                "UPDATE campaigns SET elapsed_ns = coalesce(elapsed_ns, 0) + ?"
                                " WHERE id = (SELECT campaign_id FROM cases WHERE id = ?)",
                                "ii", spent, case_id),
                      error);
}

int store_add_run(struct store *store, int64_t case_id, const struct run_record *record,
                  bool with_samples, struct error *error)
{
    if (sql_begin(store, error) < 0)
        return -1;
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
    if (result == 0 && with_samples)
        result = add_samples(store, run_id, record, error);
    return sql_end(store, result, error);
}
