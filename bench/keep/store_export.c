/* Exporting: what each kind is, and rows as CSV or JSON. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "bench/base/output.h"
#include "lib/terminal.h"
#include "store_sql.h"

/* A case with an INVALID run has no figures. */
#define VALID_CASES                                                                                \
    "campaign_id = :id AND case_id NOT IN (SELECT case_id FROM all_runs WHERE quality = "          \
    "'INVALID')"

/* The run that stands for a case in a picture of single requests: the one whose makespan is the
 * median (the lower one of two). One row per case; in one that `waits` a server takes its time. */
#define MEDIAN_RUNS                                                                                \
    "median_runs AS (SELECT *, delay_ns > 0 OR url <> '' AS waits FROM"                            \
    " (SELECT *, row_number() OVER w AS place, count(*) OVER"                                      \
    " (PARTITION BY case_id) AS n FROM run_figures WHERE " VALID_CASES                             \
    " WINDOW w AS (PARTITION BY case_id ORDER BY makespan_ns)) WHERE place = (n + 1) / 2)"

/* Of a case c, over its runs, as in the tables: serial drivers complete as many as they have time
 * for. */
#define MEDIAN_COMPLETED                                                                           \
    "(SELECT CAST(avg(completed) AS INTEGER) FROM (SELECT completed, count(*) OVER () AS runs,"    \
    " row_number() OVER (ORDER BY completed) AS nth FROM runs r WHERE r.case_id = c.case_id)"      \
    " WHERE nth IN ((runs + 1) / 2, runs / 2 + 1))"

/* The first of a campaign's backlogs. */
#define USUAL_BACKLOG "(SELECT backlog FROM median_runs WHERE waits ORDER BY ordinal LIMIT 1)"

/* Each says with which case a row has to do: %s is the case's columns, of a table called c. */
struct export
{
    const char *kind, *alias, *sql; /* alias: the name in earlier versions, or NULL */
    bool of_driver;                 /* a row has to do with all cases of a driver */
};

