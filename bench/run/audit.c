#include "audit.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/error.h"

/* ---- lag ---- */

/* The C latest ends of the requests so far, as a heap with the earliest of them on top: at that
 * time a slot was free again. */
struct ends {
    nsec_t *heap;
    size_t count, most;
};

static void sink(struct ends *ends, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= ends->count)
            return;
        if (child + 1 < ends->count && ends->heap[child + 1] < ends->heap[child])
            child++;
        if (ends->heap[at] <= ends->heap[child])
            return;
        nsec_t swap = ends->heap[at];
        ends->heap[at] = ends->heap[child];
        ends->heap[child] = swap;
        at = child;
    }
}

static void add_end(struct ends *ends, nsec_t end)
{
    if (ends->count == ends->most) {
        if (end <= ends->heap[0])
            return;
        ends->heap[0] = end;
        sink(ends, 0);
        return;
    }
    size_t at = ends->count++;
    for (; at > 0 && ends->heap[(at - 1) / 2] > end; at = (at - 1) / 2)
        ends->heap[at] = ends->heap[(at - 1) / 2];
    ends->heap[at] = end;
}

static nsec_t slot_free_at(const struct ends *ends)
{
    return ends->count == ends->most ? ends->heap[0] : 0;
}

/* Of each request, into room for `n`. */
static void find_lags(const struct sample *samples, const nsec_t *schedule, size_t n,
                      nsec_t started, unsigned concurrency, nsec_t *lags)
{
    struct ends ends = {.heap = xcalloc(concurrency, sizeof(nsec_t)), .most = concurrency};
    for (size_t i = 0; i < n; i++) {
        nsec_t due = started + schedule[i], free = slot_free_at(&ends);
        nsec_t lag = samples[i].start - (due > free ? due : free);
        lags[i] = lag > 0 ? lag : 0;
        add_end(&ends, samples[i].end);
    }
    free(ends.heap);
}

static void set_lags(const struct sample *samples, const nsec_t *lags, size_t n, struct audit *out)
{
    double *sorted = xcalloc(n, sizeof(*sorted)), *slot_times = xcalloc(n, sizeof(*slot_times));
    for (size_t i = 0; i < n; i++) {
        sorted[i] = (double)lags[i];
        slot_times[i] = (double)(lags[i] + samples[i].end - samples[i].start);
    }
    qsort(sorted, n, sizeof(*sorted), stats_compare_doubles);
    qsort(slot_times, n, sizeof(*slot_times), stats_compare_doubles);
    out->lag_p50 = (nsec_t)stats_quantile_or_none(sorted, n, 0.5);
    out->lag_p99 = (nsec_t)stats_quantile_or_none(sorted, n, 0.99);
    out->lag_max = (nsec_t)sorted[n - 1];
    out->slot_time_p50 = (nsec_t)stats_quantile_or_none(slot_times, n, 0.5);
    free(sorted);
    free(slot_times);
}

/* ---- gaps ---- */

double audit_exponential_distance(const double *sorted, size_t n, double rate)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double expected = -expm1(-rate * sorted[i]);
        most = fmax(most,
                    fmax(expected - (double)i / (double)n, (double)(i + 1) / (double)n - expected));
    }
    return most;
}

double audit_distance_chance(double distance, size_t n)
{
    double x = distance * sqrt((double)n), sum = 0, sign = 1;
    if (x < 0.2)
        return 1; /* to 12 digits; and the sum converges slowly */
    for (int k = 1; k <= 100; k++, sign = -sign)
        sum += sign * exp(-2.0 * k * k * x * x);
    return fmin(1, fmax(0, 2 * sum));
}

/* Between starts as they would have been if no request had waited for a slot, which is not the
 * driver's doing. In order of time: two that were late may have changed places. */
static void set_gaps(const nsec_t *schedule, const nsec_t *lags, size_t n, double rate,
                     struct audit *out)
{
    nsec_t *starts = xcalloc(n, sizeof(*starts));
    double *gaps = xcalloc(n - 1, sizeof(*gaps));
    for (size_t i = 0; i < n; i++)
        starts[i] = schedule[i] + lags[i];
    qsort(starts, n, sizeof(*starts), stats_compare_times);
    for (size_t i = 0; i + 1 < n; i++)
        gaps[i] = clock_seconds(starts[i + 1] - starts[i]);
    qsort(gaps, n - 1, sizeof(*gaps), stats_compare_doubles);
    out->gap_distance = audit_exponential_distance(gaps, n - 1, rate);
    out->gap_chance = audit_distance_chance(out->gap_distance, n - 1);
    free(starts);
    free(gaps);
}

/* ---- overload ---- */

/* By more than so many standard deviations of a Poisson number. */
static bool falls_behind(size_t due, size_t completed, double deviations)
{
    return (double)due > (double)completed + deviations * sqrt((double)due);
}

static nsec_t shortest_service(const struct sample *samples, size_t n)
{
    nsec_t shortest = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        nsec_t service = samples[i].end - samples[i].start;
        shortest = service < shortest ? service : shortest;
    }
    return shortest;
}

/* Chance alone hardly ever leaves three deviations undone, even where the rate is the capacity. A
 * stall does, but not some in either half. What is due by the end of a half has as long to complete
 * as a request takes where none waits. */
static bool is_overloaded(const struct sample *samples, const nsec_t *schedule, size_t n,
                          nsec_t started)
{
    size_t half = n / 2, first = 0, second = 0;
    nsec_t service = shortest_service(samples, n);
    nsec_t middle = started + schedule[half] + service;
    nsec_t last = started + schedule[n - 1] + service;
    for (size_t i = 0; i < n; i++) {
        first += samples[i].end <= middle;
        second += samples[i].end > middle && samples[i].end <= last;
    }
    return falls_behind(n, first + second, 3) && falls_behind(half, first, 2) &&
           falls_behind(n - half, second, 2);
}

/* ---- all of it ---- */

double audit_rate(nsec_t last, size_t n, double rate)
{
    return (double)n / (clock_seconds(last) + 1 / rate);
}

static nsec_t last_start(const struct sample *samples, size_t n)
{
    nsec_t last = samples[0].start;
    for (size_t i = 1; i < n; i++)
        last = samples[i].start > last ? samples[i].start : last;
    return last;
}

void audit_run(const struct sample *samples, const nsec_t *schedule, size_t n, nsec_t started,
               unsigned concurrency, double rate, bool poisson, struct audit *out)
{
    nsec_t *lags = xcalloc(n, sizeof(*lags));
    find_lags(samples, schedule, n, started, concurrency, lags);
    *out = (struct audit){.gap_distance = NAN, .gap_chance = NAN};
    out->offered = audit_rate(schedule[n - 1], n, rate);
    out->achieved = audit_rate(last_start(samples, n) - started, n, rate);
    set_lags(samples, lags, n, out);
    if (poisson && n > 1)
        set_gaps(schedule, lags, n, rate, out);
    out->overloaded = is_overloaded(samples, schedule, n, started);
    free(lags);
}
