#include "judge_usage.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"

/* The values of one metric over a case's runs, as they come from the store. */
struct gathering {
    double *values[USAGE_SIDES][USAGE_METRICS];
    size_t count[USAGE_SIDES][USAGE_METRICS];
};

static void collect(void *target, unsigned block, enum usage_side side, enum usage_metric metric,
                    int64_t value)
{
    (void)block;
    struct gathering *gathering = target;
    size_t *n = &gathering->count[side][metric];
    double **values = &gathering->values[side][metric];
    *values = xrealloc(*values, *n + 1, sizeof(**values));
    (*values)[(*n)++] = (double)value;
}

int judge_usage(struct store *store, int64_t case_id, struct usage_summary *out,
                struct error *error)
{
    struct gathering *gathering = xcalloc(1, sizeof(*gathering));
    int result = store_case_usage(store, case_id, collect, gathering, error);
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_METRICS; m++) {
            size_t n = gathering->count[s][m];
            double *values = gathering->values[s][m];
            out->median[s][m] = n ? stats_median(values, n) : NAN;
            free(values);
        }
    free(gathering);
    if (result == 0)
        result = store_case_breakdown(store, case_id, out->breakdown_s, error);
    return result;
}
