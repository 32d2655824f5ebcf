/* Exporting: what each kind is, and rows as CSV or JSON. */
#include "store.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/judge/judge.h"
#include "bench/base/json.h"
#include "store_sql.h"

/* The run that stands for a case in a picture of single requests: the one whose makespan is the
 * median (the lower one of two). One row per case. */
#define MEDIAN_RUNS                                                                                \
    "median_runs AS (SELECT * FROM (SELECT *, row_number() OVER w AS place, count(*) OVER"         \
    " (PARTITION BY case_id) AS n FROM run_figures WHERE campaign_id = ?1 AND case_id NOT IN"      \
    " (SELECT case_id FROM all_runs WHERE quality = 'INVALID')"                                    \
    " WINDOW w AS (PARTITION BY case_id ORDER BY makespan_ns)) WHERE place = (n + 1) / 2)"

static const struct export
{
    const char *kind, *sql;
}
exports[] = {
    {"cases", "SELECT * FROM temp.case_figures ORDER BY rowid"},
    {"runs",
     "SELECT driver, workload, arrivals, requests, concurrency, keep_alive, pipeline, delay_ns / "
     "1e9 "
     "AS delay_s,"
     " backlog, block, position, count(*) OVER () AS of_runs, quality, completed, failed,"
     " nullif(makespan_ns, 0) / 1e9 AS makespan_s,"
     " CASE WHEN quality <> 'INVALID' THEN per_request_ns / 1e9 END AS per_request_s, setup_ns / "
     "1e9 AS setup_s,"
     " teardown_ns / 1e9 AS teardown_s, latency_p50_ns / 1e9 AS latency_p50_s,"
     " latency_p99_ns / 1e9 AS latency_p99_s, latency_p50_low_ns / 1e9 AS latency_p50_low_s,"
     " latency_p50_high_ns / 1e9 AS latency_p50_high_s,"
     " latency_p99_low_ns / 1e9 AS latency_p99_low_s,"
     " latency_p99_high_ns / 1e9 AS latency_p99_high_s, latency_max_ns / 1e9 AS latency_max_s,"
     " first_response_ns / 1e9 AS first_response_s, half_completed_ns / 1e9 AS half_completed_s,"
     " most_completed_ns / 1e9 AS most_completed_s, last_response_ns / 1e9 AS last_response_s,"
     " syn_retransmits, listen_overflows, started_at, reasons,"
     " iif(json_valid(server_json), server_json, '') AS server_json"
     " FROM run_figures WHERE campaign_id = ?1 ORDER BY block, position"},
    {"requests", "SELECT driver, workload, arrivals, concurrency, keep_alive, pipeline, backlog, "
                 "block, request, "
                 "slot,"
                 " outcome, errnum, reused, start_ns, connected_ns, sent_ns, received_ns, "
                 "delay_ns, overshoot_ns,"
                 " first_byte_ns, end_ns, latency_ns"
                 " FROM request_figures WHERE campaign_id = ?1 ORDER BY run_id, request"},
    {"usage", /* a row per case and metric: the median over its valid runs */
     "WITH f AS (SELECT *, row_number() OVER w AS place, count(value) OVER (PARTITION BY case_id,"
     " side, metric) AS n FROM usage_figures WHERE campaign_id = ?1 AND case_id NOT IN (SELECT "
     "case_id FROM all_runs WHERE quality = 'INVALID')"
     " WINDOW w AS (PARTITION BY case_id, side, metric ORDER BY value NULLS LAST))"
     " SELECT driver, workload, arrivals, requests, concurrency, keep_alive, pipeline, backlog, "
     "completed, side,"
     " metric, unit, avg(value) AS median FROM f WHERE place IN ((n + 1) / 2, n / 2 + 1)"
     " OR (n = 0 AND place = 1) GROUP BY case_id, side, metric ORDER BY ordinal, side, metric"},
    {"usage-runs",
     "SELECT driver, workload, arrivals, concurrency, backlog, block, side, metric, unit, value"
     " FROM usage_figures WHERE campaign_id = ?1 ORDER BY run_id, side, metric"},
    {"breakdown", /* of one run a case, the median one: its phases add up */
     "WITH f AS (SELECT *, dense_rank() OVER (PARTITION BY case_id ORDER BY makespan_ns, run_id)"
     " AS place FROM breakdown_figures WHERE campaign_id = ?1 AND case_id NOT IN"
     " (SELECT case_id FROM all_runs WHERE quality = 'INVALID')),"
     " g AS (SELECT *, max(place) OVER (PARTITION BY case_id) AS n FROM f)"
     " SELECT driver, workload, arrivals, concurrency, keep_alive, pipeline, backlog, phase, "
     "mean_ns "
     "/ 1e9 AS"
     " mean_s, p99_ns / 1e9 AS p99_s FROM g WHERE place = (n + 1) / 2"
     " ORDER BY ordinal, phase_ordinal"},
    {"failures",
     "SELECT f.driver, f.arrivals, f.concurrency, f.backlog, f.block, x.outcome, x.errnum, x.count"
     " FROM failures x JOIN run_figures f USING (run_id) WHERE f.campaign_id = ?1"
     " ORDER BY x.run_id"},
    {"evidence",
     "SELECT words, unit, value, low, high, runs, relation, bound, finding FROM evidence"
     " WHERE campaign_id = ?1 ORDER BY ordinal"},
    {"environment", "SELECT key, value FROM environment WHERE campaign_id = ?1 ORDER BY key"},
    {"limits",
     "SELECT driver, workload, keep_alive, delay_ns / 1e9 AS delay_s, backlog, share, capacity,"
     " capacity_efficiency, worked, in_flight, server_in_flight, client_bytes, peak_bytes,"
     " server_bytes, socket_bytes, machine_bytes, client_cpu_ns, server_cpu_ns, noise, ended,"
     " ended_at, ended_efficiency, errnum, limit_name, limit_value, reason, advice"
     " FROM limit_figures WHERE campaign_id = ?1 ORDER BY ordinal"},
    {"latency", /* for a picture: the distribution in one run a driver, at the most connections */
     "WITH " MEDIAN_RUNS " SELECT m.driver, m.arrivals, m.concurrency, m.backlog,"
     " CAST(row_number() OVER w AS REAL) / count(*) OVER (PARTITION BY m.run_id) AS share,"
     " (s.end_ns - s.start_ns) / 1e9 AS latency_s FROM median_runs m JOIN samples s USING (run_id)"
     " WHERE m.arrivals = 'closed' AND m.concurrency IN (1, (SELECT max(concurrency) FROM "
     "median_runs"
     "  WHERE arrivals = 'closed')) AND m.delay_ns > 0 AND s.outcome = 'ok'"
     " WINDOW w AS (PARTITION BY m.run_id ORDER BY s.end_ns - s.start_ns)"
     " ORDER BY m.ordinal, latency_s"},
    {"waterfall", /* for a picture: every request of one run a driver, at about 256 connections; of
                     a lesson, of each of its cases */
     "WITH " MEDIAN_RUNS ", chosen AS (SELECT concurrency AS c FROM median_runs WHERE arrivals ="
     "  'closed' AND concurrency > 1 ORDER BY abs(concurrency - 256) LIMIT 1),"
     " usual AS (SELECT backlog AS b FROM median_runs WHERE delay_ns > 0 ORDER BY ordinal LIMIT 1)"
     " SELECT m.driver, m.variant, m.backlog, m.concurrency,"
     " row_number() OVER (PARTITION BY m.run_id ORDER BY s.start_ns) - 1 AS request, s.slot,"
     " s.start_ns / 1e9 AS start_s, s.connected_ns / 1e9 AS connected_s, s.sent_ns / 1e9 AS sent_s,"
     " s.first_byte_ns / 1e9 AS first_byte_s, s.end_ns / 1e9 AS end_s, s.outcome"
     " FROM median_runs m JOIN samples s USING (run_id)"
     " WHERE m.variant <> '' OR (m.arrivals = 'closed' AND m.delay_ns > 0 AND m.backlog = (SELECT "
     "b FROM "
     "usual)"
     " AND (m.concurrency = 1 OR m.concurrency = (SELECT c FROM chosen)))"
     " ORDER BY m.ordinal, s.start_ns"},
    {"completion", /* for a picture: when which share of the requests of one run a driver had been
                    * answered, by at most 200 of its answers, in about sixteen rounds */
     "WITH " MEDIAN_RUNS ", chosen AS (SELECT concurrency AS c FROM median_runs WHERE arrivals ="
     "  'closed' AND concurrency > 1 AND delay_ns > 0"
     "  ORDER BY abs(1.0 * requests / (concurrency * pipeline) - 16), concurrency LIMIT 1),"
     " usual AS (SELECT backlog AS b FROM median_runs WHERE delay_ns > 0 ORDER BY ordinal LIMIT 1),"
     " responses AS (SELECT m.*, s.end_ns, row_number() OVER w AS nth"
     "  FROM median_runs m JOIN samples s USING (run_id), usual"
     "  WHERE m.arrivals = 'closed' AND m.delay_ns > 0 AND m.backlog = usual.b AND s.outcome = "
     "'ok' AND"
     "  (m.concurrency = 1 OR m.concurrency = (SELECT c FROM chosen))"
     "  WINDOW w AS (PARTITION BY m.run_id ORDER BY s.end_ns))"
     " SELECT driver, arrivals, requests, concurrency, pipeline, delay_ns / 1e9 AS delay_s, "
     "backlog,"
     " nth AS responses, 1.0 * nth / requests AS share, end_ns / 1e9 AS completed_s FROM responses"
     " WHERE nth = 1 OR nth * 199 / completed > (nth - 1) * 199 / completed ORDER BY ordinal, nth"},
};

