#include "store_schema.h"

#include <stdio.h>
#include <string.h>

/* schema.sql, in the program. */
__asm__(".section .rodata\n"
        ".global store_schema_sql\n"
        "store_schema_sql:\n"
        ".incbin \"bench/keep/schema.sql\"\n"
        ".byte 0\n"
        ".previous\n");

/* Version 8 did not tell a lesson's cases apart. */
static const char from_8_to_9[] = "ALTER TABLE cases ADD COLUMN role TEXT NOT NULL DEFAULT '';";

/* Version 9 did not keep when the answers were there. The samples know, where they were kept; other
 * runs are left with NULL. */
static const char from_9_to_10[] =
    "ALTER TABLE runs ADD COLUMN first_answer_ns INTEGER;"
    "ALTER TABLE runs ADD COLUMN half_answered_ns INTEGER;"
    "ALTER TABLE runs ADD COLUMN most_answered_ns INTEGER;"
    "ALTER TABLE runs ADD COLUMN last_answer_ns INTEGER;"
    "WITH answers AS (SELECT run_id, end_ns,"
    "  row_number() OVER (PARTITION BY run_id ORDER BY end_ns) AS nth,"
    "  count(*) OVER (PARTITION BY run_id) AS n FROM samples WHERE outcome = 'ok'),"
    " times AS (SELECT run_id, min(end_ns) AS first, max(end_ns) AS last,"
    "  max(iif(nth = (n + 1) / 2, end_ns, NULL)) AS half,"
    "  max(iif(nth = (9 * n + 9) / 10, end_ns, NULL)) AS most FROM answers GROUP BY run_id)"
    " UPDATE runs SET first_answer_ns = first, half_answered_ns = half, most_answered_ns = most,"
    "  last_answer_ns = last FROM times WHERE times.run_id = runs.id;";

/* Views hold no data: they are all made again. */
static const char drop_views[] =
    "DROP VIEW all_runs; DROP VIEW run_figures; DROP VIEW request_figures;"
    "DROP VIEW ledger_figures; DROP VIEW blame_figures; DROP VIEW limit_figures;";

int store_schema_upgrade(struct store *store, int64_t version, struct error *error)
{
    static const char *const steps[STORE_SCHEMA_VERSION - STORE_SCHEMA_OLDEST] = {from_8_to_9,
                                                                                  from_9_to_10};
    char mark[64];
    snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", STORE_SCHEMA_VERSION);
    int result = sql_run(store, drop_views, error);
    for (; result == 0 && version < STORE_SCHEMA_VERSION; version++)
        result = sql_run(store, steps[version - STORE_SCHEMA_OLDEST], error);
    if (result == 0)
        result = sql_run(store, strstr(store_schema_sql, "CREATE VIEW"), error);
    return result == 0 ? sql_run(store, mark, error) : -1;
}
