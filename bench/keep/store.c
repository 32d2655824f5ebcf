#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/environment.h"
#include "store_schema.h"
#include "store_sql.h"

enum {
    STORE_APPLICATION_ID = 0x77616974, /* "wait" */
    STORE_BUSY_MS = 5000,
};

static int pragma(struct store *store, const char *sql, int64_t *out, struct error *error)
{
    sqlite3_stmt *statement = sql_query(store, error, sql, "");
    if (!statement)
        return -1;
    int result = 0;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else
        result = sql_error(store, "cannot be read", error);
    sqlite3_finalize(statement);
    return result;
}

/* Unless another waitbench does so at this moment: then it is there once we may write. */
static int store_create_schema(struct store *store, struct error *error)
{
    char mark[128];
    int64_t tables = 0;
    snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;",
             STORE_APPLICATION_ID, STORE_SCHEMA_VERSION);
    if (sql_run(store, "BEGIN IMMEDIATE", error) < 0 ||
        pragma(store, "SELECT count(*) FROM sqlite_master", &tables, error) < 0)
        return -1;
    if (tables)
        return sql_run(store, "ROLLBACK", error);
    if (sql_run(store, store_schema_sql, error) == 0 && sql_run(store, mark, error) == 0)
        return 0;
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

static bool is_upgradable(int64_t version)
{
    return version >= STORE_SCHEMA_OLDEST && version < STORE_SCHEMA_VERSION;
}

/* Unless another waitbench does so at this moment, likewise. */
static int upgrade_schema(struct store *store, struct error *error)
{
    int64_t version = 0;
    if (sql_begin(store, error) < 0)
        return -1;
    int result = pragma(store, "PRAGMA user_version", &version, error);
    if (result == 0 && is_upgradable(version))
        result = store_schema_upgrade(store, version, error);
    return sql_end(store, result, error);
}

/* Somebody else's database, or one of another version of ours, is left alone. */
static int store_check_schema(struct store *store, enum store_mode mode, struct error *error)
{
    int64_t version = 0, application = 0, tables = 0;
    if (pragma(store, "PRAGMA user_version", &version, error) < 0 ||
        pragma(store, "PRAGMA application_id", &application, error) < 0 ||
        pragma(store, "SELECT count(*) FROM sqlite_master", &tables, error) < 0)
        return -1;
    if (tables == 0 && version == 0 && mode == STORE_WRITE)
        return store_create_schema(store, error);
    if (application != STORE_APPLICATION_ID)
        return error_set(error, "%s is not a store of waitbench; name another with --results",
                         store->path);
    if (is_upgradable(version) && mode == STORE_WRITE)
        return upgrade_schema(store, error);
    if (is_upgradable(version))
        return error_set(error,
                         "the store %s has schema %" PRId64 " and this waitbench reads %d: the "
                         "next campaign with these --results brings it up to date, './run.sh "
                         "quick' for example; what is in it stays",
                         store->path, version, STORE_SCHEMA_VERSION);
    if (version != STORE_SCHEMA_VERSION)
        return error_set(error,
                         "the store %s has schema %" PRId64 " and this waitbench knows %d: "
                         "move it away, use the waitbench that wrote it, or another folder with "
                         "--results",
                         store->path, version, STORE_SCHEMA_VERSION);
    return 0;
}

