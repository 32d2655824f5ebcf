#include "store_sql.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/terminal.h"

enum { VALUES_MAX = 48 }; /* of one row */

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

static void bind_value(sqlite3_stmt *statement, int index, const struct sql_value *value)
{
    switch (value->type) {
    case SQLITE_INTEGER: sqlite3_bind_int64(statement, index, value->integer); break;
    case SQLITE_FLOAT: sqlite3_bind_double(statement, index, value->real); break;
    case SQLITE_TEXT: sqlite3_bind_text(statement, index, value->text, -1, SQLITE_TRANSIENT); break;
    default: sqlite3_bind_null(statement, index);
    }
}

/* A name that the statement has not is a mistake of ours. */
static void bind_all(sqlite3_stmt *statement, const struct sql_value *values)
{
    for (; values->name; values++) {
        char parameter[64];
        snprintf(parameter, sizeof(parameter), ":%s", values->name);
        int index = sqlite3_bind_parameter_index(statement, parameter);
        if (index == 0)
            abort();
        bind_value(statement, index, values);
    }
}

static sqlite3_stmt *prepare(struct store *store, const char *sql, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (!sql || sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        sql_error(store, "cannot be read", error);
    return statement;
}

sqlite3_stmt *sql_query(struct store *store, const char *sql, const struct sql_value *values,
                        struct error *error)
{
    sqlite3_stmt *statement = prepare(store, sql, error);
    if (statement)
        bind_all(statement, values);
    return statement;
}

static int step_write(struct store *store, sqlite3_stmt *statement, struct error *error)
{
    return sqlite3_step(statement) == SQLITE_DONE ? 0
                                                  : sql_error(store, "cannot be written", error);
}

int sql_write(struct store *store, const char *sql, const struct sql_value *values,
              struct error *error)
{
    sqlite3_stmt *statement = sql_query(store, sql, values, error);
    int result = statement ? step_write(store, statement, error) : -1;
    sqlite3_finalize(statement);
    return result;
}

/* ---- adding rows ---- */

/* "INSERT INTO table (a, b) VALUES (:a, :b)" */
static sqlite3_stmt *prepare_insert(struct store *store, const char *into,
                                    const struct sql_value *values, struct error *error)
{
    sqlite3_str *text = sqlite3_str_new(store->db);
    sqlite3_str_appendf(text, "%s (", into);
    for (const struct sql_value *value = values; value->name; value++)
        sqlite3_str_appendf(text, "%s%s", value == values ? "" : ", ", value->name);
    sqlite3_str_appendf(text, ") VALUES (");
    for (const struct sql_value *value = values; value->name; value++)
        sqlite3_str_appendf(text, "%s:%s", value == values ? "" : ", ", value->name);
    sqlite3_str_appendf(text, ")");
    char *sql = sqlite3_str_finish(text);
    sqlite3_stmt *statement = prepare(store, sql, error);
    sqlite3_free(sql);
    return statement;
}

int sql_insert(struct store *store, const char *into, const struct sql_value *values,
               struct error *error)
{
    if (!store->insert || strcmp(store->insert_into, into) != 0) {
        sqlite3_finalize(store->insert);
        store->insert = prepare_insert(store, into, values, error);
        free(store->insert_into);
        store->insert_into = strdup(into);
    }
    if (!store->insert)
        return -1;
    /* The statement has the parameters in their order: to find each in every row costs too much. */
    for (int i = 0; values[i].name; i++)
        bind_value(store->insert, i + 1, &values[i]);
    int result = step_write(store, store->insert, error);
    sqlite3_reset(store->insert);
    return result;
}

static struct sql_value value_of(const struct column *column, const void *row)
{
    const struct member *member = &column->member;
    const void *place = member_in(member, row);
    struct sql_value value = {.name = column->name, .type = SQLITE_TEXT};
    switch (member->type) {
    case MEMBER_TEXT: value.text = place; break;
    case MEMBER_WORD: value.text = *(const char *const *)place; break;
    case MEMBER_REAL:
        value.type = SQLITE_FLOAT; /* SQLite makes NULL of NAN */
        value.real = *(const double *)place;
        break;
    default:
        value.integer = member_integer(member, row);
        value.type = SQLITE_INTEGER;
        if (column->words) {
            value.type = SQLITE_TEXT;
            value.text = column->words[value.integer];
        } else if (column->nullable && value.integer == column->null) {
            value.type = SQLITE_NULL;
        }
    }
    return value;
}

int sql_insert_row(struct store *store, const char *into, const struct column *columns,
                   const void *row, const struct sql_value *more, struct error *error)
{
    struct sql_value values[VALUES_MAX + 1] = {{0}};
    size_t n = 0;
    for (; more->name && n < VALUES_MAX; more++)
        values[n++] = *more;
    for (; columns->name && n < VALUES_MAX; columns++)
        values[n++] = value_of(columns, row);
    if (more->name || columns->name)
        abort(); /* raise VALUES_MAX */
    return sql_insert(store, into, values, error);
}

/* ---- reading rows ---- */

/* "SELECT <columns> <from>" */
static sqlite3_stmt *select_rows(struct store *store, const struct column *columns,
                                 const char *from, const struct sql_value *values,
                                 struct error *error)
{
    sqlite3_str *text = sqlite3_str_new(store->db);
    for (const struct column *column = columns; column->name; column++)
        sqlite3_str_appendf(text, "%s %s", column == columns ? "SELECT" : ",", column->name);
    sqlite3_str_appendf(text, " %s", from);
    char *sql = sqlite3_str_finish(text);
    sqlite3_stmt *query = sql_query(store, sql, values, error);
    sqlite3_free(sql);
    return query;
}

static void copy_text(sqlite3_stmt *statement, int index, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, index);
    snprintf(out, size, "%s", text ? text : "");
    text_defuse(out);
}

