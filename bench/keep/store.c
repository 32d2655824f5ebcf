#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/embed.h"
#include "lib/place.h"
#include "lib/terminal.h"
#include "store_sql.h"

enum {
    STORE_APPLICATION_ID = 0x77616974, /* "wait" */
    STORE_BUSY_MS = 5000,
    SCHEMA_VERSION = 15,
    SCHEMA_OLDEST = 8, /* that can be brought up to date */
};

/* ---- the schema ---- */

EMBED(schema_sql, "bench/keep/schema.sql");
EMBED(views_sql, "bench/keep/views.sql");
EMBED(upgrade_9_sql, "bench/keep/upgrade_9.sql");
EMBED(upgrade_10_sql, "bench/keep/upgrade_10.sql");
EMBED(upgrade_11_sql, "bench/keep/upgrade_11.sql");
EMBED(upgrade_12_sql, "bench/keep/upgrade_12.sql");
EMBED(upgrade_13_sql, "bench/keep/upgrade_13.sql");
EMBED(upgrade_14_sql, "bench/keep/upgrade_14.sql");
EMBED(upgrade_15_sql, "bench/keep/upgrade_15.sql");

#define COUNT_TABLES "SELECT count(*) FROM sqlite_master"

/* Views hold no data: they are all made again. */
static const char drop_views[] =
    "DROP VIEW IF EXISTS run_figures; DROP VIEW IF EXISTS all_runs;"
    "DROP VIEW IF EXISTS request_figures; DROP VIEW IF EXISTS limit_figures;"
    "DROP VIEW IF EXISTS ledger_figures; DROP VIEW IF EXISTS usage_figures;"
    "DROP VIEW IF EXISTS blame_figures; DROP VIEW IF EXISTS breakdown_figures;"
    "DROP VIEW IF EXISTS window_figures; DROP VIEW IF EXISTS rank_figures;";

/* The first field of a case without a column, or the table's end. NULL on error. */
static const struct case_field *missing_field(struct store *store, struct error *error)
{
    const struct case_field *field = case_fields;
    for (; field->name; field++) {
        int64_t there;
        if (sql_number(store, "SELECT count(*) FROM pragma_table_info('cases') WHERE name = :name",
                       SQL_VALUES(SQL_TEXT("name", field->name)), &there, error) < 0)
            return NULL;
        if (!there)
            break;
    }
    return field;
}

/* Cases that were kept before there was such a field had its usual value. */
static int add_column(struct store *store, const struct case_field *field, struct error *error)
{
    struct bench_case usual = case_usual();
    struct case_value value = case_get(&usual, field);
    char *type = value.word ? sqlite3_mprintf("TEXT NOT NULL DEFAULT %Q", value.word)
                            : sqlite3_mprintf("INTEGER NOT NULL DEFAULT %lld", value.number);
    char *sql = sqlite3_mprintf("ALTER TABLE cases ADD COLUMN %s %s", field->name, type);
    int result = sql_run(store, sql, error);
    sqlite3_free(type);
    sqlite3_free(sql);
    return result;
}

/* All in a new store; in an older one those that are not there yet. */
static int add_case_columns(struct store *store, struct error *error)
{
    const struct case_field *field;
    while ((field = missing_field(store, error)) && field->name)
        if (add_column(store, field, error) < 0)
            return -1;
    return field ? 0 : -1;
}

/* Make today's schema: in an empty database, or from that of an earlier version. If another
 * waitbench did so at this moment, it only makes the views again. */
static int change_schema(struct store *store, struct error *error)
{
    /* Each makes the schema of its version from that of the one before. */
    static const char *const steps[SCHEMA_VERSION - SCHEMA_OLDEST] = {
        upgrade_9_sql,  upgrade_10_sql, upgrade_11_sql, upgrade_12_sql,
        upgrade_13_sql, upgrade_14_sql, upgrade_15_sql};
    char marks[128];
    int64_t version = SCHEMA_VERSION, tables = 0;
    snprintf(marks, sizeof(marks), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             STORE_APPLICATION_ID, SCHEMA_VERSION);
    if (sql_begin(store, error) < 0)
        return -1;
    int result = sql_number(store, COUNT_TABLES, SQL_NOTHING, &tables, error);
    if (result == 0 && tables)
        result = sql_number(store, "PRAGMA user_version", SQL_NOTHING, &version, error);
    if (result == 0)
        result = sql_run(store, tables ? drop_views : schema_sql, error);
    for (; result == 0 && version < SCHEMA_VERSION; version++)
        result = sql_run(store, steps[version - SCHEMA_OLDEST], error);
    if (result == 0)
        result = add_case_columns(store, error);
    if (result == 0)
        result = sql_run(store, views_sql, error);
    if (result == 0)
        result = sql_run(store, marks, error);
    return sql_end(store, result, error);
}

static const char *shortest_campaign(void)
{
    return place_is_installed() ? "waitbench campaign --preset quick" : "./run.sh quick";
}