struct store *store_open(const char *path, enum store_mode mode, struct error *error)
{
    struct store *store = xcalloc(1, sizeof(*store));
    store->path = strdup(path);
    if (mode == STORE_READ && access(path, R_OK) < 0) {
        error_set(error, "there is no store at %s; './run.sh quick' makes one", path);
        goto fail;
    }
    int flags =
        mode == STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
        sql_error(store, "cannot be opened", error);
        goto fail;
    }
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    /* WAL with NORMAL: a commit survives the death of the program, without a sync to disk in
     * between two runs. It changes the file, so that is checked first. */
    if (sql_run(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;", error) == 0 &&
        store_check_schema(store, mode, error) == 0 &&
        (mode == STORE_READ || sql_run(store, "PRAGMA journal_mode = WAL;", error) == 0))
        return store;
fail:
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

static int add_campaign(struct store *store, struct campaign_info *info, struct error *error)
{
    struct timespec now;
    struct tm local;
    char stamp[24];
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local);
    sql_iso_time((int64_t)now.tv_sec * 1000, info->started_at, sizeof(info->started_at));
    snprintf(info->status, sizeof(info->status), "running");
    int result = -1;
    for (int attempt = 1; attempt < 100 && result < 0; attempt++) {
        if (attempt == 1)
            snprintf(info->id, sizeof(info->id), "%s-%s", stamp, info->name);
        else
            snprintf(info->id, sizeof(info->id), "%s-%s-%d", stamp, info->name, attempt);
        sqlite3_stmt *insert = sql_query(
            store, error,
            "INSERT INTO campaigns (id, name, command, seed, repetitions, started_at, precision,"
            " arguments, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running')",
            "sssiisds", info->id, info->name, info->command, (int64_t)info->seed,
            (int64_t)info->repetitions, info->started_at, info->precision, info->arguments);
        result = sql_finish(store, insert, error);
        if (result < 0 && sqlite3_errcode(store->db) != SQLITE_CONSTRAINT)
            break;
    }
    return result;
}

int store_put_environment(struct store *store, const char *id, const char *key, const char *value,
                          struct error *error)
{
    return sql_finish(store,
                      sql_query(store, error, "INSERT OR REPLACE INTO environment VALUES (?, ?, ?)",
                                "sss", id, key, value),
                      error);
}

static int add_environment(struct store *store, const char *id, const struct environment *e,
                           struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < e->count && result == 0; i++)
        result = store_put_environment(store, id, e->entries[i].key, e->entries[i].value, error);
    return result;
}

int store_add_case(struct store *store, const char *id, size_t ordinal, struct bench_case *c,
                   struct error *error)
{
    sqlite3_stmt *insert = sql_query(
        store, error,
        "INSERT INTO cases (campaign_id, ordinal, driver, workload, arrivals, requests, "
        "concurrency,"
        " keep_alive, pipeline, delay_ns, backlog, time_box_ns, stack_bytes, control, variant)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "sisssiiiiiiiiss", id, (int64_t)ordinal, c->driver->name, c->workload->name,
        arrivals_name(c->arrivals), (int64_t)c->requests, (int64_t)c->concurrency,
        (int64_t)c->keep_alive, (int64_t)(c->pipeline > 1 ? c->pipeline : 1), c->delay,
        (int64_t)c->backlog, c->time_box, (int64_t)c->stack_bytes, control_name(c->control),
        c->variant ? c->variant : "");
    if (sql_finish(store, insert, error) < 0)
        return -1;
    c->id = sqlite3_last_insert_rowid(store->db);
    return 0;
}

int store_begin_campaign(struct store *store, struct campaign_info *info, struct plan *plan,
                         const struct environment *environment, struct error *error)
{
    if (sql_begin(store, error) < 0)
        return -1;
    int result = add_campaign(store, info, error);
    if (result == 0)
        result = add_environment(store, info->id, environment, error);
    for (size_t i = 0; result == 0 && i < plan->case_count; i++)
        result = store_add_case(store, info->id, i, &plan->cases[i], error);
    result = sql_end(store, result, error);
    if (result < 0)
        info->id[0] = '\0'; /* there is no such campaign after all */
    return result;
}

int store_put_prediction(struct store *store, const struct bench_case *c, struct error *error)
{
    return sql_finish(store,
                      sql_query(store, error, "UPDATE cases SET predicted_ns = ? WHERE id = ?",
                                "ni", c->predicted, c->id),
                      error);
}

