/* Keeping what a lesson found. */
#include "store.h"

#include <math.h>

#include "evidence.h"
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
