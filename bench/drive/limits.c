#include "limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/base/environment.h"
#include "bench/base/interrupt.h"
#include "lib/terminal.h"
#include "lib/rng.h"
#include "bench/base/machine_limits.h"
#include "progress.h"

enum {
    ORDINALS_EACH = 1 << 20, /* ordinals of cases per driver: more than C can be */
    SETTLE_LOOKS = 15,
    SETTLE_BYTES = 1 << 20,
};

static const struct timespec SETTLE_PAUSE = {.tv_nsec = 20 * NSEC_PER_MSEC};

struct search {
    struct limits *limits;
    struct store *store;
    struct candidate *candidates;
    size_t count;
    nsec_t deadline;
    struct progress progress;
    /* The current round: its number, the position in it, and each driver's share of the remaining
     * time. */
    unsigned round, position;
    nsec_t time_share;
};

/* The available memory after the kernel has freed the sockets of the previous run, which it does
 * with some delay: otherwise this run would seem to take less than it does. */
static int64_t memory_settled(void)
{
    int64_t available = machine_memory_available();
    for (int i = 0; i < SETTLE_LOOKS && !interrupted(); i++) {
        interrupt_poll(NULL, 0, &SETTLE_PAUSE);
        int64_t now = machine_memory_available();
        if (now < available + SETTLE_BYTES)
            break;
        available = now;
    }
    return available;
}

/* The peak memory of a run, as far as known. */
static int64_t memory_taken(const struct run_record *record, int64_t before)
{
    int64_t left = record->watch.memory_available_bytes;
    int64_t taken = before >= 0 && left >= 0 ? before - left : 0;
    int64_t grown = record->usage.value[USAGE_CLIENT][USAGE_RSS_GROWTH_BYTES];
    return grown > taken ? grown : taken;
}

/* The server or the process could not be started. At the first step that is an error, not a
 * limit. */
static enum campaign_result not_started(struct candidate *candidate, const struct error *error)
{
    struct limits_result result = {
        .end = LIMITS_FAILED, .efficiency = NAN, .errnum = error->errnum, .limit.value = -1};
    if (candidate->ramp.passed == 0)
        return CAMPAIGN_FAILED;
    snprintf(result.reason, sizeof(result.reason), "%s", error->text);
    candidate_take(candidate, &result, candidate->last_time, candidate->last_memory);
    return CAMPAIGN_COMPLETE;
}

/* Time and memory are also limited during the run: predictions may be wrong. */
static enum campaign_result run_step(struct search *search, struct candidate *candidate,
                                     int64_t memory_before, struct error *error)
{
    const struct candidate_rules *rules = &search->limits->rules;
    struct campaign *campaign = &search->limits->campaign;
    struct runner runner = campaign->runner;
    struct run_record record;
    nsec_t most = search->time_share - candidate->c.delay;
    bool short_time = most < runner.settings.timeout;
    if (short_time)
        runner.settings.timeout = most;
    if (memory_before > 0)
        runner.memory_floor_bytes =
            memory_before - (int64_t)(rules->memory_share * (double)memory_before);
    nsec_t before = clock_now();
    switch (runner_run(&runner, &candidate->c, &record, error)) {
    case RUNNER_INTERRUPTED: return CAMPAIGN_INTERRUPTED;
    case RUNNER_FAILED: return not_started(candidate, error);
    case RUNNER_DONE: break;
    }
    record.block = search->round;
    record.position = search->position;
    struct limits_result result;
    limits_judge(&record, &candidate->c, rules->share, memory_before, &result);
    if (short_time && record.stopped == RUN_STOPPED_TIMEOUT)
        result.end = LIMITS_TIME;
    int kept = campaign_keep_run(campaign, search->store, &candidate->c, &record, error);
    candidate_take(candidate, &result, clock_now() - before, memory_taken(&record, memory_before));
    run_record_release(&record);
    return kept < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
}

static int keep_case(struct search *search, struct candidate *candidate, struct error *error)
{
    struct bench_case *c = &candidate->c;
    size_t place = (size_t)(candidate - search->candidates) * ORDINALS_EACH + c->concurrency;
    return c->id ? 0
                 : store_add_case(search->store, search->limits->campaign.info.id, place, c, error);
}

