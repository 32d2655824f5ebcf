/* Keeping what a lesson found. */
#include "store.h"

#include <math.h>
#include <string.h>

#include "evidence_line.h"
#include "store_sql.h"

static int add_line(struct store *store, const char *id, size_t ordinal,
                    const struct evidence_line *line, struct error *error)
{
    static const char *const relations[] = {[AT_LEAST] = "at least", [AT_MOST] = "at most"};
    return sql_finish(store,
                      sql_query(store, error,
                                "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                "sissdddisds", id, (int64_t)ordinal, line->words, line->unit,
                                line->value, line->low, line->high, (int64_t)line->runs,
                                isnan(line->bound) ? "" : relations[line->relation], line->bound,
                                finding_name(line->finding)),
                      error);
}

int store_put_lesson(struct store *store, const char *id, const struct stored_lesson *lesson,
                     const struct evidence_line *lines, size_t n, struct error *error)
{
    if (sql_begin(store, error) < 0)
        return -1;
    int result =
        sql_finish(store,
                   sql_query(store, error, "INSERT OR REPLACE INTO lessons VALUES (?, ?, ?, ?)",
                             "ssss", id, lesson->name, lesson->verdict, lesson->why),
                   error);
    if (result == 0)
        result = sql_finish(
            store, sql_query(store, error, "DELETE FROM evidence WHERE campaign_id = ?", "s", id),
            error);
    for (size_t i = 0; i < n && result == 0; i++)
        result = add_line(store, id, i, &lines[i], error);
    return sql_end(store, result, error);
}

bool store_lesson(struct store *store, const char *id, struct stored_lesson *out)
{
    sqlite3_stmt *query = sql_query(
        store, NULL, "SELECT name, verdict, why FROM lessons WHERE campaign_id = ?", "s", id);
    bool found = query && sqlite3_step(query) == SQLITE_ROW;
    if (found) {
        sql_text(query, 0, out->name, sizeof(out->name));
        sql_text(query, 1, out->verdict, sizeof(out->verdict));
        sql_text(query, 2, out->why, sizeof(out->why));
    }
    sqlite3_finalize(query);
    return found;
}

static double number_or_nan(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN
                                                           : sqlite3_column_double(row, column);
}

static void take_line(sqlite3_stmt *row, void *element)
{
    struct evidence_line *line = element;
    char word[STORE_NAME_BYTES];
    sql_text(row, 0, line->words, sizeof(line->words));
    sql_text(row, 1, line->unit, sizeof(line->unit));
    line->value = number_or_nan(row, 2);
    line->low = number_or_nan(row, 3);
    line->high = number_or_nan(row, 4);
    line->runs = (size_t)sqlite3_column_int64(row, 5);
    sql_text(row, 6, word, sizeof(word));
    line->relation = strcmp(word, "at most") ? AT_LEAST : AT_MOST;
    line->bound = number_or_nan(row, 7);
    sql_text(row, 8, word, sizeof(word));
    line->finding = FINDING_SHOWN;
    for (int f = 0; f < FINDING_SHOWN; f++)
        if (!strcmp(word, finding_name((enum finding)f)))
            line->finding = (enum finding)f;
}

int store_evidence(struct store *store, const char *id, struct evidence_line **out, size_t *n,
                   struct error *error)
{
    sqlite3_stmt *query =
        sql_query(store, error,
                  "SELECT words, unit, value, low, high, runs, relation, bound, finding"
                  " FROM evidence WHERE campaign_id = ? ORDER BY ordinal",
                  "s", id);
    return sql_collect(store, query, sizeof(**out), take_line, (void **)out, n, error);
}