static const struct export exports[] = {
    {.kind = "cases",
     .sql = "SELECT %s, f.* FROM temp.case_figures f JOIN cases c ON c.case_id = f.rowid"
            " WHERE c.campaign_id = :id ORDER BY c.ordinal"},
    {.kind = "runs",
     .sql =
         "SELECT %s, block, position, count(*) OVER () AS of_runs,"
         " (SELECT margin FROM campaigns WHERE id = :id) AS margin,"
         " (SELECT decided_pairs FROM campaigns WHERE id = :id) AS decided_pairs,"
         " quality, completed, failed,"
         " nullif(makespan_ns, 0) / 1e9 AS makespan_s,"
         " CASE WHEN quality <> 'INVALID' THEN per_request_ns / 1e9 END AS per_request_s,"
         " setup_ns / 1e9 AS setup_s, teardown_ns / 1e9 AS teardown_s,"
         " latency_p50_ns / 1e9 AS latency_p50_s, latency_p99_ns / 1e9 AS latency_p99_s,"
         " latency_p50_low_ns / 1e9 AS latency_p50_low_s,"
         " latency_p50_high_ns / 1e9 AS latency_p50_high_s,"
         " latency_p99_low_ns / 1e9 AS latency_p99_low_s,"
         " latency_p99_high_ns / 1e9 AS latency_p99_high_s, latency_max_ns / 1e9 AS latency_max_s,"
         " service_p50_ns / 1e9 AS service_p50_s, service_p99_ns / 1e9 AS service_p99_s,"
         " lag_p50_ns / 1e9 AS lag_p50_s, lag_p99_ns / 1e9 AS lag_p99_s, lag_max_ns / 1e9 AS "
         "lag_max_s,"
         " achieved_rate, gap_distance, gap_chance, overloaded,"
         " first_response_ns / 1e9 AS first_response_s, half_completed_ns / 1e9 AS "
         "half_completed_s,"
         " most_completed_ns / 1e9 AS most_completed_s, last_response_ns / 1e9 AS last_response_s,"
         " syn_retransmits, listen_overflows, started_at, reasons, run_id,"
         " iif(json_valid(server_json), server_json, '') AS server_json"
         " FROM run_figures c WHERE campaign_id = :id ORDER BY block, position"},
    {.kind = "requests",
     .sql = "SELECT %s, block, request, slot, outcome, errnum, reused, intended_ns, start_ns, "
            "connected_ns, "
            "sent_ns,"
            " received_ns, server_delay_ns AS delay_ns, overshoot_ns, first_byte_ns, end_ns, "
            "latency_ns, service_ns"
            " FROM request_figures c WHERE campaign_id = :id ORDER BY run_id, request"},
    {.kind = "usage",
     .alias = "ledger",
     .sql = /* a row per case and metric: the median over its valid runs */
     "WITH f AS (SELECT *, row_number() OVER w AS place,"
     "  count(value) OVER (PARTITION BY case_id, side, metric) AS n"
     "  FROM usage_figures WHERE " VALID_CASES
     "  WINDOW w AS (PARTITION BY case_id, side, metric ORDER BY value NULLS LAST))"
     " SELECT %s, " MEDIAN_COMPLETED " AS completed, side, metric, unit, avg(value) AS median"
     " FROM f c"
     " WHERE place IN ((n + 1) / 2, n / 2 + 1) OR (n = 0 AND place = 1)"
     " GROUP BY case_id, side, metric ORDER BY ordinal, side, metric"},
    {.kind = "usage-runs",
     .alias = "ledger-runs",
     .sql = "SELECT %s, block, side, metric, unit, value FROM usage_figures c"
            " WHERE campaign_id = :id ORDER BY run_id, side, metric"},
    {.kind = "breakdown",
     .alias = "blame",
     .sql = /* of one run a case, the median one: its phases add up */
     "WITH f AS (SELECT *, dense_rank() OVER (PARTITION BY case_id ORDER BY makespan_ns, run_id)"
     "  AS place FROM breakdown_figures WHERE " VALID_CASES "),"
     " g AS (SELECT *, max(place) OVER (PARTITION BY case_id) AS n FROM f)"
     " SELECT %s, phase, mean_ns / 1e9 AS mean_s, p99_ns / 1e9 AS p99_s FROM g c"
     " WHERE place = (n + 1) / 2 ORDER BY ordinal, phase_ordinal"},
    {.kind = "windows",
     .sql = /* of each run of open arrivals; shown: the one with the median p99, overloaded ones
             * last
             */
     "WITH shown AS (SELECT run_id FROM (SELECT run_id, row_number() OVER w AS place,"
     "  count(*) OVER (PARTITION BY case_id) AS n FROM run_figures"
     "  WHERE campaign_id = :id AND quality <> 'INVALID'"
     "  WINDOW w AS (PARTITION BY case_id ORDER BY overloaded, latency_p99_ns, run_id))"
     "  WHERE place = (n + 1) / 2)"
     " SELECT %s, block, quality, overloaded, run_id IN (SELECT run_id FROM shown) AS shown,"
     " begin_ns / 1e9 AS begin_s, due, completed, latency_p50_ns / 1e9 AS latency_p50_s,"
     " latency_p99_ns / 1e9 AS latency_p99_s, latency_max_ns / 1e9 AS latency_max_s"
     " FROM window_figures c WHERE campaign_id = :id ORDER BY ordinal, block, window"},
    {.kind = "ranks",
     .sql = "SELECT %s, block, rank, host, rank_concurrency, rank_requests, completed,"
            " makespan_ns / 1e9 AS makespan_s, start_lag_ns / 1e9 AS start_lag_s,"
            " latency_p50_ns / 1e9 AS latency_p50_s, latency_p99_ns / 1e9 AS latency_p99_s,"
            " cpu_ns / 1e9 AS cpu_s, clock_offset_ns / 1e9 AS clock_offset_s,"
            " clock_uncertainty_ns / 1e9 AS clock_uncertainty_s,"
            " clock_drift_ns / 1e9 AS clock_drift_s"
            " FROM rank_figures c WHERE campaign_id = :id ORDER BY ordinal, block, rank"},
    {.kind = "failures",
     .sql = "SELECT %s, c.block, x.outcome, x.errnum, x.count FROM failures x"
            " JOIN run_figures c USING (run_id) WHERE c.campaign_id = :id ORDER BY x.run_id"},
    {.kind = "evidence",
     .sql = "SELECT words, unit, value, low, high, coverage, runs, relation, bound, finding FROM "
            "evidence"
            " WHERE campaign_id = :id ORDER BY ordinal"},
    {.kind = "environment",
     .sql = "SELECT key, value FROM environment WHERE campaign_id = :id ORDER BY key"},
    {.kind = "capacity",
     .sql = /* a row per run */
     "SELECT %s, pair, step, slo, limit_ns / 1e9 AS limit_s, violations, s.latency_ns / 1e9 AS "
     "latency_s,"
     " outcome, g.counts, c.quality,"
     " c.latency_p50_ns / 1e9 AS latency_p50_s, c.latency_p99_ns / 1e9 AS latency_p99_s,"
     " overloaded, CASE WHEN outcome NOT IN ('invalid', 'none')"
     " THEN violations * 1.0 / s.requests END AS violated_share, capacity_low, capacity_high"
     " FROM capacity_steps s JOIN all_runs c ON c.case_id = s.case_id AND c.block = s.step"
     " LEFT JOIN temp.capacity_figures f USING (pair)"
     " LEFT JOIN temp.capacity_step_figures g USING (pair, step)"
     " WHERE s.campaign_id = :id ORDER BY pair, step"},
    {.kind = "theory",
     .sql = /* waiting for a worker of a server model, at loads of its capacity */
     "SELECT %s, workers, load, offered_rate, mean_wait_s, f.latency_p50_s, f.latency_p99_s"
     " FROM temp.theory_figures f JOIN cases c USING (case_id)"
     " WHERE c.campaign_id = :id ORDER BY c.ordinal, load"},
    {.kind = "limits",
     .sql =
         "SELECT l.driver, %s, share, capacity, capacity_efficiency, worked, in_flight,"
         " server_in_flight, client_bytes, peak_bytes, server_bytes, socket_bytes, machine_bytes,"
         " slab_bytes, page_table_bytes, client_cpu_ns, server_cpu_ns, noise, ended, ended_at, "
         "ended_efficiency, errnum, "
         "limit_name,"
         " limit_value, reason, advice FROM limit_figures l LEFT JOIN cases c USING (case_id)"
         " WHERE l.campaign_id = :id ORDER BY l.ordinal",
     .of_driver = true},
    {.kind = "latency",
     .sql = /* for a picture: the distribution in one run a driver, at the most connections */
     "WITH " MEDIAN_RUNS " SELECT %s,"
     " CAST(row_number() OVER w AS REAL) / count(*) OVER (PARTITION BY c.run_id) AS share,"
     " (s.end_ns - s.start_ns) / 1e9 AS latency_s FROM median_runs c JOIN samples s USING (run_id)"
     " WHERE c.arrivals = 'closed' AND c.concurrency IN"
     "  (1, (SELECT max(concurrency) FROM median_runs WHERE arrivals = 'closed'))"
     "  AND c.waits AND s.outcome = 'ok'"
     " WINDOW w AS (PARTITION BY c.run_id ORDER BY s.end_ns - s.start_ns)"
     " ORDER BY c.ordinal, latency_s"},
    {.kind = "waterfall",
     .sql = /* for a picture: every request of one run a driver, at about 256 connections, and where
the accept queue is shortest for the most connections; of a lesson, of each of its cases */
     "WITH " MEDIAN_RUNS ", chosen AS (SELECT concurrency AS c FROM median_runs WHERE arrivals ="
     "  'closed' AND concurrency > 1 ORDER BY abs(concurrency - 256) LIMIT 1),"
     " crowded AS (SELECT concurrency AS c, backlog AS b FROM median_runs WHERE arrivals = 'closed'"
     "  AND waits AND concurrency > 1 ORDER BY concurrency DESC, backlog LIMIT 1)"
     " SELECT %s, row_number() OVER (PARTITION BY c.run_id ORDER BY s.start_ns) - 1 AS request,"
     " s.slot, s.start_ns / 1e9 AS start_s, s.connected_ns / 1e9 AS connected_s,"
     " s.sent_ns / 1e9 AS sent_s, s.first_byte_ns / 1e9 AS first_byte_s, s.end_ns / 1e9 AS end_s,"
     " s.outcome FROM median_runs c JOIN samples s USING (run_id)"
     " WHERE c.variant <> '' OR (c.arrivals = 'closed' AND c.waits"
     "  AND ((c.backlog = " USUAL_BACKLOG
     "    AND (c.concurrency = 1 OR c.concurrency = (SELECT c FROM chosen)))"
     "   OR (c.concurrency = (SELECT c FROM crowded) AND c.backlog = (SELECT b FROM crowded))))"
     " ORDER BY c.ordinal, s.start_ns"},
    {.kind = "completion",
     .sql = /* for a picture: when which share of the requests of one run a driver was
completed, by at most 200 of its responses, in about sixteen rounds */
     "WITH " MEDIAN_RUNS ", chosen AS (SELECT concurrency AS c FROM median_runs WHERE arrivals ="
     "  'closed' AND concurrency > 1 AND waits"
     "  ORDER BY abs(1.0 * requests / (concurrency * pipeline) - 16), concurrency LIMIT 1),"
     " responses AS (SELECT c.*, s.end_ns, row_number() OVER w AS nth"
     "  FROM median_runs c JOIN samples s USING (run_id)"
     "  WHERE c.arrivals = 'closed' AND c.waits AND c.backlog = " USUAL_BACKLOG
     "  AND s.outcome = 'ok' AND (c.concurrency = 1 OR c.concurrency = (SELECT c FROM chosen))"
     "  WINDOW w AS (PARTITION BY c.run_id ORDER BY s.end_ns))"
     " SELECT %s, nth AS responses, 1.0 * nth / requests AS share, end_ns / 1e9 AS completed_s"
     " FROM responses c"
     " WHERE nth = 1 OR nth * 199 / completed > (nth - 1) * 199 / completed ORDER BY ordinal, nth"},
};