enum { EXPORT_KINDS = sizeof(exports) / sizeof(exports[0]) };

const char *store_export_kinds(void)
{
    static char text[256];
    text[0] = '\0';
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        sprintf(text + strlen(text), "%s%s", i ? ", " : "", exports[i].kind);
    return text;
}

static void write_csv_value(sqlite3_stmt *row, int column, FILE *out)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    if (!text)
        return;
    if (!strpbrk(text, ",\"\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

/* A column named *_json holds JSON already. */
static void write_json_value(sqlite3_stmt *row, int column, FILE *out)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    bool json = ends_with(sqlite3_column_name(row, column), "_json");
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_NULL: fputs("null", out); break;
    case SQLITE_TEXT:
        if (!json)
            json_put_string(text, out);
        else
            fputs(*text ? text : "null", out);
        break;
    default: fputs(text, out);
    }
}

static void write_csv_header(sqlite3_stmt *row, FILE *out)
{
    for (int c = 0; c < sqlite3_column_count(row); c++)
        fprintf(out, "%s%s", c ? "," : "", sqlite3_column_name(row, c));
    fputc('\n', out);
}

static void write_csv_row(sqlite3_stmt *row, FILE *out)
{
    for (int c = 0; c < sqlite3_column_count(row); c++) {
        if (c)
            fputc(',', out);
        write_csv_value(row, c, out);
    }
    fputc('\n', out);
}

