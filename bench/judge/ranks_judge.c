#include "ranks_judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The median of a time over a rank's runs, without those in which it is not available. */
static double median_s(const struct rank_result *runs, size_t n, size_t offset, int64_t none)
{
    double *values = xcalloc(n, sizeof(*values));
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t value;
        memcpy(&value, (const char *)&runs[i] + offset, sizeof(value));
        if (value != none)
            values[count++] = clock_seconds(value);
    }
    double median = count ? stats_median(values, count) : NAN;
    free(values);
    return median;
}

#define MEDIAN_S(member, none) median_s(runs, n, offsetof(struct rank_result, member), none)

static struct rank_summary summarise(const struct rank_result *runs, size_t n)
{
    struct rank_summary summary = {
        .rank = runs->rank,
        .requests = runs->requests,
        .runs = n,
        .makespan_s = MEDIAN_S(makespan, -1),
        .start_lag_s = MEDIAN_S(start_lag, -1),
        .latency_p50_s = MEDIAN_S(latency_p50, -1),
        .latency_p99_s = MEDIAN_S(latency_p99, -1),
        .cpu_s = MEDIAN_S(cpu_ns, USAGE_NOT_AVAILABLE),
        .clock_offset_s = MEDIAN_S(clock.offset, INT64_MIN),
        .clock_uncertainty_s = MEDIAN_S(clock.uncertainty, INT64_MIN),
    };
    memcpy(summary.host, runs->host, sizeof(summary.host));
    return summary;
}

int judge_ranks(struct store *store, int64_t case_id, struct rank_summary **out, size_t *n,
                struct error *error)
{
    struct rank_result *rows;
    size_t count;
    *out = NULL;
    *n = 0;
    if (store_case_ranks(store, case_id, &rows, &count, error) < 0)
        return -1;
    if (count)
        *out = xcalloc(RANKS_MAX, sizeof(**out));
    for (size_t i = 0, end; i < count && *n < RANKS_MAX; i = end) {
        for (end = i + 1; end < count && rows[end].rank == rows[i].rank; end++)
            continue;
        (*out)[(*n)++] = summarise(&rows[i], end - i);
    }
    free(rows);
    return 0;
}