enum { EXPORT_KINDS = sizeof(exports) / sizeof(exports[0]) };

const char *store_export_kinds(void)
{
    static char text[512];
    text[0] = '\0';
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        sprintf(text + strlen(text), "%s%s", i ? ", " : "", exports[i].kind);
    return text;
}

/* Of the UTF-8 character that the text begins with; 0 where it does not begin with one. */
static size_t utf8_bytes(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t bytes = *c < 0x80                 ? 1
                   : *c >= 0xc2 && *c < 0xe0 ? 2
                   : (*c & 0xf0) == 0xe0     ? 3
                   : *c >= 0xf0 && *c < 0xf5 ? 4
                                             : 0;
    for (size_t i = 1; i < bytes; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xf0 && c[1] < 0x90);
    bool beyond = (*c == 0xed && c[1] >= 0xa0) || (*c == 0xf4 && c[1] >= 0x90);
    return overlong || beyond ? 0 : bytes;
}

void store_json_put(const char *text, FILE *out)
{
    fputc('"', out);
    for (size_t bytes; *text; text += bytes ? bytes : 1) {
        unsigned char c = (unsigned char)*text;
        bytes = utf8_bytes(text);
        if (bytes == 0)
            fputs("\\ufffd", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || strchr("<>&", c))
            fprintf(out, "\\u%04x", c);
        else
            fwrite(text, 1, bytes, out);
    }
    fputc('"', out);
}

