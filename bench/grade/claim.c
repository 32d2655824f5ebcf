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

/* The makespan of a run; 0 and the reason where it is not valid. */
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
        return 0;
    }
    bool valid = record.quality != QUALITY_INVALID && record.completed == record.requests;
    double makespan = valid ? (double)record.makespan : 0;
    if (!valid)
        snprintf(reason, 320, "%.300s",
                 record.reasons[0] ? record.reasons : "not all requests were completed");
    run_record_release(&record);
    return makespan;
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
    while (result->outcome == CLAIM_UNDECIDED && result->pairs < PAIRS_MAX && clock_now() < end) {
        /* Which is first is drawn: a machine that slows down must not favour either. */
        bool driver_first = rng_mix(claim->seed, result->pairs) & 1;
        double makespan[2];
        for (int i = 0; i < 2; i++) {
            bool is_driver = (i == 0) == driver_first;
            double took = measure(&runner, claim, is_driver ? claim->driver : claim->reference,
                                  result->reason);
            if (took == 0) {
                result->outcome = is_driver ? CLAIM_INVALID : CLAIM_UNDECIDED;
                return;
            }
            makespan[is_driver] = took;
        }
        ratios[result->pairs++] = makespan[0] / makespan[1];
        judge(claim, ratios, result);
    }
    if (result->outcome == CLAIM_UNDECIDED)
        snprintf(result->reason, sizeof(result->reason),
                 "the interval still holds the share that was claimed");
}
