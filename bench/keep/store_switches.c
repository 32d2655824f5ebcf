/* When the kernel switched the threads of a run's driver. */
#include "store.h"

#include "store_sql.h"

static const struct column columns[] = {
    COLUMN("at_ns", struct switch_event, at),
    COLUMN("thread", struct switch_event, thread),
    COLUMN("cpu", struct switch_event, cpu),
    COLUMN_WORD("kind", struct switch_event, kind, switch_names),
    {0},
};

int store_add_switches(struct store *store, int64_t run_id, const struct run_record *record,
                       struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < record->switch_count && result == 0; i++)
        result = sql_insert_row(
            store, "INSERT INTO switches", columns, &record->switches[i],
            SQL_VALUES(SQL_INTEGER("run_id", run_id), SQL_INTEGER("ordinal", i)), error);
    return result;
}

struct visit {
    int (*take)(void *target, const struct switch_event *event, struct error *error);
    void *target;
};

static int take_row(void *target, const void *row, struct error *error)
{
    const struct visit *visit = target;
    return visit->take(visit->target, row, error);
}

int store_each_switch(struct store *store, int64_t run_id,
                      int (*take)(void *target, const struct switch_event *event,
                                  struct error *error),
                      void *target, struct error *error)
{
    struct switch_event row;
    return sql_each(store, columns, "FROM switches WHERE run_id = :run_id ORDER BY thread, ordinal",
                    SQL_VALUES(SQL_INTEGER("run_id", run_id)), &row, take_row,
                    &(struct visit){take, target}, error);
}

int64_t store_switches_lost(struct store *store, int64_t run_id, char *why, size_t size)
{
    int64_t lost;
    sql_text(store, "SELECT no_switches FROM runs WHERE id = :run_id",
             SQL_VALUES(SQL_INTEGER("run_id", run_id)), why, size);
    if (sql_number(store, "SELECT coalesce(switches_lost, -1) FROM runs WHERE id = :run_id",
                   SQL_VALUES(SQL_INTEGER("run_id", run_id)), &lost, NULL) < 0)
        return -1;
    return lost;
}

void store_no_switches(struct store *store, const char *id, char *out, size_t size)
{
    sql_text(store,
             "SELECT max(no_switches) FROM runs JOIN cases USING (case_id) WHERE campaign_id = :id",
             SQL_VALUES(SQL_TEXT("id", id)), out, size);
}
