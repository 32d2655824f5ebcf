#include "windows.h"

#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/error.h"

static size_t window_at(nsec_t since_start)
{
    return (size_t)(since_start / WINDOW_LENGTH);
}

/* A run that was stopped may have carried out a small part of its schedule. */
static size_t count_windows(const struct sample *samples, size_t n, nsec_t started)
{
    nsec_t last = started;
    for (size_t i = 0; i < n; i++) {
        nsec_t reached = samples[i].end > samples[i].start ? samples[i].end : samples[i].start;
        last = reached > last ? reached : last;
    }
    return window_at(last - started) + 1;
}

static void set_latencies(struct window *window, double *latencies, size_t n)
{
    qsort(latencies, n, sizeof(*latencies), stats_compare_doubles);
    window->latency_p50 = (nsec_t)stats_quantile_or_none(latencies, n, 0.5);
    window->latency_p99 = (nsec_t)stats_quantile_or_none(latencies, n, 0.99);
    window->latency_max = n ? (nsec_t)latencies[n - 1] : -1;
}

size_t windows_of_run(const struct sample *samples, const nsec_t *schedule, size_t n,
                      nsec_t started, struct window **out)
{
    size_t count = count_windows(samples, n, started), next = 0;
    struct window *windows = xcalloc(count, sizeof(*windows));
    double *latencies = xcalloc(n, sizeof(*latencies));
    for (size_t i = 0; i < n; i++)
        if (samples[i].outcome == OUTCOME_OK)
            windows[window_at(samples[i].end - started)].completed++;
    for (size_t w = 0; w < count; w++) {
        size_t completed = 0;
        for (; next < n && window_at(schedule[next]) == w; next++) {
            windows[w].due++;
            if (samples[next].outcome == OUTCOME_OK)
                latencies[completed++] = (double)(samples[next].end - started - schedule[next]);
        }
        set_latencies(&windows[w], latencies, completed);
    }
    free(latencies);
    *out = windows;
    return count;
}
