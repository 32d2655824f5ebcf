#include "transaction.h"

#include <stddef.h>

struct transaction transaction_begin(sqlite3 *db)
{
    /* IMMEDIATE takes the write lock now. Taken later, inside the transaction, waiting for it would
     * fail with SQLITE_BUSY. */
    bool open = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
    return (struct transaction){db, open};
}

int transaction_commit(struct transaction *transaction)
{
    if (!transaction->open ||
        sqlite3_exec(transaction->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return -1;
    transaction->open = false;
    return 0;
}

void transaction_leave(struct transaction *transaction)
{
    if (transaction->open)
        sqlite3_exec(transaction->db, "ROLLBACK", NULL, NULL, NULL);
    transaction->open = false;
}
