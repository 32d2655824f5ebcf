#include "store_sql.h"

#include <stdlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int sql_error(struct store *store, const char *doing, struct error *error)
{
    const char *advice = "";
    switch (sqlite3_errcode(store->db)) {
    case SQLITE_FULL: advice = "; free some space: what was recorded before is kept"; break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: advice = "; choose another folder with --results"; break;
    case SQLITE_BUSY: advice = "; another waitbench is writing to it: wait for it to end"; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: advice = "; move it away, and a new one is made"; break;
    default: break;
    }
    return error_set(error, "the store %s: %s: %s%s", store->path, doing, sqlite3_errmsg(store->db),
                     advice);
}

int sql_run(struct store *store, const char *sql, struct error *error)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sql_error(store, "cannot be used", error);
    return 0;
}

static void bind_nullable(sqlite3_stmt *statement, int index, int64_t value, int64_t least)
{
    if (value < least)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_int64(statement, index, value);
}

static void bind_all(sqlite3_stmt *statement, const char *letters, va_list args)
{
    for (int i = 1; *letters; letters++, i++)
        switch (*letters) {
        case 'i': sqlite3_bind_int64(statement, i, va_arg(args, int64_t)); break;
        case 'n': bind_nullable(statement, i, va_arg(args, int64_t), 0); break;
        case 'm': bind_nullable(statement, i, va_arg(args, int64_t), INT64_MIN + 1); break;
        case 'd': sqlite3_bind_double(statement, i, va_arg(args, double)); break;
        case 's':
            sqlite3_bind_text(statement, i, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
            break;
        }
}

void sql_bind(sqlite3_stmt *statement, const char *letters, ...)
{
    va_list args;
    va_start(args, letters);
    bind_all(statement, letters, args);
    va_end(args);
}

sqlite3_stmt *sql_query(struct store *store, struct error *error, const char *sql,
                        const char *letters, ...)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        sql_error(store, "cannot be asked", error);
        return NULL;
    }
    va_list args;
    va_start(args, letters);
    bind_all(statement, letters, args);
    va_end(args);
    return statement;
}

int sql_finish(struct store *store, sqlite3_stmt *statement, struct error *error)
{
    if (!statement)
        return -1;
    int result =
        sqlite3_step(statement) == SQLITE_DONE ? 0 : sql_error(store, "cannot be written", error);
    sqlite3_finalize(statement);
    return result;
}

int sql_repeat(struct store *store, sqlite3_stmt *statement, struct error *error)
{
    int result =
        sqlite3_step(statement) == SQLITE_DONE ? 0 : sql_error(store, "cannot be written", error);
    sqlite3_reset(statement);
    return result;
}

void sql_text(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text ? text : "");
}

int64_t sql_integer(sqlite3_stmt *statement, int column, int64_t missing)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return missing;
    return sqlite3_column_int64(statement, column);
}

int sql_begin(struct store *store, struct error *error)
{
    return sql_run(store, "BEGIN IMMEDIATE", error);
}

int sql_end(struct store *store, int result, struct error *error)
{
    if (result == 0)
        result = sql_run(store, "COMMIT", error);
    if (result < 0)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

void sql_iso_time(int64_t unix_ms, char *out, size_t size)
{
    time_t seconds = unix_ms / 1000;
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

int sql_collect(struct store *store, sqlite3_stmt *query, size_t size,
                void (*take)(sqlite3_stmt *, void *), void **out, size_t *n, struct error *error)
{
    *out = NULL;
    *n = 0;
    if (!query)
        return -1;
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        *out = xrealloc(*out, *n + 1, size);
        void *element = (char *)*out + *n * size;
        memset(element, 0, size);
        take(query, element);
        (*n)++;
    }
    int result = step == SQLITE_DONE ? 0 : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    if (result < 0) {
        free(*out);
        *out = NULL;
    }
    return result;
}
