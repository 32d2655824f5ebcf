/* Keeping and reading what `waitbench limits` found out. */
#include "store.h"

#include <math.h>
#include <string.h>

#include "limits_row.h"
#include "store_sql.h"

/* 0 is "none" of a C: NULL in the store. */
static int64_t or_null(unsigned concurrency)
{
    return concurrency ? (int64_t)concurrency : -1;
}

int store_put_limits(struct store *store, const char *id, size_t ordinal,
                     const struct limits_row *row, struct error *error)
{
    const struct limits_costs *costs = &row->costs;
    return sql_finish(
        store,
        sql_query(
            store, error,
            "INSERT OR REPLACE INTO limits (campaign_id, ordinal, driver, share, capacity,"
            " capacity_efficiency, worked, in_flight, server_in_flight, client_bytes, peak_bytes,"
            " server_bytes, socket_bytes, machine_bytes, client_cpu_ns, server_cpu_ns, noise,"
            " ended, ended_at, ended_efficiency, errnum, limit_name, limit_value, reason,"
            " advice) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " ?, ?, ?, ?)",
            "sisdndnnndddddddssndisnss", id, (int64_t)ordinal, row->driver, row->share,
            or_null(row->capacity), row->capacity_efficiency, or_null(row->worked),
            costs->in_flight, costs->server_in_flight, costs->client_bytes, costs->peak_bytes,
            costs->server_bytes, costs->socket_bytes, costs->machine_bytes, costs->client_cpu_ns,
            costs->server_cpu_ns, row->noise, limits_end_name(row->end), or_null(row->ended_at),
            row->ended_efficiency, (int64_t)row->errnum, row->limit.name, row->limit.value,
            row->reason, row->limit.advice),
        error);
}

static double real_or_nan(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN
                                                           : sqlite3_column_double(row, column);
}

static void take_row(sqlite3_stmt *from, struct limits_row *row)
{
    char ended[STORE_NAME_BYTES];
    struct limits_costs *costs = &row->costs;
    *row = (struct limits_row){0};
    sql_text(from, 0, row->driver, sizeof(row->driver));
    row->share = sqlite3_column_double(from, 1);
    row->capacity = (unsigned)sql_integer(from, 2, 0);
    row->capacity_efficiency = real_or_nan(from, 3);
    row->worked = (unsigned)sql_integer(from, 4, 0);
    costs->in_flight = sql_integer(from, 5, -1);
    costs->server_in_flight = sql_integer(from, 6, -1);
    costs->client_bytes = real_or_nan(from, 7);
    costs->peak_bytes = real_or_nan(from, 8);
    costs->server_bytes = real_or_nan(from, 9);
    costs->socket_bytes = real_or_nan(from, 10);
    costs->machine_bytes = real_or_nan(from, 11);
    costs->client_cpu_ns = real_or_nan(from, 12);
    costs->server_cpu_ns = real_or_nan(from, 13);
    sql_text(from, 14, row->noise, sizeof(row->noise));
    sql_text(from, 15, ended, sizeof(ended));
    row->end = limits_end_parse(ended);
    row->ended_at = (unsigned)sql_integer(from, 16, 0);
    row->ended_efficiency = real_or_nan(from, 17);
    row->errnum = sqlite3_column_int(from, 18);
    sql_text(from, 19, row->limit.name, sizeof(row->limit.name));
    row->limit.value = sql_integer(from, 20, -1);
    sql_text(from, 21, row->reason, sizeof(row->reason));
    sql_text(from, 22, row->limit.advice, sizeof(row->limit.advice));
}

int store_limits(struct store *store, const char *campaign_id, struct limits_row **out, size_t *n,
                 struct error *error)
{
    *out = NULL;
    *n = 0;
    sqlite3_stmt *query = sql_query(
        store, error,
        "SELECT driver, share, capacity, capacity_efficiency, worked, in_flight, server_in_flight,"
        " client_bytes, peak_bytes, server_bytes, socket_bytes, machine_bytes, client_cpu_ns,"
        " server_cpu_ns, noise, ended, ended_at, ended_efficiency, errnum, limit_name,"
        " limit_value, reason, advice FROM limits WHERE campaign_id = ? ORDER BY ordinal",
        "s", campaign_id);
    if (!query)
        return -1;
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        *out = xrealloc(*out, *n + 1, sizeof(**out));
        take_row(query, &(*out)[(*n)++]);
    }
    int result = step == SQLITE_DONE ? 0 : sql_error(store, "cannot be read", error);
    sqlite3_finalize(query);
    return result;
}