static void write_csv_value(sqlite3_stmt *row, int column, FILE *out)
{
    const char *value = (const char *)sqlite3_column_text(row, column);
    if (!value)
        return;
    char *text = strdup(value);
    text_defuse(text);
    const char *quote = strpbrk(text, ",\"\n") ? "\"" : "";
    fputs(quote, out);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            fputc('"', out);
        fputc(*c, out);
    }
    fputs(quote, out);
    free(text);
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
            store_json_put(text, out);
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
        store_json_put(sqlite3_column_name(row, c), out);
        fputs(": ", out);
        write_json_value(row, c, out);
    }
    fputs("}\n", out);
}

static const struct export *export_find(const char *kind)
{
    for (size_t i = 0; i < EXPORT_KINDS; i++)
        if (!strcmp(exports[i].kind, kind) || (exports[i].alias && !strcmp(exports[i].alias, kind)))
            return &exports[i];
    return NULL;
}

bool store_can_export(const char *kind)
{
    return export_find(kind) != NULL;
}

/* "c.driver, …, c.delay_ns / 1e9 AS delay_s, …", to be freed by SQLite. */
static char *case_columns(struct store *store, unsigned fields)
{
    sqlite3_str *text = sqlite3_str_new(store->db);
    for (size_t i = 0; case_fields[i].name; i++) {
        const struct case_field *field = &case_fields[i];
        if (!field->exported || !(fields >> i & 1))
            continue;
        sqlite3_str_appendf(text, "%sc.%s%s AS %s", sqlite3_str_length(text) ? ", " : "",
                            field->name, field->type == CASE_TIME ? " / 1e9" : "", field->exported);
    }
    return sqlite3_str_finish(text);
}

