#include "run_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"OK", "NOISY", "INVALID"};
    return names[verdict];
}

void run_record_release(struct run_record *record)
{
    measure_page_release(record->page);
    record->page = NULL;
    record->samples = NULL;
}

static void count_failure(struct run_record *record, const struct sample *sample)
{
    record->failed++;
    for (size_t i = 0; i < record->failure_kinds; i++) {
        struct run_failure *known = &record->failures[i];
        if (known->outcome == sample->outcome && known->errnum == sample->errnum) {
            known->count++;
            return;
        }
    }
    if (record->failure_kinds < RUN_FAILURE_KINDS)
        record->failures[record->failure_kinds++] =
            (struct run_failure){.outcome = sample->outcome, .errnum = sample->errnum, .count = 1};
}

static nsec_t latency_quantile(const double *sorted, size_t n, double p)
{
    return n && stats_can_bear(n, p) ? (nsec_t)stats_quantile(sorted, n, p) : -1;
}

void run_record_digest(struct run_record *record)
{
    double *latencies = xcalloc(record->requests, sizeof(*latencies));
    for (size_t i = 0; i < record->requests; i++) {
        const struct sample *sample = &record->samples[i];
        if (sample->outcome == OUTCOME_OK)
            latencies[record->answered++] = (double)(sample->end - sample->start);
        else if (sample->outcome == OUTCOME_NOT_STARTED)
            record->not_started++;
        else
            count_failure(record, sample);
    }
    size_t n = record->answered;
    qsort(latencies, n, sizeof(*latencies), stats_compare_doubles);
    record->latency_p50 = latency_quantile(latencies, n, 0.5);
    record->latency_p99 = latency_quantile(latencies, n, 0.99);
    record->latency_max = n ? (nsec_t)latencies[n - 1] : -1;
    free(latencies);
}

void run_record_object(struct run_record *record, enum verdict verdict, const char *format, ...)
{
    size_t used = strlen(record->reasons);
    if (used && used < sizeof(record->reasons) - 3)
        used += (size_t)sprintf(record->reasons + used, "; ");
    va_list args;
    va_start(args, format);
    vsnprintf(record->reasons + used, sizeof(record->reasons) - used, format, args);
    va_end(args);
    if (verdict > record->verdict)
        record->verdict = verdict;
}

void run_record_judge(struct run_record *record)
{
    for (size_t i = 0; i < record->failure_kinds; i++) {
        const struct run_failure *failure = &record->failures[i];
        run_record_object(record, VERDICT_INVALID, "%zu of %zu requests failed: %s%s%s",
                          failure->count, record->requests, outcome_explain(failure->outcome),
                          failure->errnum ? ", " : "",
                          failure->errnum ? strerror(failure->errnum) : "");
    }
    bool boxed = record->page->time_box != 0;
    if (record->not_started && !boxed)
        run_record_object(record, VERDICT_INVALID, "%zu requests were never started",
                          record->not_started);
    if (record->answered == 0 && record->failed == 0)
        run_record_object(record, VERDICT_INVALID, "not one request was made");
}
