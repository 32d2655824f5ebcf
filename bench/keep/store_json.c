#include "store_json.h"

#include "store_sql.h"

int store_json_each(struct store *store, const char *json,
                    void (*take)(void *target, const char *key, const char *value), void *target,
                    struct error *error)
{
    sqlite3_stmt *query = sql_query(store, "SELECT key, value FROM json_each(:json)",
                                    SQL_VALUES(SQL_TEXT("json", json)), error);
    if (!query)
        return -1;
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(query, 0);
        take(target, key ? key : "", (const char *)sqlite3_column_text(query, 1));
    }
    int result = step == SQLITE_DONE ? 0 : error_set(error, "%s", sqlite3_errmsg(store->db));
    sqlite3_finalize(query);
    return result;
}
