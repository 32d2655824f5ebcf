#include "judge_usage.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"

/* The values of each metric over a case's runs, as they are read from the store. */
struct collected {
    double *values[USAGE_SIDES][USAGE_METRICS];
    size_t count[USAGE_SIDES][USAGE_METRICS];
};

static void collect(void *target, unsigned block, enum usage_side side, enum usage_metric metric,
                    int64_t value)
{
    (void)block;
    struct collected *collected = target;
    size_t *n = &collected->count[side][metric];
    double **values = &collected->values[side][metric];
    *values = xrealloc(*values, *n + 1, sizeof(**values));
    (*values)[(*n)++] = (double)value;
}

int judge_usage(struct store *store, int64_t case_id, struct usage_summary *out,
                struct error *error)
{
    struct collected *collected = xcalloc(1, sizeof(*collected));
    int result = store_case_usage(store, case_id, collect, collected, error);
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_METRICS; m++) {
            size_t n = collected->count[s][m];
            double *values = collected->values[s][m];
            out->median[s][m] = n ? stats_median(values, n) : NAN;
            free(values);
        }
    free(collected);
    if (result == 0)
        result = store_case_breakdown(store, case_id, out->breakdown_s, error);
    return result;
}
