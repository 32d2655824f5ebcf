/* Reading the store: what hangs on the runs of one case. */
#include "store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/histogram.h"
#include "store_sql.h"

static bool find_metric(sqlite3_stmt *row, enum usage_side *side, enum usage_metric *metric)
{
    const char *side_name = (const char *)sqlite3_column_text(row, 0);
    const char *metric_name = (const char *)sqlite3_column_text(row, 1);
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_METRICS; m++)
            if (!strcmp(usage_side_name((enum usage_side)s), side_name) &&
                !strcmp(usage_name((enum usage_metric)m), metric_name)) {
                *side = (enum usage_side)s;
                *metric = (enum usage_metric)m;
                return true;
            }
    return false;
}

int store_case_usage(struct store *store, int64_t case_id,
                     void (*tell)(void *target, unsigned block, enum usage_side side,
                                  enum usage_metric metric, int64_t value),
                     void *target, struct error *error)
{
    sqlite3_stmt *query = sql_query(
        store, error,
        "SELECT l.side, l.metric, l.value, r.block FROM usage l JOIN runs r ON r.id = l.run_id"
        " WHERE r.case_id = ? AND r.quality <> 'INVALID' AND l.value IS NOT NULL",
        "i", case_id);
    if (!query)
        return -1;
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        enum usage_side side;
        enum usage_metric metric;
        if (find_metric(query, &side, &metric))
            tell(target, (unsigned)sqlite3_column_int(query, 3), side, metric,
                 sqlite3_column_int64(query, 2));
    }
    int result = step == SQLITE_DONE ? 0 : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    return result;
}

int store_case_breakdown(struct store *store, int64_t case_id, double mean_s[BREAKDOWN_PHASES],
                         struct error *error)
{
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        mean_s[p] = NAN;
    sqlite3_stmt *query = sql_query(
        store, error,
        "SELECT ordinal, mean_ns / 1e9 FROM breakdown WHERE run_id = (SELECT id FROM runs"
        " WHERE case_id = ?1 AND quality <> 'INVALID' ORDER BY makespan_ns, id LIMIT 1 OFFSET"
        " (SELECT (count(*) - 1) / 2 FROM runs WHERE case_id = ?1 AND quality <> 'INVALID'))",
        "i", case_id);
    if (!query)
        return -1;
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        int phase = sqlite3_column_int(query, 0);
        if (phase >= 0 && phase < BREAKDOWN_PHASES)
            mean_s[phase] = sqlite3_column_double(query, 1);
    }
    int result = step == SQLITE_DONE ? 0 : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    return result;
}

int store_case_histogram(struct store *store, int64_t case_id, struct histogram *into,
                         struct error *error)
{
    sqlite3_stmt *query = sql_query(
        store, error, "SELECT histogram FROM runs WHERE case_id = ? AND quality <> 'INVALID'", "i",
        case_id);
    struct histogram *one = xcalloc(1, sizeof(*one));
    int step = SQLITE_ERROR, result = query ? 0 : -1;
    while (result == 0 && (step = sqlite3_step(query)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(query, 0);
        result = histogram_from_text(text, one, error);
        if (result == 0)
            result = histogram_merge(into, one, error);
    }
    if (result == 0 && step != SQLITE_DONE)
        result = sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    free(one);
    return result;
}

int store_case_samples(struct store *store, int64_t case_id,
                       void (*tell)(void *target, unsigned block,
                                    const struct stored_sample *sample),
                       void *target, struct error *error)
{
    sqlite3_stmt *query =
        sql_query(store, error,
                  "SELECT r.block, s.request, s.outcome = 'ok', s.slot, s.start_ns, "
                  "s.first_byte_ns, s.end_ns,"
                  " s.delay_ns, s.overshoot_ns FROM samples s JOIN runs r ON r.id = s.run_id"
                  " WHERE r.case_id = ? AND r.quality <> 'INVALID' ORDER BY r.block, s.request",
                  "i", case_id);
    if (!query)
        return -1;
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        struct stored_sample sample = {
            .request = (size_t)sqlite3_column_int64(query, 1),
            .ok = sqlite3_column_int(query, 2) != 0,
            .slot = (uint32_t)sqlite3_column_int64(query, 3),
            .start = sqlite3_column_int64(query, 4),
            .first_byte = sql_integer(query, 5, -1),
            .end = sql_integer(query, 6, -1),
            .delay = sql_integer(query, 7, -1),
            .overshoot = sql_integer(query, 8, -1),
        };
        tell(target, (unsigned)sqlite3_column_int(query, 0), &sample);
    }
    int result = step == SQLITE_DONE ? 0 : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    return result;
}