static int keep_row(struct search *search, const struct candidate *candidate, struct error *error)
{
    return store_put_limits(search->store, search->limits->campaign.info.id,
                            (size_t)(candidate - search->candidates), &candidate->row, error);
}

static enum campaign_result run_turn(struct search *search, struct candidate *candidate,
                                     struct error *error)
{
    if (interrupted())
        return CAMPAIGN_INTERRUPTED;
    int64_t memory = memory_settled();
    enum campaign_result result = CAMPAIGN_COMPLETE;
    if (candidate_next(candidate, memory, search->time_share)) {
        progress_show(&search->progress, &candidate->c);
        result = keep_case(search, candidate, error) < 0
                     ? CAMPAIGN_FAILED
                     : run_step(search, candidate, memory, error);
        progress_advance(&search->progress, &candidate->c);
    }
    if (result == CAMPAIGN_COMPLETE && keep_row(search, candidate, error) < 0)
        result = CAMPAIGN_FAILED;
    return result;
}

/* The candidates that are not over, in the order of the round. Returns how many. */
static size_t order_round(const struct search *search, size_t *order)
{
    struct rng rng;
    size_t n = 0;
    for (size_t i = 0; i < search->count; i++)
        if (!search->candidates[i].over)
            order[n++] = i;
    rng_init(&rng, rng_mix(search->limits->campaign.info.seed, search->round));
    rng_shuffle(&rng, order, n, sizeof(*order));
    return n;
}

static enum campaign_result run_rounds(struct search *search, struct error *error)
{
    size_t n, *order = xcalloc(search->count, sizeof(*order));
    enum campaign_result result = CAMPAIGN_COMPLETE;
    for (; result == CAMPAIGN_COMPLETE && (n = order_round(search, order)); search->round++) {
        search->time_share = (search->deadline - clock_now()) / (nsec_t)n;
        for (search->position = 0; search->position < n && result == CAMPAIGN_COMPLETE;
             search->position++)
            result = run_turn(search, &search->candidates[order[search->position]], error);
    }
    free(order);
    terminal_status("");
    return result;
}

/* Store the language versions of external programs: a campaign takes them from its plan, which is
 * empty. */
static int keep_programs(struct search *search, struct error *error)
{
    struct environment programs = {.count = 0};
    int result = 0;
    for (size_t i = 0; i < search->count; i++)
        environment_add_program(&programs, search->limits->drivers[i]);
    for (size_t i = 0; i < programs.count && result == 0; i++)
        result = store_put_environment(search->store, search->limits->campaign.info.id,
                                       programs.entries[i].key, programs.entries[i].value, error);
    return result;
}

/* A candidate that is not over was interrupted. */
static int keep_ends(struct search *search, struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < search->count && result == 0; i++) {
        if (!search->candidates[i].over)
            candidate_stop(&search->candidates[i], LIMITS_INTERRUPTED);
        result = keep_row(search, &search->candidates[i], error);
    }
    return result;
}

enum campaign_result limits_execute(struct limits *limits, struct store *store, struct error *error)
{
    struct campaign *campaign = &limits->campaign;
    struct search search = {.limits = limits, .store = store, .count = limits->driver_count};
    if (campaign_begin(campaign, store, error) < 0 || keep_programs(&search, error) < 0)
        return campaign_end(campaign, store, CAMPAIGN_FAILED, error);
    search.deadline = clock_now() + limits->time;
    search.candidates = xcalloc(search.count, sizeof(*search.candidates));
    progress_init(&search.progress, 0, 0);
    for (size_t i = 0; i < search.count; i++)
        candidate_init(&search.candidates[i], limits->drivers[i], &limits->c, &limits->rules);
    enum campaign_result result = run_rounds(&search, error);
    struct error unkept;
    if (keep_ends(&search, &unkept) < 0 && result != CAMPAIGN_FAILED) {
        *error = unkept;
        result = CAMPAIGN_FAILED;
    }
    for (size_t i = 0; i < search.count; i++)
        candidate_release(&search.candidates[i]);
    free(search.candidates);
    return campaign_end(campaign, store, result, error);
}
