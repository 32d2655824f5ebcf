#include "judge_usage.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"

/* The values of one metric over a case's runs, as they come from the store. */
struct gathering {
    double *values[LEDGER_SIDES][LEDGER_METRICS];
    size_t count[LEDGER_SIDES][LEDGER_METRICS];
};

static void gather(void *target, unsigned block, enum ledger_side side, enum ledger_metric metric,
                   int64_t value)
{
    (void)block;
    struct gathering *gathering = target;
    size_t *n = &gathering->count[side][metric];
    double **values = &gathering->values[side][metric];
    *values = xrealloc(*values, *n + 1, sizeof(**values));
    (*values)[(*n)++] = (double)value;
}

int judge_ledger(struct store *store, int64_t case_id, struct ledger_summary *out,
                 struct error *error)
{
    struct gathering *gathering = xcalloc(1, sizeof(*gathering));
    int result = store_case_ledger(store, case_id, gather, gathering, error);
    for (int s = 0; s < LEDGER_SIDES; s++)
        for (int m = 0; m < LEDGER_METRICS; m++) {
            size_t n = gathering->count[s][m];
            double *values = gathering->values[s][m];
            out->median[s][m] = n ? stats_median(values, n) : NAN;
            free(values);
        }
    free(gathering);
    if (result == 0)
        result = store_case_blame(store, case_id, out->blame_s, error);
    return result;
}