int store_put_calibration(struct store *store, const char *id, const char *name, const char *unit,
                          int64_t value, struct error *error)
{
    return sql_finish(store,
                      sql_query(store, error,
                                "INSERT OR REPLACE INTO calibration VALUES (?, ?, ?, ?)", "sssi",
                                id, name, unit, value),
                      error);
}

static bool same_case(const struct stored_case *stored, const struct bench_case *c)
{
    return !strcmp(stored->driver, c->driver->name) &&
           !strcmp(stored->workload, c->workload->name) &&
           !strcmp(stored->arrivals, arrivals_name(c->arrivals)) &&
           stored->requests == c->requests && stored->concurrency == c->concurrency &&
           stored->keep_alive == c->keep_alive &&
           stored->pipeline == (c->pipeline > 1 ? c->pipeline : 1) && stored->delay == c->delay &&
           stored->backlog == c->backlog && stored->time_box == c->time_box &&
           !strcmp(stored->control, control_name(c->control));
}

int store_resume_campaign(struct store *store, const char *id, struct plan *plan,
                          struct error *error)
{
    struct stored_case *cases;
    size_t n;
    if (store_cases(store, id, &cases, &n, error) < 0)
        return -1;
    int result = 0;
    if (n != plan->case_count)
        result = -1;
    for (size_t i = 0; i < n && result == 0; i++) {
        if (!same_case(&cases[i], &plan->cases[i]))
            result = -1;
        plan->cases[i].id = cases[i].id;
        plan->cases[i].predicted = cases[i].predicted;
    }
    free(cases);
    if (result < 0)
        return error_set(error,
                         "campaign %s was begun by a waitbench whose plan of it was another: "
                         "start a new one",
                         id);
    return sql_finish(
        store,
        sql_query(store, error, "UPDATE campaigns SET status = 'running' WHERE id = ?", "s", id),
        error);
}

int store_has_run(struct store *store, int64_t case_id, unsigned block, struct error *error)
{
    sqlite3_stmt *query =
        sql_query(store, error, "SELECT count(*) FROM runs WHERE case_id = ? AND block = ?", "ii",
                  case_id, (int64_t)block);
    if (!query)
        return -1;
    int result = sqlite3_step(query) == SQLITE_ROW ? sqlite3_column_int(query, 0)
                                                   : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    return result;
}

int store_campaign_runs(struct store *store, const char *id, struct error *error)
{
    sqlite3_stmt *query =
        sql_query(store, error,
                  "SELECT count(*) FROM runs JOIN cases ON cases.id = runs.case_id"
                  " WHERE cases.campaign_id = ?",
                  "s", id);
    if (!query)
        return -1;
    int result = sqlite3_step(query) == SQLITE_ROW ? sqlite3_column_int(query, 0)
                                                   : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    return result;
}

int store_end_campaign(struct store *store, const char *id, const char *status, nsec_t elapsed,
                       struct error *error)
{
    return sql_finish(store,
                      sql_query(store, error,
                                "UPDATE campaigns SET status = ?,"
                                " elapsed_ns = coalesce(elapsed_ns, 0) + ?,"
                                " ended_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = ?",
                                "sis", status, elapsed, id),
                      error);
}

/* hyperfine's times are seconds; its single times and exit codes stay in its file. The words of a
 * command's name are taken apart by making a JSON array of them. */
int store_import_hyperfine(struct store *store, const char *id, const char *json,
                           struct error *error)
{
    return sql_finish(
        store,
        sql_query(store, error,
                  "INSERT OR REPLACE INTO whole_processes "
                  "SELECT ?1, json_extract(words, '$[0]'), json_extract(words, '$[1]'),"
                  " CAST(json_extract(words, '$[2]') AS INTEGER),"
                  " json_array_length(value, '$.times'), json_extract(value, '$.median'),"
                  " json_extract(value, '$.min'), json_extract(value, '$.max') "
                  "FROM (SELECT value, '[\"' || replace(json_extract(value, '$.command'), ' ',"
                  "  '\",\"') || '\"]' AS words FROM json_each(?2, '$.results'))",
                  "ss", id, json),
        error);
}