/* Somebody else's database, or one of another version of ours, is left alone. */
static int check_schema(struct store *store, enum store_mode mode, struct error *error)
{
    int64_t version = 0, application = 0, tables = 0;
    if (sql_number(store, "PRAGMA user_version", SQL_NOTHING, &version, error) < 0 ||
        sql_number(store, "PRAGMA application_id", SQL_NOTHING, &application, error) < 0 ||
        sql_number(store, COUNT_TABLES, SQL_NOTHING, &tables, error) < 0)
        return -1;
    if (tables == 0 && version == 0 && mode == STORE_WRITE)
        return change_schema(store, error);
    if (application != STORE_APPLICATION_ID)
        return error_set(error, "%s is not a store of waitbench; name another with --results",
                         store->path);
    const struct case_field *missing = case_fields;
    if (version == SCHEMA_VERSION && !(missing = missing_field(store, error)))
        return -1;
    bool old = version >= SCHEMA_OLDEST && version <= SCHEMA_VERSION && missing->name;
    if (old && mode == STORE_WRITE)
        return change_schema(store, error);
    if (old)
        return error_set(error,
                         "the store %s has schema %" PRId64 ", of an earlier waitbench: the next "
                         "campaign with these --results brings it up to date, '%s' for example; "
                         "what is in it stays",
                         store->path, version, shortest_campaign());
    if (version != SCHEMA_VERSION)
        return error_set(error,
                         "the store %s has schema %" PRId64 " and this waitbench knows %d: "
                         "move it away, use the waitbench that wrote it, or another folder with "
                         "--results",
                         store->path, version, SCHEMA_VERSION);
    return 0;
}

/* ---- opening and closing ---- */

static int open_database(struct store *store, const char *name, int flags, struct error *error)
{
    sqlite3_close(store->db);
    store->db = NULL;
    if (sqlite3_open_v2(name, &store->db, flags, NULL) != SQLITE_OK)
        return sql_error(store, "cannot be opened", error);
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    return 0;
}

static int open_to_write(struct store *store, struct error *error)
{
    return open_database(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
}

/* A file that nobody changes, as an address: without its journal and without locks. */
static int open_unchanging(struct store *store, struct error *error)
{
    char *name = NULL, journal[4096];
    size_t size;
    struct stat status;
    FILE *out = open_memstream(&name, &size);
    if (!out)
        return error_errno(error, errno, "the store %s", store->path);
    fputs("file:", out);
    for (const char *c = store->path; *c; c++)
        fprintf(out, strchr("%?#", *c) ? "%%%02x" : "%c", *c);
    fputs("?immutable=1", out);
    fclose(out);
    int result = open_database(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
    free(name);
    snprintf(journal, sizeof(journal), "%s-wal", store->path);
    if (result == 0 && stat(journal, &status) == 0 && status.st_size > 0)
        terminal_print(
            stderr,
            "note: %s holds runs of a campaign that was killed or goes on, which are not "
            "shown: to read them, copy the folder to where you can write\n",
            journal);
    return result;
}

/* SQLite reads a journal through a file that it makes beside the store. Where it cannot, for want
 * of permission or of room, the store is read without its journal. */
static int open_to_read(struct store *store, struct error *error)
{
    int64_t tables;
    if (access(store->path, R_OK) < 0)
        return errno == ENOENT ? error_set(error, "there is no store at %s; '%s' makes one",
                                           store->path, shortest_campaign())
                               : error_errno(error, errno, "cannot read the store %s", store->path);
    if (open_database(store, store->path, SQLITE_OPEN_READWRITE, error) < 0)
        return -1;
    if (sql_number(store, COUNT_TABLES, SQL_NOTHING, &tables, NULL) == 0)
        return 0;
    int reason = sqlite3_errcode(store->db);
    bool unwritable = reason == SQLITE_READONLY || reason == SQLITE_CANTOPEN ||
                      reason == SQLITE_FULL || reason == SQLITE_IOERR;
    return unwritable ? open_unchanging(store, error) : 0;
}

struct store *store_open(const char *path, enum store_mode mode, struct error *error)
{
    struct store *store = xcalloc(1, sizeof(*store));
    store->path = strdup(path);
    store->lock = -1;
    if ((mode == STORE_READ ? open_to_read(store, error) : open_to_write(store, error)) < 0)
        goto fail;
    /* WAL with NORMAL: a commit survives the death of the program, without a sync to disk in
     * between two runs. It changes the file, so that is checked first. */
    if (sql_run(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;", error) == 0 &&
        check_schema(store, mode, error) == 0 &&
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
    sqlite3_finalize(store->insert);
    free(store->insert_into);
    sqlite3_close(store->db);
    if (store->lock >= 0)
        close(store->lock);
    free(store->path);
    free(store);
}

int store_json_each(struct store *store, const char *json,
                    void (*take)(void *target, const char *key, const char *value), void *target,
                    struct error *error)
{
    sqlite3_stmt *query = sql_query(store, "SELECT key, value FROM json_each(:json)",
                                    SQL_VALUES(SQL_TEXT("json", json)), error);
    if (!query)
        return -1;
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(query, 0);
        take(target, key ? key : "", (const char *)sqlite3_column_text(query, 1));
    }
    int result = step == SQLITE_DONE ? 0 : error_set(error, "%s", sqlite3_errmsg(store->db));
    sqlite3_finalize(query);
    return result;
}
