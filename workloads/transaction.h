/* A transaction as a scope: begun where it is declared, committed by transaction_commit(), and
 * rolled back where the scope is left before that, however it is left. When the process dies in
 * the middle, the database finds the half transaction at its next opening and rolls it back.
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
    bool open; /* begun, and neither committed nor rolled back */
};

/* Begin one that writes: whoever else writes is waited for, as long as the connection's busy
 * timeout says. `open` is false where it could not be begun; sqlite3_errcode(db) says why. */
struct transaction transaction_begin(sqlite3 *db);

/* Keep what was done. Returns 0, or -1 where it could not be; then it is still open, and the end of
 * the scope rolls it back. */
int transaction_commit(struct transaction *transaction);

/* Roll back what was not committed: what the end of the scope calls. */
void transaction_leave(struct transaction *transaction);

#define TRANSACTION(name, db)                                                                      \
    __attribute__((cleanup(transaction_leave))) struct transaction name = transaction_begin(db)

#endif
