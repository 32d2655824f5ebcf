/* Cases: their rows, by the table of their fields; what was predicted of them, and hyperfine's
 * account of them. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "store_sql.h"

/* ---- writing ---- */

int store_add_case(struct store *store, const char *id, size_t ordinal, struct bench_case *c,
                   struct error *error)
{
    struct sql_value values[CASE_FIELDS_MAX + 3] = {SQL_TEXT("campaign_id", id),
                                                    SQL_INTEGER("ordinal", ordinal)};
    for (size_t i = 0; case_fields[i].name; i++) {
        struct case_value value = case_get(c, &case_fields[i]);
        values[i + 2] = value.word ? SQL_TEXT(case_fields[i].name, value.word)
                                   : SQL_INTEGER(case_fields[i].name, value.number);
    }
    if (sql_insert(store, "INSERT INTO cases", values, error) < 0)
        return -1;
    c->id = sqlite3_last_insert_rowid(store->db);
    return 0;
}

int store_put_prediction(struct store *store, const struct bench_case *c, struct error *error)
{
    return sql_write(store, "UPDATE cases SET predicted_ns = :predicted WHERE case_id = :id",
                     SQL_VALUES(SQL_TIME("predicted", c->predicted), SQL_INTEGER("id", c->id)),
                     error);
}

/* Times are seconds; single times stay in hyperfine's file. */
int store_import_hyperfine(struct store *store, const char *json, struct error *error)
{
    int result = sql_write(
        store,
        "INSERT OR REPLACE INTO whole_processes (case_id, runs, median_s, min_s, max_s)"
        " SELECT CAST(json_extract(r.value, '$.command') AS INTEGER),"
        "  json_array_length(r.value, '$.times'), json_extract(r.value, '$.median'),"
        "  json_extract(r.value, '$.min'), json_extract(r.value, '$.max')"
        " FROM json_each(:json, '$.results') AS r WHERE NOT EXISTS"
        " (SELECT 1 FROM json_each(r.value, '$.exit_codes') AS code WHERE code.value IS NOT 0)",
        SQL_VALUES(SQL_TEXT("json", json)), error);
    return result < 0 ? -1 : sqlite3_changes(store->db);
}

bool store_case_failed(struct store *store, int64_t case_id)
{
    int64_t count;
    return sql_number(store,
                      "SELECT count(*) FROM runs WHERE case_id = :id AND quality = 'INVALID'",
                      SQL_VALUES(SQL_INTEGER("id", case_id)), &count, NULL) < 0 ||
           count > 0;
}

/* ---- reading ---- */

static int place_of(sqlite3_stmt *row, const char *column)
{
    int i = 0;
    while (strcmp(sqlite3_column_name(row, i), column) != 0)
        i++;
    return i;
}

static int take_field(sqlite3_stmt *row, const struct case_field *field, struct bench_case *c,
                      struct error *error)
{
    struct case_value value = {0};
    int place = place_of(row, field->name);
    if (sqlite3_column_type(row, place) == SQLITE_TEXT)
        value.word = (const char *)sqlite3_column_text(row, place);
    else
        value.number = sqlite3_column_int64(row, place);
    return case_set(c, field, value, error);
}

static int take_case(sqlite3_stmt *row, struct bench_case *c, struct error *error)
{
    int result = 0, predicted = place_of(row, "predicted_ns");
    *c = (struct bench_case){.id = sqlite3_column_int64(row, place_of(row, "case_id"))};
    c->predicted = sqlite3_column_type(row, predicted) == SQLITE_NULL
                       ? -1
                       : sqlite3_column_int64(row, predicted);
    for (const struct case_field *field = case_fields; field->name && result == 0; field++)
        result = take_field(row, field, c, error);
    if (result == 0 && !c->driver)
        result = error_set(error, "it has no driver's name");
    if (result == 0 && case_is_open(c) && !c->rate)
        result = error_set(error, "it has open arrivals and no rate");
    return result;
}

int store_cases(struct store *store, const char *campaign_id, struct bench_case **out, size_t *n,
                struct error *error)
{
    *out = NULL;
    *n = 0;
    sqlite3_stmt *query =
        sql_query(store, "SELECT * FROM cases WHERE campaign_id = :id ORDER BY ordinal",
                  SQL_VALUES(SQL_TEXT("id", campaign_id)), error);
    if (!query)
        return -1;
    int step = SQLITE_DONE, result = 0;
    while (result == 0 && (step = sqlite3_step(query)) == SQLITE_ROW) {
        *out = xrealloc(*out, *n + 1, sizeof(**out));
        result = take_case(query, &(*out)[(*n)++], error);
    }
    if (result < 0)
        error_prefix(error, "the store %s, a case of campaign %s", store->path, campaign_id);
    if (result == 0 && step != SQLITE_DONE)
        result = sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    if (result < 0) {
        free(*out);
        *out = NULL;
    }
    return result;
}

bool store_whole_process(struct store *store, int64_t case_id, struct stored_whole *out)
{
    static const struct column columns[] = {COLUMN("runs", struct stored_whole, runs),
                                            COLUMN("median_s", struct stored_whole, median_s),
                                            COLUMN("min_s", struct stored_whole, min_s),
                                            COLUMN("max_s", struct stored_whole, max_s),
                                            {0}};
    return sql_first(store, columns, "FROM whole_processes WHERE case_id = :id",
                     SQL_VALUES(SQL_INTEGER("id", case_id)), out, NULL) > 0;
}