static void write_json_row(sqlite3_stmt *row, FILE *out)
{
    for (int c = 0; c < sqlite3_column_count(row); c++) {
        fputs(c ? ", " : "{", out);
        json_put_string(sqlite3_column_name(row, c), out);
        fputs(": ", out);
        write_json_value(row, c, out);
    }
    fputs("}\n", out);
}

static const struct export *export_find(const char *kind)
{
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        if (!strcmp(exports[i].kind, kind))
            return &exports[i];
    return NULL;
}

bool store_can_export(const char *kind)
{
    return export_find(kind) != NULL;
}

int store_export(struct store *store, const char *campaign_id, const char *kind,
                 enum store_format format, FILE *out, struct error *error)
{
    const struct export *export = export_find(kind);
    if (!export)
        return error_set(error, "there is no '%s' to export: %s", kind, store_export_kinds());
    sqlite3_stmt *query = sql_query(store, error, export->sql, "s", campaign_id);
    if (!query)
        return -1;
    if (format == STORE_CSV)
        write_csv_header(query, out);
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW && !ferror(out)) {
        if (format == STORE_CSV)
            write_csv_row(query, out);
        else
            write_json_row(query, out);
    }
    int result = step == SQLITE_DONE || ferror(out) ? 0 : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    if (result == 0 && (fflush(out) != 0 || ferror(out)))
        result = error_set(error, "the export of %s could not be written: is the disk full?", kind);
    return result;
}

