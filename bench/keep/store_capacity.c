/* What `waitbench capacity` tried. */
#include "store.h"

#include "store_sql.h"

const char *const slo_outcome_names[] = {
    [SLO_MET] = "met",         [SLO_UNCLEAR] = "unclear", [SLO_VIOLATED] = "violated",
    [SLO_INVALID] = "invalid", [SLO_NONE] = "none",       NULL};

static const struct column step_columns[] = {
    COLUMN("pair", struct capacity_step, pair),
    COLUMN("step", struct capacity_step, step),
    COLUMN("case_id", struct capacity_step, case_id),
    COLUMN("slo", struct capacity_step, slo),
    COLUMN("rate", struct capacity_step, rate),
    COLUMN("requests", struct capacity_step, requests),
    COLUMN("violations", struct capacity_step, violations),
    COLUMN_OR_NULL("limit_ns", struct capacity_step, limit, 0),
    COLUMN_OR_NULL("latency_ns", struct capacity_step, latency, -1),
    COLUMN_WORD("outcome", struct capacity_step, outcome, slo_outcome_names),
    COLUMN("counts", struct capacity_step, counts),
    COLUMN_OR_NULL("next_rate", struct capacity_step, next, 0),
    {0},
};

int store_add_capacity_step(struct store *store, const char *id, const struct capacity_step *step,
                            struct error *error)
{
    return sql_insert_row(store, "INSERT INTO capacity_steps", step_columns, step,
                          SQL_VALUES(SQL_TEXT("campaign_id", id)), error);
}

int store_capacity_steps(struct store *store, const char *id, struct capacity_step **out, size_t *n,
                         struct error *error)
{
    return sql_collect(store, step_columns,
                       "FROM capacity_steps WHERE campaign_id = :id ORDER BY pair, step",
                       SQL_VALUES(SQL_TEXT("id", id)), sizeof(**out), (void **)out, n, error);
}