static int64_t word_index(const char *const *words, const char *word)
{
    int64_t i = 0;
    while (words[i + 1] && (!word || strcmp(words[i], word) != 0))
        i++;
    return i;
}

static void take_value(sqlite3_stmt *statement, int index, const struct column *column, void *row)
{
    const struct member *member = &column->member;
    bool is_null = sqlite3_column_type(statement, index) == SQLITE_NULL;
    switch (member->type) {
    case MEMBER_TEXT: copy_text(statement, index, member_of(member, row), member->size); break;
    case MEMBER_REAL:
        *(double *)member_of(member, row) = is_null ? NAN : sqlite3_column_double(statement, index);
        break;
    default:
        member_set_integer(
            member, row,
            column->words
                ? word_index(column->words, (const char *)sqlite3_column_text(statement, index))
            : is_null ? column->null
                      : sqlite3_column_int64(statement, index));
    }
}

/* Fill those members of `row` that have a column. Returns 1, 0 behind the last row, or -1. */
static int next_row(struct store *store, sqlite3_stmt *query, const struct column *columns,
                    void *row, struct error *error)
{
    int step = query ? sqlite3_step(query) : SQLITE_ERROR;
    if (step != SQLITE_ROW)
        return step == SQLITE_DONE ? 0 : query ? sql_error(store, "cannot be read", error) : -1;
    /* The statement has the columns in their order. */
    for (int i = 0; columns[i].name; i++)
        take_value(query, i, &columns[i], row);
    return 1;
}

int sql_collect(struct store *store, const struct column *columns, const char *from,
                const struct sql_value *values, size_t size, void **out, size_t *n,
                struct error *error)
{
    sqlite3_stmt *query = select_rows(store, columns, from, values, error);
    char *rows = xcalloc(1, size);
    int result;
    for (*n = 0; (result = next_row(store, query, columns, rows + *n * size, error)) > 0;) {
        rows = xrealloc(rows, ++*n + 1, size);
        memset(rows + *n * size, 0, size);
    }
    sqlite3_finalize(query);
    if (result < 0)
        *n = 0;
    if (*n == 0) {
        free(rows);
        rows = NULL;
    }
    *out = rows;
    return result;
}

int sql_each(struct store *store, const struct column *columns, const char *from,
             const struct sql_value *values, void *row,
             int (*take)(void *target, const void *row, struct error *error), void *target,
             struct error *error)
{
    sqlite3_stmt *query = select_rows(store, columns, from, values, error);
    int result;
    while ((result = next_row(store, query, columns, row, error)) > 0)
        if (take(target, row, error) < 0) {
            result = -1;
            break;
        }
    sqlite3_finalize(query);
    return result;
}

int sql_first(struct store *store, const struct column *columns, const char *from,
              const struct sql_value *values, void *row, struct error *error)
{
    sqlite3_stmt *query = select_rows(store, columns, from, values, error);
    int result = next_row(store, query, columns, row, error);
    sqlite3_finalize(query);
    return result;
}

int sql_number(struct store *store, const char *sql, const struct sql_value *values, int64_t *out,
               struct error *error)
{
    sqlite3_stmt *query = sql_query(store, sql, values, error);
    if (!query)
        return -1;
    int result = 0;
    if (sqlite3_step(query) == SQLITE_ROW)
        *out = sqlite3_column_int64(query, 0);
    else
        result = sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    return result;
}

bool sql_text(struct store *store, const char *sql, const struct sql_value *values, char *out,
              size_t size)
{
    sqlite3_stmt *query = sql_query(store, sql, values, NULL);
    bool found = query && sqlite3_step(query) == SQLITE_ROW;
    out[0] = '\0';
    if (found)
        copy_text(query, 0, out, size);
    sqlite3_finalize(query);
    return found;
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
