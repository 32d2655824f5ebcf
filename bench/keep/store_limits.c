/* What `waitbench limits` found out. */
#include "store.h"

#include "store_sql.h"

const char *const limits_end_names[] = {[LIMITS_RAMPING] = "ramping",
                                        [LIMITS_TOP] = "top",
                                        [LIMITS_SLOW] = "slow",
                                        [LIMITS_FAILED] = "failed",
                                        [LIMITS_OWN] = "own",
                                        [LIMITS_MEMORY] = "memory",
                                        [LIMITS_TIME] = "time",
                                        [LIMITS_INTERRUPTED] = "interrupted",
                                        [LIMITS_UNUSABLE] = "unusable",
                                        [LIMITS_INVALID] = "invalid",
                                        NULL};

static const struct column limit_columns[] = {
    COLUMN("driver", struct limits_row, driver),
    COLUMN("share", struct limits_row, share),
    COLUMN_OR_NULL("capacity", struct limits_row, capacity, 0),
    COLUMN("capacity_efficiency", struct limits_row, best.efficiency),
    COLUMN_OR_NULL("worked", struct limits_row, worked, 0),
    COLUMN_OR_NULL("in_flight", struct limits_row, best.costs.in_flight, -1),
    COLUMN_OR_NULL("server_in_flight", struct limits_row, best.costs.server_in_flight, -1),
    COLUMN("client_bytes", struct limits_row, best.costs.client_bytes),
    COLUMN("peak_bytes", struct limits_row, best.costs.peak_bytes),
    COLUMN("server_bytes", struct limits_row, best.costs.server_bytes),
    COLUMN("socket_bytes", struct limits_row, best.costs.socket_bytes),
    COLUMN("machine_bytes", struct limits_row, best.costs.machine_bytes),
    COLUMN("slab_bytes", struct limits_row, best.costs.slab_bytes),
    COLUMN("page_table_bytes", struct limits_row, best.costs.page_table_bytes),
    COLUMN("client_cpu_ns", struct limits_row, best.costs.client_cpu_ns),
    COLUMN("server_cpu_ns", struct limits_row, best.costs.server_cpu_ns),
    COLUMN("noise", struct limits_row, best.noise),
    COLUMN_WORD("ended", struct limits_row, ended.end, limits_end_names),
    COLUMN_OR_NULL("ended_at", struct limits_row, ended_at, 0),
    COLUMN("ended_efficiency", struct limits_row, ended.efficiency),
    COLUMN("errnum", struct limits_row, ended.errnum),
    COLUMN("limit_name", struct limits_row, ended.limit.name),
    COLUMN_OR_NULL("limit_value", struct limits_row, ended.limit.value, -1),
    COLUMN("reason", struct limits_row, ended.reason),
    COLUMN("advice", struct limits_row, ended.limit.advice),
    {0},
};

int store_put_limits(struct store *store, const char *id, size_t ordinal,
                     const struct limits_row *row, struct error *error)
{
    return sql_insert_row(store, "INSERT OR REPLACE INTO limits", limit_columns, row,
                          SQL_VALUES(SQL_TEXT("campaign_id", id), SQL_INTEGER("ordinal", ordinal)),
                          error);
}

int store_limits(struct store *store, const char *campaign_id, struct limits_row **out, size_t *n,
                 struct error *error)
{
    return sql_collect(store, limit_columns, "FROM limits WHERE campaign_id = :id ORDER BY ordinal",
                       SQL_VALUES(SQL_TEXT("id", campaign_id)), sizeof(**out), (void **)out, n,
                       error);
}
