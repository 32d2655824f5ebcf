#include "run_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/stats_compare.h"
#include "bench/plan/memory.h"

const char *const quality_names[] = {"OK", "NOISY", "INVALID", NULL};

void run_record_release(struct run_record *record)
{
    measure_page_release(record->page);
    free(record->windows);
    free(record->ranks);
    free(record->summary);
    record->summary = NULL;
    record->ranks = NULL;
    record->rank_count = 0;
    record->windows = NULL;
    record->window_count = 0;
    record->page = NULL;
    record->samples = NULL;
}

void run_record_take_ranks(struct run_record *record, const struct rank_table *table)
{
    record->watch = table->watch;
    record->cores = table->cores;
    record->rank_count = table->results;
    record->ranks = xcalloc(table->results, sizeof(*record->ranks));
    memcpy(record->ranks, table->result, table->results * sizeof(*record->ranks));
    if (!record->page->without_samples)
        return;
    record->summary = xcalloc(1, sizeof(*record->summary));
    *record->summary = table->summary;
}

void run_record_sum_up(struct run_record *record)
{
    if (!record->page->summed_up)
        return;
    record->summary = xcalloc(1, sizeof(*record->summary));
    measure_sum_up(record->page, record->summary);
}

static void count_failure(struct run_record *record, const struct sample *sample)
{
    const struct run_failure failure = {sample->outcome, sample->errnum, 1};
    record->failed++;
    run_failures_add(record->failures, &record->failure_kinds, &failure);
}

static struct latency_interval latency_interval(const double *sorted, size_t n, double p)
{
    size_t low, high;
    if (!stats_quantile_interval(n, p, 0.95, &low, &high))
        return (struct latency_interval){-1, -1};
    return (struct latency_interval){(nsec_t)sorted[low], (nsec_t)sorted[high]};
}

/* The most requests in flight at once: starts and ends in order of time, counted up and down. */
static int64_t in_flight_max(const struct sample *samples, size_t n)
{
    nsec_t *starts = xcalloc(n, sizeof(*starts)), *ends = xcalloc(n, sizeof(*ends));
    size_t count = 0, ended = 0;
    int64_t most = 0;
    for (size_t i = 0; i < n; i++)
        if (samples[i].outcome != OUTCOME_NOT_STARTED) {
            starts[count] = samples[i].start;
            ends[count++] = samples[i].end ? samples[i].end : INT64_MAX;
        }
    qsort(starts, count, sizeof(*starts), stats_compare_times);
    qsort(ends, count, sizeof(*ends), stats_compare_times);
    for (size_t i = 0; i < count; i++) {
        while (ends[ended] <= starts[i])
            ended++;
        int64_t now = (int64_t)(i + 1 - ended);
        most = now > most ? now : most;
    }
    free(starts);
    free(ends);
    return most;
}

/* `ends` are the n completion times since the run's start; they are sorted here. */
static struct completion_times completion_times(nsec_t *ends, size_t n)
{
    if (n == 0)
        return COMPLETION_TIMES_NONE;
    qsort(ends, n, sizeof(*ends), stats_compare_times);
    return (struct completion_times){.first = ends[0],
                                     .half = ends[(n + 1) / 2 - 1],
                                     .most = ends[(9 * n + 9) / 10 - 1],
                                     .last = ends[n - 1]};
}

nsec_t run_record_due(const struct run_record *record, size_t i)
{
    return record->schedule ? record->started + record->schedule[i] : record->samples[i].start;
}

/* What is taken from the completed requests. */
struct digest {
    double *latencies, *services;
    nsec_t *ends;
};

static void take_completed(struct run_record *record, struct digest *digest, size_t i)
{
    const struct sample *sample = &record->samples[i];
    size_t n = record->completed++;
    digest->ends[n] = sample->end - record->started;
    digest->latencies[n] = (double)(sample->end - run_record_due(record, i));
    digest->services[n] = (double)(sample->end - sample->start);
}

/* What came of a server that is not ours. */
static int64_t content_bytes(const struct run_record *record)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < record->requests; i++)
        if (record->samples[i].outcome == OUTCOME_OK)
            sum += record->samples[i].content_bytes;
    return (int64_t)sum;
}

static void take_all(struct run_record *record, struct digest *digest)
{
    for (size_t i = 0; i < record->requests; i++) {
        const struct sample *sample = &record->samples[i];
        if (sample->outcome == OUTCOME_OK)
            take_completed(record, digest, i);
        else if (sample->outcome == OUTCOME_NOT_STARTED)
            record->not_started++;
        else
            count_failure(record, sample);
    }
}

