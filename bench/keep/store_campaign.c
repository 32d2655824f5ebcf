/* Campaigns: their rows, where they ran, and what was calibrated for them. */
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/base/environment.h"
#include "store_sql.h"

static const struct column campaign_columns[] = {
    COLUMN("id", struct campaign_info, id),
    COLUMN("name", struct campaign_info, name),
    COLUMN("command", struct campaign_info, command),
    COLUMN("seed", struct campaign_info, seed),
    COLUMN("repetitions", struct campaign_info, repetitions),
    COLUMN("started_at", struct campaign_info, started_at),
    COLUMN("status", struct campaign_info, status),
    COLUMN("elapsed_ns", struct campaign_info, elapsed),
    COLUMN("precision", struct campaign_info, precision),
    COLUMN("margin", struct campaign_info, margin),
    COLUMN("decided_pairs", struct campaign_info, decided_pairs),
    COLUMN("arguments", struct campaign_info, arguments),
    {0},
};

/* ---- writing ---- */

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
        result = sql_insert_row(store, "INSERT INTO campaigns", campaign_columns, info, SQL_NOTHING,
                                error);
        if (result < 0 && sqlite3_errcode(store->db) != SQLITE_CONSTRAINT)
            break;
    }
    return result;
}

int store_put_environment(struct store *store, const char *id, const char *key, const char *value,
                          struct error *error)
{
    return sql_insert(
        store, "INSERT OR REPLACE INTO environment",
        SQL_VALUES(SQL_TEXT("campaign_id", id), SQL_TEXT("key", key), SQL_TEXT("value", value)),
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

int store_put_calibration(struct store *store, const char *id, const char *name, const char *unit,
                          int64_t value, struct error *error)
{
    return sql_insert(store, "INSERT OR REPLACE INTO calibration",
                      SQL_VALUES(SQL_TEXT("campaign_id", id), SQL_TEXT("name", name),
                                 SQL_TEXT("unit", unit), SQL_INTEGER("value", value)),
                      error);
}

/* The plan that was begun has the same cases, in every field. */
static bool is_plan_of(const struct plan *plan, const struct bench_case *cases, size_t n)
{
    bool same = n == plan->case_count;
    for (size_t i = 0; i < n && same; i++)
        same = case_alike(&cases[i], &plan->cases[i], CASE_SAME);
    return same;
}

const char *store_resumed_by(const struct campaign_info *info)
{
    static const char *const commands[] = {"campaign", "capacity"};
    size_t length = strcspn(info->arguments, "\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strlen(commands[i]) == length && !strncmp(info->arguments, commands[i], length))
            return commands[i];
    return NULL;
}

int store_resume_campaign(struct store *store, const char *id, struct plan *plan,
                          struct error *error)
{
    struct bench_case *cases;
    size_t n;
    if (store_cases(store, id, &cases, &n, error) < 0)
        return -1;
    bool same = plan->case_count == 0 || is_plan_of(plan, cases, n);
    for (size_t i = 0; i < plan->case_count && same; i++) {
        plan->cases[i].id = cases[i].id;
        plan->cases[i].predicted = cases[i].predicted;
    }
    free(cases);
    if (!same)
        return error_set(error,
                         "campaign %s was begun by a waitbench whose plan of it was another: "
                         "start a new one",
                         id);
    return sql_write(store, "UPDATE campaigns SET status = 'running' WHERE id = :id",
                     SQL_VALUES(SQL_TEXT("id", id)), error);
}

int store_end_campaign(struct store *store, const char *id, const char *status, nsec_t elapsed,
                       struct error *error)
{
    return sql_write(
        store,
        "UPDATE campaigns SET status = :status, elapsed_ns = elapsed_ns + :elapsed,"
        " ended_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = :id",
        SQL_VALUES(SQL_TEXT("status", status), SQL_INTEGER("elapsed", elapsed), SQL_TEXT("id", id)),
        error);
}

/* ---- reading ---- */

int store_campaigns(struct store *store, struct campaign_info **out, size_t *n, struct error *error)
{
    return sql_collect(store, campaign_columns, "FROM campaigns ORDER BY rowid DESC", SQL_NOTHING,
                       sizeof(**out), (void **)out, n, error);
}

int store_find_campaign_of(struct store *store, const char *driver, struct campaign_info *out,
                           struct error *error)
{
    char id[STORE_ID_BYTES];
    if (!sql_text(store,
                  "SELECT campaign_id FROM run_figures WHERE driver = :driver"
                  " AND campaign_id NOT IN (SELECT campaign_id FROM limits)"
                  " ORDER BY run_id DESC LIMIT 1",
                  SQL_VALUES(SQL_TEXT("driver", driver)), id, sizeof(id)))
        return error_set(error, "no campaign in %s ran %s yet", store->path, driver);
    return store_find_campaign(store, id, out, error);
}

int store_find_campaign(struct store *store, const char *id, struct campaign_info *out,
                        struct error *error)
{
    bool latest = !id || !strcmp(id, "latest");
    int found = sql_first(store, campaign_columns,
                          "FROM campaigns WHERE :id = '' OR name = :id"
                          " OR substr(id, 1, length(:id)) = :id"
                          " ORDER BY id = :id DESC, rowid DESC LIMIT 1",
                          SQL_VALUES(SQL_TEXT("id", latest ? "" : id)), out, error);
    if (found)
        return found < 0 ? -1 : 0;
    if (latest)
        return error_set(error, "the store %s holds no campaign yet", store->path);
    return error_set(error,
                     "the store %s holds no campaign '%s'; each has a folder of its name beside it",
                     store->path, id);
}

void store_each_environment(struct store *store, const char *id,
                            void (*tell)(void *target, const char *key, const char *value),
                            void *target)
{
    struct entry {
        char key[ENVIRONMENT_KEY_BYTES + 16], value[ENVIRONMENT_VALUE_BYTES];
    } * entries;
    static const struct column columns[] = {
        COLUMN("key", struct entry, key), COLUMN("value", struct entry, value), {0}};
    size_t n;
    sql_collect(store, columns, "FROM environment WHERE campaign_id = :id ORDER BY key",
                SQL_VALUES(SQL_TEXT("id", id)), sizeof(*entries), (void **)&entries, &n, NULL);
    for (size_t i = 0; i < n; i++)
        tell(target, entries[i].key, entries[i].value);
    free(entries);
}

bool store_environment(struct store *store, const char *id, const char *key, char *out, size_t size)
{
    return sql_text(store, "SELECT value FROM environment WHERE campaign_id = :id AND key = :key",
                    SQL_VALUES(SQL_TEXT("id", id), SQL_TEXT("key", key)), out, size);
}

void store_environment_changes(struct store *store, const char *id, char *out, size_t size)
{
    sql_text(store,
             "SELECT group_concat(substr(key, 10) || ' is now ' || value, ', ') FROM environment"
             " WHERE campaign_id = :id AND key LIKE 'changed: %'",
             SQL_VALUES(SQL_TEXT("id", id)), out, size);
}

void store_no_syscalls(struct store *store, const char *id, char *out, size_t size)
{
    sql_text(store,
             "SELECT max(no_syscalls) FROM run_figures WHERE campaign_id = :id"
             " AND driver <> 'null' AND block = 0",
             SQL_VALUES(SQL_TEXT("id", id)), out, size);
}

int store_caption(struct store *store, const struct campaign_info *info, char *out, size_t size,
                  struct error *error)
{
    if (!sql_text(store,
                  "WITH e AS (SELECT key, value FROM environment WHERE campaign_id = :id) "
                  "SELECT group_concat(part, ', ') FROM ("
                  " SELECT value AS part FROM e WHERE key = 'cpu'"
                  " UNION ALL SELECT value || ' cores' FROM e WHERE key = 'cores'"
                  " UNION ALL SELECT value FROM e WHERE key = 'kernel'"
                  " UNION ALL SELECT value FROM e WHERE key = 'compiler'"
                  " UNION ALL SELECT value FROM e WHERE key = 'flags'"
                  " UNION ALL SELECT 'revision ' || value FROM e WHERE key = 'revision'"
                  " UNION ALL SELECT 'seed ' || :seed UNION ALL SELECT 'campaign ' || :id)",
                  SQL_VALUES(SQL_TEXT("id", info->id), SQL_INTEGER("seed", info->seed)), out, size))
        return sql_error(store, "cannot be read", error);
    return 0;
}
