#include "store_schema.h"

#include <stdio.h>
#include <string.h>

/* A file of SQL, in the program. */
#define EMBED(name, path)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".global " name "\n" name ":\n"                                                        \
            ".incbin \"bench/keep/" path "\"\n"                                                    \
            ".byte 0\n"                                                                            \
            ".previous\n")
EMBED("store_schema_sql", "schema.sql");
EMBED("store_upgrade_9_sql", "upgrade_9.sql");
EMBED("store_upgrade_10_sql", "upgrade_10.sql");
EMBED("store_upgrade_11_sql", "upgrade_11.sql");

/* Each makes the schema of its version from that of the one before. */
extern const char store_upgrade_9_sql[], store_upgrade_10_sql[], store_upgrade_11_sql[];

/* Views hold no data: they are all made again. */
static const char drop_views[] =
    "DROP VIEW all_runs; DROP VIEW run_figures; DROP VIEW request_figures;"
    "DROP VIEW ledger_figures; DROP VIEW blame_figures; DROP VIEW limit_figures;";

int store_schema_upgrade(struct store *store, int64_t version, struct error *error)
{
    static const char *const steps[STORE_SCHEMA_VERSION - STORE_SCHEMA_OLDEST] = {
        store_upgrade_9_sql, store_upgrade_10_sql, store_upgrade_11_sql};
    char mark[64];
    snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", STORE_SCHEMA_VERSION);
    int result = sql_run(store, drop_views, error);
    for (; result == 0 && version < STORE_SCHEMA_VERSION; version++)
        result = sql_run(store, steps[version - STORE_SCHEMA_OLDEST], error);
    if (result == 0)
        result = sql_run(store, strstr(store_schema_sql, "CREATE VIEW"), error);
    return result == 0 ? sql_run(store, mark, error) : -1;
}
