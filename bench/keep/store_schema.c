#include "store_schema.h"

#include <stdio.h>

#include "bench/plan/case_fields.h"

/* A file of SQL, in the program. */
#define EMBED(name, path)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global " name "\n" name ":\n"                                                        \
            ".incbin \"bench/keep/" path "\"\n"                                                    \
            ".byte 0\n"                                                                            \
            ".previous\n")
EMBED("store_schema_sql", "schema.sql");
EMBED("store_views_sql", "views.sql");
EMBED("store_upgrade_9_sql", "upgrade_9.sql");
EMBED("store_upgrade_10_sql", "upgrade_10.sql");
EMBED("store_upgrade_11_sql", "upgrade_11.sql");

extern const char store_schema_sql[], store_views_sql[];
/* Each makes the schema of its version from that of the one before. */
extern const char store_upgrade_9_sql[], store_upgrade_10_sql[], store_upgrade_11_sql[];

/* Views hold no data: they are all made again. */
static int drop_views(struct store *store, struct error *error)
{
    char sql[2048];
    sql_text(store,
             "SELECT group_concat('DROP VIEW ' || name, ';') FROM sqlite_master"
             " WHERE type = 'view'",
             SQL_NOTHING, sql, sizeof(sql));
    return sql_run(store, sql, error);
}

static int has_column(struct store *store, const struct case_field *field, bool *there,
                      struct error *error)
{
    char column[CASE_COLUMN_BYTES];
    int64_t count = 0;
    int result =
        sql_number(store, "SELECT count(*) FROM pragma_table_info('cases') WHERE name = :column",
                   SQL_VALUES(SQL_TEXT("column", case_column(field, column))), &count, error);
    *there = count > 0;
    return result;
}

/* Cases that were kept before there was such a field had its usual value. */
static int add_column(struct store *store, const struct case_field *field, struct error *error)
{
    char column[CASE_COLUMN_BYTES];
    struct bench_case usual = case_usual();
    struct case_value value = case_get(&usual, field);
    case_column(field, column);
    char *sql =
        value.word
            ? sqlite3_mprintf("ALTER TABLE cases ADD COLUMN %s TEXT NOT NULL DEFAULT %Q", column,
                              value.word)
            : sqlite3_mprintf("ALTER TABLE cases ADD COLUMN %s INTEGER NOT NULL DEFAULT %lld",
                              column, (long long)value.number);
    int result = sql_run(store, sql, error);
    sqlite3_free(sql);
    return result;
}

/* All in a new store; in an older one those that are not there yet. */
static int add_case_columns(struct store *store, struct error *error)
{
    int result = 0;
    for (const struct case_field *field = case_fields; field->name && result == 0; field++) {
        bool there;
        result = has_column(store, field, &there, error);
        if (result == 0 && !there)
            result = add_column(store, field, error);
    }
    return result;
}

static int finish(struct store *store, struct error *error)
{
    char mark[64];
    snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", STORE_SCHEMA_VERSION);
    return add_case_columns(store, error) < 0 || sql_run(store, store_views_sql, error) < 0
               ? -1
               : sql_run(store, mark, error);
}

int store_schema_create(struct store *store, struct error *error)
{
    return sql_run(store, store_schema_sql, error) < 0 ? -1 : finish(store, error);
}

int store_schema_is_old(struct store *store, bool *old, struct error *error)
{
    int64_t version = 0;
    int result = sql_number(store, "PRAGMA user_version", SQL_NOTHING, &version, error);
    *old = version >= STORE_SCHEMA_OLDEST && version < STORE_SCHEMA_VERSION;
    for (const struct case_field *field = case_fields;
         field->name && result == 0 && version == STORE_SCHEMA_VERSION; field++) {
        bool there;
        result = has_column(store, field, &there, error);
        *old |= !there;
    }
    return result;
}

int store_schema_update(struct store *store, struct error *error)
{
    static const char *const steps[STORE_SCHEMA_VERSION - STORE_SCHEMA_OLDEST] = {
        store_upgrade_9_sql, store_upgrade_10_sql, store_upgrade_11_sql};
    int64_t version = 0;
    bool old;
    int result = store_schema_is_old(store, &old, error);
    if (result < 0 || !old)
        return result;
    result = sql_number(store, "PRAGMA user_version", SQL_NOTHING, &version, error);
    if (result == 0)
        result = drop_views(store, error);
    for (; result == 0 && version < STORE_SCHEMA_VERSION; version++)
        result = sql_run(store, steps[version - STORE_SCHEMA_OLDEST], error);
    return result == 0 ? finish(store, error) : -1;
}