static sqlite3_stmt *export_query(struct store *store, const struct export *export,
                                  const char *campaign_id, struct error *error)
{
    unsigned steps =
        CASE_BIT(driver) | CASE_BIT(concurrency) | CASE_BIT(requests) | CASE_BIT(parts);
    char *columns = case_columns(store, export->of_driver ? ~steps : ~0U);
    char *sql = sqlite3_mprintf(export->sql, columns);
    sqlite3_stmt *query = sql_query(store, sql, SQL_VALUES(SQL_TEXT("id", campaign_id)), error);
    sqlite3_free(sql);
    sqlite3_free(columns);
    return query;
}

int store_export(struct store *store, const char *campaign_id, const char *kind,
                 enum store_format format, FILE *out, struct error *error)
{
    const struct export *export = export_find(kind);
    if (!export)
        return error_set(error, "there is no '%s' to export: %s", kind, store_export_kinds());
    sqlite3_stmt *query = export_query(store, export, campaign_id, error);
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
    char name[64];
    snprintf(name, sizeof(name), "the export of %s", kind);
    return result < 0 ? -1 : output_flush(out, name, error);
}

/* "CREATE TEMP TABLE case_figures (runs, quality, …)", in place of an earlier one. */
static int create_lent(struct store *store, const char *table, const struct column *columns,
                       struct error *error)
{
    sqlite3_str *text = sqlite3_str_new(store->db);
    const char *separator = "(";
    sqlite3_str_appendf(text, "DROP TABLE IF EXISTS temp.%s; CREATE TEMP TABLE %s ", table, table);
    for (const struct column *column = columns; column->name; column++) {
        if (!strcmp(column->name, "rowid")) /* each table has that */
            continue;
        sqlite3_str_appendf(text, "%s%s", separator, column->name);
        separator = ", ";
    }
    sqlite3_str_appendf(text, ")");
    char *sql = sqlite3_str_finish(text);
    int result = sql_run(store, sql, error);
    sqlite3_free(sql);
    return result;
}

int store_lend_figures(struct store *store, const char *table, const struct column *columns,
                       const void *rows, size_t size, size_t n, struct error *error)
{
    char into[64];
    snprintf(into, sizeof(into), "INSERT INTO temp.%s", table);
    int result = create_lent(store, table, columns, error);
    for (size_t i = 0; i < n && result == 0; i++)
        result =
            sql_insert_row(store, into, columns, (const char *)rows + i * size, SQL_NOTHING, error);
    return result;
}
