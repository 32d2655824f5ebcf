#include "store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_schema.h"

enum {
    STORE_APPLICATION_ID = 0x77616974, /* "wait" */
    STORE_BUSY_MS = 5000,
};

/* Unless another waitbench does so at this moment: then it is there once we may write. */
static int create_schema(struct store *store, struct error *error)
{
    char mark[64];
    int64_t tables = 0;
    snprintf(mark, sizeof(mark), "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    if (sql_begin(store, error) < 0)
        return -1;
    int result =
        sql_number(store, "SELECT count(*) FROM sqlite_master", SQL_NOTHING, &tables, error);
    if (result == 0 && !tables)
        result = store_schema_create(store, error);
    if (result == 0 && !tables)
        result = sql_run(store, mark, error);
    return sql_end(store, result, error);
}

static int update_schema(struct store *store, struct error *error)
{
    if (sql_begin(store, error) < 0)
        return -1;
    return sql_end(store, store_schema_update(store, error), error);
}

/* Somebody else's database, or one of another version of ours, is left alone. */
static int check_schema(struct store *store, enum store_mode mode, struct error *error)
{
    int64_t version = 0, application = 0, tables = 0;
    bool old = false;
    if (sql_number(store, "PRAGMA user_version", SQL_NOTHING, &version, error) < 0 ||
        sql_number(store, "PRAGMA application_id", SQL_NOTHING, &application, error) < 0 ||
        sql_number(store, "SELECT count(*) FROM sqlite_master", SQL_NOTHING, &tables, error) < 0)
        return -1;
    if (tables == 0 && version == 0 && mode == STORE_WRITE)
        return create_schema(store, error);
    if (application != STORE_APPLICATION_ID)
        return error_set(error, "%s is not a store of waitbench; name another with --results",
                         store->path);
    if (store_schema_is_old(store, &old, error) < 0)
        return -1;
    if (old && mode == STORE_WRITE)
        return update_schema(store, error);
    if (old)
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
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}
