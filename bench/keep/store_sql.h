/* Between the store's own files: the connection, and SQL whose parameters and columns go by name.
 */
#ifndef WAITBENCH_STORE_SQL_H
#define WAITBENCH_STORE_SQL_H

#include <sqlite3.h>

#include "bench/base/member.h"
#include "lib/error.h"

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *insert; /* the last one, for rows that follow each other into one table */
    char *insert_into;
    int lock; /* of its folder, or -1 */
};

/* The value of parameter ":name", or of column "name". Lists of them are ended by {0}:
 * SQL_VALUES(SQL_INTEGER("id", id), SQL_TEXT("key", key)). */
struct sql_value {
    const char *name;
    int type; /* SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_NULL */
    int64_t integer;
    double real;
    const char *text;
};

#define SQL_VALUES(...)      ((const struct sql_value[]){__VA_ARGS__, {0}})
#define SQL_NOTHING          ((const struct sql_value[]){{0}})
#define SQL_INTEGER(name, n) ((struct sql_value){name, SQLITE_INTEGER, (int64_t)(n), 0, NULL})
#define SQL_REAL(name, x)    ((struct sql_value){name, SQLITE_FLOAT, 0, x, NULL})
#define SQL_TEXT(name, t)    ((struct sql_value){name, SQLITE_TEXT, 0, 0, t})
#define SQL_NULL(name)       ((struct sql_value){name, SQLITE_NULL, 0, 0, NULL})
/* NULL if the time is negative. */
#define SQL_TIME(name, t) ((t) < 0 ? SQL_NULL(name) : SQL_INTEGER(name, t))

/* Fill `error` from the connection; returns -1. */
int sql_error(struct store *store, const char *doing, struct error *error);

/* Run statements without parameters or rows. */
int sql_run(struct store *store, const char *sql, struct error *error);

/* Prepare a statement and bind its parameters. NULL on error. */
sqlite3_stmt *sql_query(struct store *store, const char *sql, const struct sql_value *values,
                        struct error *error);

/* Run a statement that gives no rows. */
int sql_write(struct store *store, const char *sql, const struct sql_value *values,
              struct error *error);

/* Add a row: `into` is such as "INSERT INTO runs", of which every row has the same columns.
 * sql_insert_row() takes them from a struct, and `more` besides. */
int sql_insert(struct store *store, const char *into, const struct sql_value *values,
               struct error *error);
int sql_insert_row(struct store *store, const char *into, const struct column *columns,
                   const void *row, const struct sql_value *more, struct error *error);

/* The rows of "SELECT <columns> <from>", as an array of structs of `size` bytes. The caller frees
 * `*out`, which is NULL where there are none. */
int sql_collect(struct store *store, const struct column *columns, const char *from,
                const struct sql_value *values, size_t size, void **out, size_t *n,
                struct error *error);

/* The same rows one after another, each read into `row` and given to `take`, which returns -1, with
 * the reason, to end it. Returns 0 or -1. */
int sql_each(struct store *store, const struct column *columns, const char *from,
             const struct sql_value *values, void *row,
             int (*take)(void *target, const void *row, struct error *error), void *target,
             struct error *error);

/* The first of them: 1, 0 where there is none, or -1. */
int sql_first(struct store *store, const struct column *columns, const char *from,
              const struct sql_value *values, void *row, struct error *error);

/* The one value that a query has. */
int sql_number(struct store *store, const char *sql, const struct sql_value *values, int64_t *out,
               struct error *error);
/* false, and "", where it has none; NULL is "". */
bool sql_text(struct store *store, const char *sql, const struct sql_value *values, char *out,
              size_t size);

/* Begin a transaction; end it, well (COMMIT) where `result` is 0 and else as if nothing had been.
 * Returns -1 where `result` is or the commit failed. */
int sql_begin(struct store *store, struct error *error);
int sql_end(struct store *store, int result, struct error *error);

/* "2026-11-22T16:33:52Z" */
void sql_iso_time(int64_t unix_ms, char *out, size_t size);

#endif
