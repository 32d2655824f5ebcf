/* A transaction as a scope: begun where it is declared, committed by transaction_commit(), and
 * rolled back if the scope is left before that. If the process dies in the middle, SQLite rolls it
 * back when the database is opened next.
 *
 *     TRANSACTION(t, db);
 *     if (!t.open || insert(db) < 0)
 *         return -1;                 // rolled back
 *     return transaction_commit(&t); // or kept */
#ifndef WAITBENCH_TRANSACTION_H
#define WAITBENCH_TRANSACTION_H

#include <sqlite3.h>
#include <stdbool.h>

struct transaction {
    sqlite3 *db;
    bool open; /* begun, not yet committed or rolled back */
};

/* Begin a write transaction; waits for other writers up to the connection's busy timeout. `open` is
 * false if it failed; sqlite3_errcode(db) has the cause. */
struct transaction transaction_begin(sqlite3 *db);

/* Commit. Returns 0, or -1 on failure; then it is still open, and the end of the scope rolls it
 * back. */
int transaction_commit(struct transaction *transaction);

/* Roll back unless committed; called at the end of the scope. */
void transaction_leave(struct transaction *transaction);

#define TRANSACTION(name, db)                                                                      \
    __attribute__((cleanup(transaction_leave))) struct transaction name = transaction_begin(db)

#endif
