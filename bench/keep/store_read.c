/* Reading the store: campaigns, cases, runs. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "store_sql.h"

#define CAMPAIGN_COLUMNS                                                                           \
    "SELECT id, name, command, seed, repetitions, started_at, status, elapsed_ns, precision,"      \
    " arguments FROM campaigns"

static void take_campaign(sqlite3_stmt *row, void *element)
{
    struct campaign_info *campaign = element;
    sql_text(row, 0, campaign->id, sizeof(campaign->id));
    sql_text(row, 1, campaign->name, sizeof(campaign->name));
    sql_text(row, 2, campaign->command, sizeof(campaign->command));
    campaign->seed = (uint64_t)sqlite3_column_int64(row, 3);
    campaign->repetitions = (unsigned)sqlite3_column_int(row, 4);
    sql_text(row, 5, campaign->started_at, sizeof(campaign->started_at));
    sql_text(row, 6, campaign->status, sizeof(campaign->status));
    campaign->elapsed = sqlite3_column_int64(row, 7);
    campaign->precision = sqlite3_column_double(row, 8);
    sql_text(row, 9, campaign->arguments, sizeof(campaign->arguments));
}

int store_campaigns(struct store *store, struct campaign_info **out, size_t *n, struct error *error)
{
    sqlite3_stmt *query =
        sql_query(store, error, CAMPAIGN_COLUMNS " ORDER BY campaigns.rowid DESC", "");
    return sql_collect(store, query, sizeof(**out), take_campaign, (void **)out, n, error);
}

int store_find_campaign_of(struct store *store, const char *driver, struct campaign_info *out,
                           struct error *error)
{
    char id[STORE_ID_BYTES] = "";
    sqlite3_stmt *query =
        sql_query(store, error,
                  "SELECT campaign_id FROM run_figures WHERE driver = ? AND campaign_id NOT IN"
                  " (SELECT campaign_id FROM limits) ORDER BY run_id DESC LIMIT 1",
                  "s", driver);
    if (query && sqlite3_step(query) == SQLITE_ROW)
        sql_text(query, 0, id, sizeof(id));
    sqlite3_finalize(query);
    if (!id[0])
        return error_set(error, "no campaign in %s ran %s yet", store->path, driver);
    return store_find_campaign(store, id, out, error);
}

int store_find_campaign(struct store *store, const char *id, struct campaign_info *out,
                        struct error *error)
{
    bool latest = !id || !strcmp(id, "latest");
    sqlite3_stmt *query =
        sql_query(store, error,
                  CAMPAIGN_COLUMNS " WHERE ?1 = '' OR name = ?1 OR substr(id, 1, length(?1)) = ?1"
                                   " ORDER BY id = ?1 DESC, rowid DESC LIMIT 1",
                  "s", latest ? "" : id);
    if (!query)
        return -1;
    int result = 0;
    switch (sqlite3_step(query)) {
    case SQLITE_ROW: take_campaign(query, out); break;
    case SQLITE_DONE:
        result = latest ? error_set(error, "the store %s holds no campaign yet", store->path)
                        : error_set(error,
                                    "the store %s holds no campaign '%s'; "
                                    "each has a folder of its name beside it",
                                    store->path, id);
        break;
    default: result = sql_error(store, "cannot be read", error);
    }
    sqlite3_finalize(query);
    return result;
}

static void take_case(sqlite3_stmt *row, void *element)
{
    struct stored_case *c = element;
    c->id = sqlite3_column_int64(row, 0);
    sql_text(row, 1, c->driver, sizeof(c->driver));
    sql_text(row, 2, c->workload, sizeof(c->workload));
    sql_text(row, 3, c->arrivals, sizeof(c->arrivals));
    c->requests = (size_t)sqlite3_column_int64(row, 4);
    c->concurrency = (unsigned)sqlite3_column_int64(row, 5);
    c->keep_alive = sqlite3_column_int(row, 6) != 0;
    c->delay = sqlite3_column_int64(row, 7);
    c->backlog = sqlite3_column_int(row, 8);
    c->time_box = sqlite3_column_int64(row, 9);
    sql_text(row, 10, c->control, sizeof(c->control));
    c->predicted = sql_integer(row, 11, -1);
    c->pipeline = (unsigned)sqlite3_column_int64(row, 12);
    sql_text(row, 13, c->variant, sizeof(c->variant));
}

int store_cases(struct store *store, const char *campaign_id, struct stored_case **out, size_t *n,
                struct error *error)
{
    sqlite3_stmt *query = sql_query(
        store, error,
        "SELECT id, driver, workload, arrivals, requests, concurrency, keep_alive, delay_ns, "
        "backlog,"
        " time_box_ns, control, predicted_ns, pipeline, variant FROM cases WHERE campaign_id = ? "
        "ORDER BY "
        "ordinal",
        "s", campaign_id);
    return sql_collect(store, query, sizeof(**out), take_case, (void **)out, n, error);
}

static enum quality quality_parse(sqlite3_stmt *row, int column)
{
    char text[STORE_NAME_BYTES];
    sql_text(row, column, text, sizeof(text));
    for (int v = QUALITY_OK; v < QUALITY_INVALID; v++)
        if (!strcmp(text, quality_name((enum quality)v)))
            return (enum quality)v;
    return QUALITY_INVALID;
}

static void take_run(sqlite3_stmt *row, void *element)
{
    struct stored_run *r = element;
    r->block = (unsigned)sqlite3_column_int64(row, 0);
    r->quality = quality_parse(row, 1);
    sql_text(row, 2, r->reasons, sizeof(r->reasons));
    r->completed = (size_t)sqlite3_column_int64(row, 3);
    r->failed = (size_t)sqlite3_column_int64(row, 4);
    r->makespan = sqlite3_column_int64(row, 5);
    r->setup = sqlite3_column_int64(row, 6);
    r->warmup = sqlite3_column_int64(row, 7);
    r->teardown = sqlite3_column_int64(row, 8);
    r->server_start = sqlite3_column_int64(row, 9);
    r->process = sqlite3_column_int64(row, 10);
    r->latency_p50 = sql_integer(row, 11, -1);
    r->latency_p99 = sql_integer(row, 12, -1);
    r->syn_retransmits = sql_integer(row, 13, USAGE_NOT_AVAILABLE);
    r->listen_overflows = sql_integer(row, 14, USAGE_NOT_AVAILABLE);
    sql_text(row, 15, r->active, sizeof(r->active));
    r->latency_max = sql_integer(row, 16, -1);
    r->completions.first = sql_integer(row, 17, -1);
    r->completions.half = sql_integer(row, 18, -1);
    r->completions.most = sql_integer(row, 19, -1);
    r->completions.last = sql_integer(row, 20, -1);
}

int store_runs(struct store *store, int64_t case_id, struct stored_run **out, size_t *n,
               struct error *error)
{
    sqlite3_stmt *query = sql_query(
        store, error,
        "SELECT block, quality, reasons, completed, failed, makespan_ns, setup_ns, warmup_ns,"
        " teardown_ns, server_start_ns, process_ns, latency_p50_ns, latency_p99_ns,"
        " syn_retransmits, listen_overflows, active, latency_max_ns, first_response_ns,"
        " half_completed_ns, most_completed_ns, last_response_ns FROM all_runs WHERE case_id = ?"
        " ORDER BY block",
        "i", case_id);
    return sql_collect(store, query, sizeof(**out), take_run, (void **)out, n, error);
}

bool store_whole_process(struct store *store, const char *campaign_id, const struct stored_case *c,
                         struct stored_whole *out)
{
    sqlite3_stmt *query =
        sql_query(store, NULL,
                  "SELECT runs, median_s, min_s, max_s FROM whole_processes"
                  " WHERE campaign_id = ? AND driver = ? AND arrivals = ? AND concurrency = ?",
                  "sssi", campaign_id, c->driver, c->arrivals, (int64_t)c->concurrency);
    bool found = query && sqlite3_step(query) == SQLITE_ROW;
    if (found) {
        out->runs = (size_t)sqlite3_column_int64(query, 0);
        out->median_s = sqlite3_column_double(query, 1);
        out->min_s = sqlite3_column_double(query, 2);
        out->max_s = sqlite3_column_double(query, 3);
    }
    sqlite3_finalize(query);
    return found;
}

/* The text of a query's one value, or "". */
static void read_text(struct store *store, const char *sql, const char *id, char *out, size_t size)
{
    sqlite3_stmt *query = sql_query(store, NULL, sql, "s", id);
    out[0] = '\0';
    if (query && sqlite3_step(query) == SQLITE_ROW)
        sql_text(query, 0, out, size);
    sqlite3_finalize(query);
}

