/* One run's requests, and what its server counted: for those who follow a run rather than a case.
 */
#include "store.h"

#include "store_sql.h"

/* As the store has it. */
struct sample_row {
    size_t request;
    bool reused;
    unsigned slot;
    int errnum;
    enum outcome outcome;
    nsec_t due, start, connected, sent, first_byte, end, received, delay, overshoot;
};

static const char *const *outcome_names(void)
{
    static const char *names[OUTCOME_COUNT + 1];
    for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
        names[o] = outcome_name(o);
    return names;
}

static struct stored_request request_of(const struct sample_row *row)
{
    bool told = row->received >= 0;
    return (struct stored_request){
        .index = row->request,
        .due = row->due,
        .sample = {.start = row->start,
                   .connected = row->connected,
                   .sent = row->sent,
                   .first_byte = row->first_byte,
                   .end = row->end,
                   .received = told ? row->received : 0,
                   .delay_100ns = told ? (uint32_t)(row->delay / 100) : 0,
                   .overshoot_100ns = told ? (uint32_t)(row->overshoot / 100) : 0,
                   .slot = row->slot,
                   .errnum = (int16_t)row->errnum,
                   .outcome = (uint8_t)row->outcome,
                   .flags = row->reused ? SAMPLE_REUSED : 0}};
}

struct visit {
    int (*take)(void *target, const struct stored_request *request, struct error *error);
    void *target;
};

static int take_row(void *target, const void *row, struct error *error)
{
    const struct visit *visit = target;
    const struct stored_request request = request_of(row);
    return visit->take(visit->target, &request, error);
}

int store_each_request(struct store *store, int64_t run_id,
                       int (*take)(void *target, const struct stored_request *request,
                                   struct error *error),
                       void *target, struct error *error)
{
    const struct column columns[] = {
        COLUMN("request", struct sample_row, request),
        COLUMN("reused", struct sample_row, reused),
        COLUMN("slot", struct sample_row, slot),
        COLUMN("errnum", struct sample_row, errnum),
        COLUMN_WORD("outcome", struct sample_row, outcome, outcome_names()),
        COLUMN("due_ns", struct sample_row, due),
        COLUMN("start_ns", struct sample_row, start),
        COLUMN_OR_NULL("connected_ns", struct sample_row, connected, -1),
        COLUMN_OR_NULL("sent_ns", struct sample_row, sent, -1),
        COLUMN_OR_NULL("first_byte_ns", struct sample_row, first_byte, -1),
        COLUMN_OR_NULL("end_ns", struct sample_row, end, -1),
        COLUMN_OR_NULL("received_ns", struct sample_row, received, -1),
        COLUMN_OR_NULL("delay_ns", struct sample_row, delay, 0),
        COLUMN_OR_NULL("overshoot_ns", struct sample_row, overshoot, 0),
        {0},
    };
    struct sample_row row;
    return sql_each(store, columns,
                    "FROM (SELECT *, coalesce(intended_ns, start_ns) AS due_ns FROM samples"
                    "  WHERE run_id = :run_id) ORDER BY min(due_ns, start_ns), request",
                    SQL_VALUES(SQL_INTEGER("run_id", run_id)), &row, take_row,
                    &(struct visit){take, target}, error);
}

/* Cut short, it would not be JSON. */
bool store_run_account(struct store *store, int64_t run_id, char *out, size_t size)
{
    return sql_text(store,
                    "SELECT server_json FROM runs WHERE id = :run_id AND json_valid(server_json)"
                    " AND length(CAST(server_json AS BLOB)) < :size",
                    SQL_VALUES(SQL_INTEGER("run_id", run_id), SQL_INTEGER("size", size)), out,
                    size);
}
