#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/stats_anytime.h"
#include "bench/run/runner.h"
#include "lib/rng.h"
#include "workloads/workloads.h"

enum { PAIRS_MAX = 64, ROUNDS = 4 };

const struct driver *claim_reference(unsigned model, unsigned traits)
{
    static const char *const names[MODEL_COUNT] = {
        [MODEL_SERIAL] = "sequential",   [MODEL_THREADS] = "threadpool",
        [MODEL_PROCESSES] = "prefork",   [MODEL_READINESS] = "epoll",
        [MODEL_COMPLETION] = "io_uring", [MODEL_COROUTINES] = "coroutine",
    };
    const char *name = traits & DRIVER_SERIAL                ? "sequential"
                       : model < MODEL_COUNT && names[model] ? names[model]
                                                             : "epoll";
    const struct driver *reference = driver_find(name);
    return driver_usable(reference, 1, NULL) == 0 ? reference : driver_find("epoll");
}

enum { NO_FIGURE = 0, NOT_COMPLETED = -1 };

/* The makespan of a run; or NO_FIGURE, where the machine or the server is the reason, or
 * NOT_COMPLETED, where the driver is. */
static double measure(const struct runner *runner, const struct claim *claim,
                      const struct driver *driver, char reason[320])
{
    struct run_record record;
    struct error error;
    const struct bench_case c = {.driver = driver,
                                 .workload = workload_find("randint"),
                                 .arrivals = ARRIVALS_CLOSED,
                                 .requests = (size_t)claim->concurrency * ROUNDS,
                                 .concurrency = claim->concurrency,
                                 .pipeline = 1,
                                 .delay = claim->delay,
                                 .backlog = 4096,
                                 .usage = USAGE_OFF,
                                 .predicted = -1};
    if (runner_run(runner, &c, &record, &error) != RUNNER_DONE) {
        snprintf(reason, 320, "%s", error.text);
        return NO_FIGURE;
    }
    bool completed = record.completed == record.requests && !record.server_died;
    double makespan = !completed                          ? NOT_COMPLETED
                      : record.quality == QUALITY_INVALID ? NO_FIGURE
                                                          : (double)record.makespan;
    if (makespan <= 0)
        snprintf(reason, 320, "%.300s",
                 record.reasons[0] ? record.reasons : "not all requests were completed");
    run_record_release(&record);
    return makespan;
}

/* Both once, in an order that is drawn: a machine that slows down must not favour either. Returns
 * whether there is a ratio. */
static bool measure_pair(const struct runner *runner, const struct claim *claim, size_t attempt,
                         double *ratio, struct claim_result *result)
{
    bool driver_first = rng_mix(claim->seed, attempt) & 1;
    double makespan[2];
    for (int i = 0; i < 2; i++) {
        bool is_driver = (i == 0) == driver_first;
        makespan[is_driver] =
            measure(runner, claim, is_driver ? claim->driver : claim->reference, result->reason);
        if (is_driver && makespan[is_driver] == NOT_COMPLETED)
            result->outcome = CLAIM_INVALID;
        if (makespan[is_driver] <= 0)
            return false;
    }
    *ratio = makespan[0] / makespan[1];
    return true;
}

static void judge(const struct claim *claim, double *ratios, struct claim_result *result)
{
    qsort(ratios, result->pairs, sizeof(*ratios), stats_compare_doubles);
    result->median = stats_median(ratios, result->pairs);
    result->interval = stats_anytime_median_interval(ratios, result->pairs, STATS_COVERAGE);
    if (!stats_is_interval(result->interval))
        return;
    if (result->interval.low >= claim->share)
        result->outcome = CLAIM_REACHED;
    else if (result->interval.high < claim->share)
        result->outcome = CLAIM_NOT_REACHED;
}

void claim_test(const struct claim *claim, struct claim_result *result)
{
    const struct run_settings settings = {.timeout = 10 * NSEC_PER_SEC};
    struct runner runner = runner_make(&settings);
    double ratios[PAIRS_MAX];
    nsec_t end = clock_now() + claim->time;
    runner.seed = claim->seed;
    *result = (struct claim_result){.outcome = CLAIM_UNDECIDED};
    for (size_t attempt = 0;
         result->outcome == CLAIM_UNDECIDED && attempt < PAIRS_MAX && clock_now() < end; attempt++)
        if (measure_pair(&runner, claim, attempt, &ratios[result->pairs], result)) {
            result->pairs++;
            result->reason[0] = '\0';
            judge(claim, ratios, result);
        }
    if (result->outcome == CLAIM_UNDECIDED && !result->reason[0])
        snprintf(result->reason, sizeof(result->reason),
                 "the interval still holds the share that was claimed");
}
