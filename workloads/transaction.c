#include "transaction.h"

#include <stddef.h>

struct transaction transaction_begin(sqlite3 *db)
{
    /* IMMEDIATE: the right to write is taken now, not in the middle, where waiting for it could
     * only fail. */
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
