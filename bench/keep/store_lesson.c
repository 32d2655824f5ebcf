/* What a lesson found. */
#include "store.h"

#include "store_sql.h"

const char *const finding_names[] = {"HOLDS", "INCONCLUSIVE", "DOES NOT HOLD HERE", "", NULL};

static const char *const relation_names[] = {
    [AT_LEAST] = "at least", [AT_MOST] = "at most", [RELATION_NONE] = "", NULL};

static const struct column lesson_columns[] = {
    COLUMN("name", struct stored_lesson, name),
    COLUMN("verdict", struct stored_lesson, verdict),
    COLUMN("why", struct stored_lesson, why),
    {0},
};

static const struct column line_columns[] = {
    COLUMN("words", struct evidence_line, words),
    COLUMN("unit", struct evidence_line, unit),
    COLUMN("value", struct evidence_line, value),
    COLUMN("low", struct evidence_line, interval.low),
    COLUMN("high", struct evidence_line, interval.high),
    COLUMN("coverage", struct evidence_line, interval.coverage),
    COLUMN("runs", struct evidence_line, runs),
    COLUMN_WORD("relation", struct evidence_line, relation, relation_names),
    COLUMN("bound", struct evidence_line, bound),
    COLUMN_WORD("finding", struct evidence_line, finding, finding_names),
    {0},
};

int store_put_lesson(struct store *store, const char *id, const struct stored_lesson *lesson,
                     const struct evidence_line *lines, size_t n, struct error *error)
{
    if (sql_begin(store, error) < 0)
        return -1;
    int result = sql_insert_row(store, "INSERT OR REPLACE INTO lessons", lesson_columns, lesson,
                                SQL_VALUES(SQL_TEXT("campaign_id", id)), error);
    if (result == 0)
        result = sql_write(store, "DELETE FROM evidence WHERE campaign_id = :id",
                           SQL_VALUES(SQL_TEXT("id", id)), error);
    for (size_t i = 0; i < n && result == 0; i++)
        result = sql_insert_row(store, "INSERT INTO evidence", line_columns, &lines[i],
                                SQL_VALUES(SQL_TEXT("campaign_id", id), SQL_INTEGER("ordinal", i)),
                                error);
    return sql_end(store, result, error);
}

bool store_lesson(struct store *store, const char *id, struct stored_lesson *out)
{
    return sql_first(store, lesson_columns, "FROM lessons WHERE campaign_id = :id",
                     SQL_VALUES(SQL_TEXT("id", id)), out, NULL) > 0;
}

int store_evidence(struct store *store, const char *id, struct evidence_line **out, size_t *n,
                   struct error *error)
{
    return sql_collect(store, line_columns,
                       "FROM evidence WHERE campaign_id = :id ORDER BY ordinal",
                       SQL_VALUES(SQL_TEXT("id", id)), sizeof(**out), (void **)out, n, error);
}