static const char create_case_figures[] =
    "DROP TABLE IF EXISTS temp.case_figures;"
    "CREATE TEMP TABLE case_figures (driver, workload, arrivals, requests, concurrency, "
    "keep_alive, "
    "pipeline,"
    " delay_s, backlog, time_box_s, runs, quality, completed, failed, median_s, low_s, high_s,"
    " mad_s, min_s, max_s, best3_s, per_request_s, per_request_low_s, per_request_high_s, ideal_s,"
    " efficiency, latency_p50_s, latency_p99_s, first_response_s, half_completed_s, "
    "most_completed_s,"
    " last_response_s, syn_retransmits, listen_overflows, predicted_s,"
    " outliers)";

/* NAN is bound as NULL by SQLite itself. */
static int put_summary(struct store *store, const struct case_summary *s, struct error *error)
{
    bool figure = s->makespan.n > 0;
    const struct stats_summary *m = &s->makespan, *p = &s->per_request;
#define FIGURE(value) (figure ? (double)(value) : NAN)
    sqlite3_stmt *insert = sql_query(
        store, error,
        "INSERT INTO temp.case_figures VALUES"
        " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "sssiiiididisiidddddddddddddddddddddi", s->c.driver, s->c.workload, s->c.arrivals,
        (int64_t)s->c.requests, (int64_t)s->c.concurrency, (int64_t)s->c.keep_alive,
        (int64_t)s->c.pipeline, clock_seconds(s->c.delay), (int64_t)s->c.backlog,
        clock_seconds(s->c.time_box), (int64_t)s->run_count, quality_name(s->quality),
        (int64_t)s->completed, (int64_t)s->failed, FIGURE(m->median), FIGURE(m->interval.low),
        FIGURE(m->interval.high), FIGURE(m->mad), FIGURE(m->min), FIGURE(m->max), FIGURE(m->best3),
        FIGURE(p->median), FIGURE(p->interval.low), FIGURE(p->interval.high), FIGURE(s->ideal_s),
        FIGURE(s->efficiency), FIGURE(s->latency_p50_s), FIGURE(s->latency_p99_s),
        FIGURE(s->first_response_s), FIGURE(s->half_completed_s), FIGURE(s->most_completed_s),
        FIGURE(s->last_response_s), FIGURE(s->syn_retransmits), FIGURE(s->listen_overflows),
        s->predicted_s, (int64_t)s->outliers);
#undef FIGURE
    return sql_finish(store, insert, error);
}

int store_put_summaries(struct store *store, const struct case_summary *summaries, size_t n,
                        struct error *error)
{
    int result = sql_run(store, create_case_figures, error);
    for (size_t i = 0; i < n && result == 0; i++)
        result = put_summary(store, &summaries[i], error);
    return result;
}
