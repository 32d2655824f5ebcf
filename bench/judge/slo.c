#include "slo.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/stats.h"
#include "lib/units.h"

/* The chance of a wrong outcome of one run. The ends of a capacity's range need two. */
static const double ERROR_CHANCE = 0.05;

/* Violations in a run of slo_requests() where there are as many as allowed. Up to 20 are then MET,
 * 40 or more VIOLATED; a rate with half the violations allowed is MET in 92% of its runs, one with
 * half as many again VIOLATED in 79%. */
enum { VIOLATIONS_ALLOWED = 30 };

/* Of a smaller share no run could decide. */
static const double SHARE_LEAST = (double)VIOLATIONS_ALLOWED / CASE_REQUESTS_MAX;

static int wrong(const char *text, struct error *error)
{
    return error_set(error,
                     "'%.40s' is no objective: a percentile and a time, such as p99<20ms, or "
                     "errors<0.1%%",
                     text);
}

/* "p99.9" is a share of 0.1%. */
static int parse_percentile(struct slo *slo, const char *text, const char *end)
{
    char number[16], *rest;
    size_t length = (size_t)(end - text);
    if (length == 0 || length >= sizeof(number) || strspn(text, "0123456789.") < length)
        return -1;
    memcpy(number, text, length);
    number[length] = '\0';
    double percentile = strtod(number, &rest);
    if (*rest || !(percentile >= 1 && percentile <= 99.999))
        return -1;
    slo->share = 1 - percentile / 100;
    return 0;
}

static int parse_errors(struct slo *slo, const char *text, const char *share, struct error *error)
{
    if (units_parse_share(share, &slo->share, error) < 0)
        return wrong(text, error);
    if (slo->share >= 1)
        return error_set(error, "'%s' is met by a server that never responds", text);
    if (slo->share < SHARE_LEAST)
        return error_set(error,
                         "'%s' cannot be decided: a run would need more than %d requests; "
                         "%.5f%% is the smallest share",
                         text, CASE_REQUESTS_MAX, 100 * SHARE_LEAST);
    return 0;
}

int slo_parse(struct slo *slo, const char *text, struct error *error)
{
    static const char errors[] = "errors<";
    const char *less = strchr(text, '<');
    *slo = (struct slo){.limit = 0};
    if (!less || strlen(text) >= sizeof(slo->text))
        return wrong(text, error);
    strcpy(slo->text, text);
    if (!strncmp(text, errors, strlen(errors)))
        return parse_errors(slo, text, less + 1, error);
    if (*text != 'p' || parse_percentile(slo, text + 1, less) < 0 ||
        units_parse_time(less + 1, &slo->limit, error) < 0)
        return wrong(text, error);
    return slo->limit > 0 ? 0
                          : error_set(error, "'%s' cannot be met: no response takes no time", text);
}

/* A server that is too slow until the time limit is there all the same. */
static bool has_no_result(const struct run_record *record)
{
    bool timed_out = record->stopped == RUN_STOPPED_TIMEOUT;
    bool gone = record->server_absent && !(timed_out && record->completed);
    bool ended_early = record->page && record->page->stage != MEASURE_COMPLETE && !timed_out;
    return record->started == 0 || record->completed + record->failed == 0 || gone ||
           record->server_died || ended_early;
}

/* Of threads, descriptors, ports and memory on the driver's side. */
static bool is_of_client(const struct run_failure *failure)
{
    switch (failure->outcome) {
    case OUTCOME_NO_WORKER:
    case OUTCOME_LOST:
    case OUTCOME_NO_SOCKET:
    case OUTCOME_JOB: return true;
    default:
        return failure->errnum == EADDRNOTAVAIL || failure->errnum == ENOBUFS ||
               failure->errnum == ENOMEM;
    }
}

/* Every request was completed, and the run is INVALID nevertheless: they started late, or the
 * driver's account of them is wrong. */
static bool is_driver_limited(const struct run_record *record)
{
    for (size_t i = 0; i < record->failure_kinds; i++)
        if (is_of_client(&record->failures[i]))
            return true;
    return record->quality == QUALITY_INVALID && record->completed == record->requests;
}

enum slo_standing slo_standing(const struct run_record *record)
{
    if (has_no_result(record))
        return SLO_NO_RESULT;
    if (is_driver_limited(record))
        return SLO_DRIVER_LIMITED;
    return record->quality == QUALITY_NOISY ? SLO_DISTURBED : SLO_STANDS;
}

size_t slo_violations(const struct slo *slo, const struct run_record *record)
{
    size_t violations = 0;
    for (size_t i = 0; i < record->requests; i++) {
        const struct sample *sample = &record->samples[i];
        violations += sample->outcome != OUTCOME_OK ||
                      (slo->limit && sample->end - run_record_due(record, i) >= slo->limit);
    }
    return violations;
}

nsec_t slo_latency(const struct slo *slo, const struct run_record *record)
{
    double *latencies = xcalloc(record->requests + 1, sizeof(*latencies));
    size_t n = 0;
    for (size_t i = 0; i < record->requests && !record->audit.overloaded; i++)
        if (record->samples[i].outcome == OUTCOME_OK)
            latencies[n++] = (double)(record->samples[i].end - run_record_due(record, i));
    qsort(latencies, n, sizeof(*latencies), stats_compare_doubles);
    double latency = stats_quantile_or_none(latencies, n, slo->limit ? 1 - slo->share : 0.99);
    free(latencies);
    return (nsec_t)latency;
}

enum slo_outcome slo_judge(const struct slo *slo, size_t n, size_t violations)
{
    if (n == 0)
        return SLO_UNCLEAR;
    if (stats_binomial(violations, n, slo->share) <= ERROR_CHANCE)
        return SLO_MET;
    if (violations && 1 - stats_binomial(violations - 1, n, slo->share) <= ERROR_CHANCE)
        return SLO_VIOLATED;
    return SLO_UNCLEAR;
}

size_t slo_requests(const struct slo *slo)
{
    return (size_t)ceil(VIOLATIONS_ALLOWED / slo->share - 1e-6);
}
