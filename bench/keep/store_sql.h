/* Between the store's own files: the connection, and a shorter way to say SQLite's calls. */
#ifndef WAITBENCH_STORE_SQL_H
#define WAITBENCH_STORE_SQL_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct store {
    sqlite3 *db;
    char *path;
};

/* Fill `error` from the connection; returns -1. */
int sql_error(struct store *store, const char *doing, struct error *error);

/* Run statements without parameters or rows. */
int sql_run(struct store *store, const char *sql, struct error *error);

/* Prepare a statement and bind its parameters in order, by a letter each: i (int64_t), d (double),
 * s (const char *), n (int64_t, negative becomes NULL), m (int64_t, INT64_MIN becomes NULL).
 * NULL on error. */
sqlite3_stmt *sql_query(struct store *store, struct error *error, const char *sql,
                        const char *letters, ...);

/* Bind again, from the first parameter, a statement that is kept. */
void sql_bind(sqlite3_stmt *statement, const char *letters, ...);

/* Step a statement that gives no rows, then finalize it. */
int sql_finish(struct store *store, sqlite3_stmt *statement, struct error *error);

/* Step a statement that gives no rows and make it ready to be bound again. */
int sql_repeat(struct store *store, sqlite3_stmt *statement, struct error *error);

/* Begin a transaction; end it, well (COMMIT) where `result` is 0 and else as if nothing had been.
 * Returns -1 where `result` is or the commit failed. */
int sql_begin(struct store *store, struct error *error);
int sql_end(struct store *store, int result, struct error *error);

/* "2026-11-22T16:33:52Z" */
void sql_iso_time(int64_t unix_ms, char *out, size_t size);

/* A column's text, never NULL, cut to `size`. */
void sql_text(sqlite3_stmt *statement, int column, char *out, size_t size);

/* A column's integer, or `missing` for NULL. */
int64_t sql_integer(sqlite3_stmt *statement, int column, int64_t missing);

/* All rows of a query (finalized; NULL is an error already filled) as an array, an element of
 * `size` zeroed bytes each, which `take` fills. The caller frees `*out`. Returns 0 or -1. */
int sql_collect(struct store *store, sqlite3_stmt *query, size_t size,
                void (*take)(sqlite3_stmt *row, void *element), void **out, size_t *n,
                struct error *error);

#endif
