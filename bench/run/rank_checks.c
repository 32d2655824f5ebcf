#include "rank_checks.h"

#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/units.h"

/* Thresholds; docs/ranks.md explains each. */
static const double UNCERTAINTY_SHARE = 0.01; /* of the makespan */
static const double START_LAG_SHARE = 0.01;   /* likewise */
static const double STRAGGLER_SHARE = 0.10;   /* above the median of the ranks */
static const nsec_t TIME_LEAST = NSEC_PER_MSEC;

/* The makespan begins on one clock and ends on another. Latencies are of one clock each. */
static void check_clock(struct run_record *record, const struct rank_result *rank)
{
    char uncertainty[UNITS_TEXT_BYTES];
    if ((double)rank->clock.uncertainty > UNCERTAINTY_SHARE * (double)record->makespan)
        run_record_add_caveat(
            record, QUALITY_NOISY,
            "the clock of rank %u on %s is known to %s only, which is above 1%% of the makespan: "
            "lengthen the run, or use a faster network",
            rank->rank, rank->host, units_format_time(rank->clock.uncertainty, uncertainty));
}

static void check_start(struct run_record *record, const struct rank_result *rank)
{
    char lag[UNITS_TEXT_BYTES];
    if (rank->start_lag > TIME_LEAST &&
        (double)rank->start_lag > START_LAG_SHARE * (double)record->makespan)
        run_record_add_caveat(record, QUALITY_NOISY,
                              "rank %u on %s began %s after the agreed start: its host was busy",
                              rank->rank, rank->host, units_format_time(rank->start_lag, lag));
}

/* How long a round of as many requests as its slots took: shares may differ by a request or a
 * slot. */
static double round_time(const struct rank_result *rank)
{
    size_t slots = rank->concurrency ? rank->concurrency : 1;
    size_t rounds = (rank->requests + slots - 1) / slots;
    return (double)rank->makespan / (double)(rounds ? rounds : 1);
}

static double median_round(const struct run_record *record)
{
    double *times = xcalloc(record->rank_count, sizeof(*times));
    for (size_t i = 0; i < record->rank_count; i++)
        times[i] = round_time(&record->ranks[i]);
    qsort(times, record->rank_count, sizeof(*times), stats_compare_doubles);
    double median = stats_quantile(times, record->rank_count, 0.5);
    free(times);
    return median;
}

static void check_straggler(struct run_record *record, const struct rank_result *rank,
                            double median)
{
    char makespan[UNITS_TEXT_BYTES];
    double ratio = round_time(rank) / median;
    if (ratio <= 1 + STRAGGLER_SHARE || (double)rank->makespan * (1 - 1 / ratio) < TIME_LEAST)
        return;
    run_record_add_caveat(record, QUALITY_NOISY,
                          "rank %u on %s was a straggler: its share took %s, %.2f times what that "
                          "of the ranks' median did",
                          rank->rank, rank->host, units_format_time(rank->makespan, makespan),
                          ratio);
}

/* With open arrivals the schedule decides how long a share takes. */
void rank_checks_judge(struct run_record *record, const struct bench_case *c)
{
    double median = record->rank_count && !case_is_open(c) ? median_round(record) : 0;
    for (size_t i = 0; i < record->rank_count; i++) {
        check_clock(record, &record->ranks[i]);
        check_start(record, &record->ranks[i]);
        if (median > 0)
            check_straggler(record, &record->ranks[i], median);
    }
}