static void set_latencies(struct run_record *record, const struct digest *digest)
{
    size_t n = record->completed;
    qsort(digest->latencies, n, sizeof(*digest->latencies), stats_compare_doubles);
    qsort(digest->services, n, sizeof(*digest->services), stats_compare_doubles);
    record->latency_p50 = (nsec_t)stats_quantile_or_none(digest->latencies, n, 0.5);
    record->latency_p99 = (nsec_t)stats_quantile_or_none(digest->latencies, n, 0.99);
    record->p50_interval = latency_interval(digest->latencies, n, 0.5);
    record->p99_interval = latency_interval(digest->latencies, n, 0.99);
    record->latency_max = n ? (nsec_t)digest->latencies[n - 1] : -1;
    record->service_p50 = (nsec_t)stats_quantile_or_none(digest->services, n, 0.5);
    record->service_p99 = (nsec_t)stats_quantile_or_none(digest->services, n, 0.99);
}

/* Of a run whose requests all completed. Where it was overloaded, latencies are not of the server
 * but of the run's length. */
static void audit(struct run_record *record, const struct bench_case *c)
{
    record->audit = AUDIT_NONE;
    if (!record->schedule || !record->completed || record->completed != record->requests)
        return;
    audit_run(record->samples, record->schedule, record->requests, record->started, c->concurrency,
              c->rate, c->arrivals == ARRIVALS_POISSON, &record->audit);
    if (!record->audit.overloaded)
        return;
    record->latency_p50 = record->latency_p99 = record->latency_max = -1;
    record->p50_interval = record->p99_interval = (struct latency_interval){-1, -1};
}

/* For the breakdown, requests that were all to be sent at once were due at the start. */
static nsec_t *all_dues(const struct run_record *record)
{
    nsec_t *dues = xcalloc(record->requests, sizeof(*dues));
    for (size_t i = 0; i < record->requests; i++)
        dues[i] = record->all_at_once ? record->started : run_record_due(record, i);
    return dues;
}

/* The breakdown takes the most: the times of all phases, one of them sorted, and the dues. */
_Static_assert((BREAKDOWN_PHASES + 1) * sizeof(double) + sizeof(nsec_t) == MEMORY_DIGEST_BYTES,
               "preflight knows what the digest takes");

static nsec_t percentile(const struct histogram *histogram, double p)
{
    return stats_enough_values(histogram->total, p) ? histogram_percentile(histogram, p) : -1;
}

/* Percentiles are known to the histograms' resolution, and their intervals are not. */
static void digest_summary(struct run_record *record)
{
    const struct run_summary *summary = record->summary;
    const struct histogram *ends = &summary->completion;
    record->completed = summary->completed;
    record->failed = summary->failed;
    record->not_started = summary->not_started;
    memcpy(record->failures, summary->failures, sizeof(record->failures));
    record->failure_kinds = summary->failure_kinds;
    record->latency_p50 = percentile(&summary->latency, 0.5);
    record->latency_p99 = percentile(&summary->latency, 0.99);
    record->service_p50 = percentile(&summary->service, 0.5);
    record->service_p99 = percentile(&summary->service, 0.99);
    record->audit = AUDIT_NONE;
    breakdown_run(NULL, NULL, 0, &record->breakdown);
    if (!summary->completed)
        return;
    record->latency_max = summary->latency.max;
    record->completions = (struct completion_times){.first = summary->first,
                                                    .half = histogram_percentile(ends, 0.5),
                                                    .most = histogram_percentile(ends, 0.9),
                                                    .last = ends->max};
}

void run_record_digest(struct run_record *record, const struct bench_case *c)
{
    size_t n = record->requests;
    if (record->summary) {
        digest_summary(record);
        return;
    }
    struct digest digest = {xcalloc(n, sizeof(double)), xcalloc(n, sizeof(double)),
                            xcalloc(n, sizeof(nsec_t))};
    take_all(record, &digest);
    set_latencies(record, &digest);
    audit(record, c);
    if (record->schedule)
        record->window_count =
            windows_of_run(record->samples, record->schedule, n, record->started, &record->windows);
    record->completions = completion_times(digest.ends, record->completed);
    free(digest.latencies);
    free(digest.services);
    free(digest.ends);
    record->usage.value[USAGE_CLIENT][USAGE_IN_FLIGHT_MAX] = in_flight_max(record->samples, n);
    if (case_has_url(c))
        record->usage.value[USAGE_CLIENT][USAGE_CONTENT_BYTES] = content_bytes(record);
    nsec_t *dues = all_dues(record);
    breakdown_run(record->samples, dues, n, &record->breakdown);
    free(dues);
}

void run_record_add_caveat(struct run_record *record, enum quality quality, const char *format, ...)
{
    size_t used = strlen(record->reasons);
    if (used && used < sizeof(record->reasons) - 3)
        used += (size_t)sprintf(record->reasons + used, "; ");
    va_list args;
    va_start(args, format);
    vsnprintf(record->reasons + used, sizeof(record->reasons) - used, format, args);
    va_end(args);
    if (quality > record->quality)
        record->quality = quality;
}