void store_each_environment(struct store *store, const char *id,
                            void (*tell)(void *target, const char *key, const char *value),
                            void *target)
{
    sqlite3_stmt *query =
        sql_query(store, NULL,
                  "SELECT key, value FROM environment WHERE campaign_id = ? ORDER BY key", "s", id);
    while (query && sqlite3_step(query) == SQLITE_ROW)
        tell(target, (const char *)sqlite3_column_text(query, 0),
             (const char *)sqlite3_column_text(query, 1));
    sqlite3_finalize(query);
}

bool store_environment(struct store *store, const char *id, const char *key, char *out, size_t size)
{
    sqlite3_stmt *query =
        sql_query(store, NULL, "SELECT value FROM environment WHERE campaign_id = ? AND key = ?",
                  "ss", id, key);
    bool found = query && sqlite3_step(query) == SQLITE_ROW;
    if (found)
        sql_text(query, 0, out, size);
    sqlite3_finalize(query);
    return found;
}

void store_environment_changes(struct store *store, const char *id, char *out, size_t size)
{
    read_text(store,
              "SELECT group_concat(substr(key, 10) || ' is now ' || value, ', ') FROM environment"
              " WHERE campaign_id = ? AND key LIKE 'changed: %'",
              id, out, size);
}

void store_no_syscalls(struct store *store, const char *id, char *out, size_t size)
{
    read_text(store,
              "SELECT max(no_syscalls) FROM run_figures WHERE campaign_id = ? AND driver <> 'null'"
              " AND block = 0",
              id, out, size);
}

int store_caption(struct store *store, const struct campaign_info *info, char *out, size_t size,
                  struct error *error)
{
    sqlite3_stmt *query =
        sql_query(store, error,
                  "WITH e AS (SELECT key, value FROM environment WHERE campaign_id = ?1) "
                  "SELECT group_concat(part, ', ') FROM ("
                  " SELECT value AS part FROM e WHERE key = 'cpu'"
                  " UNION ALL SELECT value || ' cores' FROM e WHERE key = 'cores'"
                  " UNION ALL SELECT value FROM e WHERE key = 'kernel'"
                  " UNION ALL SELECT value FROM e WHERE key = 'compiler'"
                  " UNION ALL SELECT value FROM e WHERE key = 'flags'"
                  " UNION ALL SELECT 'revision ' || value FROM e WHERE key = 'revision'"
                  " UNION ALL SELECT 'seed ' || ?2 UNION ALL SELECT 'campaign ' || ?1)",
                  "si", info->id, (int64_t)info->seed);
    if (!query)
        return -1;
    if (sqlite3_step(query) == SQLITE_ROW)
        sql_text(query, 0, out, size);
    return sqlite3_finalize(query) == SQLITE_OK ? 0 : sql_error(store, "cannot be read", error);
}
