#include "limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/base/environment.h"
#include "bench/base/interrupt.h"
#include "lib/rng.h"
#include "bench/base/machine_limits.h"
#include "progress.h"

enum {
    ORDINALS_EACH = 1 << 20, /* places in the tables for a driver: more than C can be */
    SETTLE_LOOKS = 15,
    SETTLE_BYTES = 1 << 20,
};

static const struct timespec SETTLE_PAUSE = {.tv_nsec = 20 * NSEC_PER_MSEC};

struct race {
    struct limits *limits;
    struct store *store;
    struct candidate *candidates;
    size_t count;
    nsec_t deadline;
    struct progress progress;
    /* The round: its number, the part of the time left that each may use, who comes when. */
    unsigned round, position;
    nsec_t part;
};

/* What is available once the kernel has freed the sockets of the run before, which it does a while
 * after they are closed: else this run would seem to take less than it does. */
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

/* What a run took at the most, as far as anybody can tell. */
static int64_t memory_taken(const struct run_record *record, int64_t before)
{
    int64_t left = record->watch.memory_available_bytes;
    int64_t taken = before >= 0 && left >= 0 ? before - left : 0;
    int64_t grown = record->usage.value[USAGE_CLIENT][USAGE_RSS_GROWTH_BYTES];
    return grown > taken ? grown : taken;
}

/* The server or the process could not even be started. At the first step that is no limit. */
static enum campaign_result not_started(struct candidate *candidate, const struct error *error)
{
    struct limits_result quality = {
        .end = LIMITS_FAILED, .efficiency = NAN, .errnum = error->errnum, .limit.value = -1};
    if (candidate->ramp.held == 0)
        return CAMPAIGN_FAILED;
    snprintf(quality.reason, sizeof(quality.reason), "%s", error->text);
    candidate_take(candidate, &quality, candidate->last_time, candidate->last_memory);
    return CAMPAIGN_COMPLETE;
}

/* Time and memory are limited while it runs, too: foretelling may be wrong. */
static enum campaign_result run_step(struct race *race, struct candidate *candidate,
                                     int64_t memory_before, struct error *error)
{
    const struct candidate_rules *rules = &race->limits->rules;
    struct campaign *campaign = &race->limits->campaign;
    struct runner runner = campaign->runner;
    struct run_record record;
    nsec_t most = race->part - candidate->c.delay;
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
    record.block = race->round;
    record.position = race->position;
    struct limits_result quality;
    limits_judge(&record, &candidate->c, rules->share, memory_before, &quality);
    if (short_time && record.stopped == RUN_STOPPED_TIMEOUT)
        quality.end = LIMITS_TIME;
    int kept = campaign_keep_run(campaign, race->store, &candidate->c, &record, error);
    candidate_take(candidate, &quality, clock_now() - before, memory_taken(&record, memory_before));
    run_record_release(&record);
    return kept < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
}

static int keep_case(struct race *race, struct candidate *candidate, struct error *error)
{
    struct bench_case *c = &candidate->c;
    size_t place = (size_t)(candidate - race->candidates) * ORDINALS_EACH + c->concurrency;
    return c->id ? 0 : store_add_case(race->store, race->limits->campaign.info.id, place, c, error);
}

static int keep_row(struct race *race, const struct candidate *candidate, struct error *error)
{
    return store_put_limits(race->store, race->limits->campaign.info.id,
                            (size_t)(candidate - race->candidates), &candidate->row, error);
}

static enum campaign_result take_turn(struct race *race, struct candidate *candidate,
                                      struct error *error)
{
    if (interrupted())
        return CAMPAIGN_INTERRUPTED;
    int64_t memory = memory_settled();
    enum campaign_result result = CAMPAIGN_COMPLETE;
    if (candidate_next(candidate, memory, race->part)) {
        progress_show(&race->progress, &candidate->c);
        result = keep_case(race, candidate, error) < 0 ? CAMPAIGN_FAILED
                                                       : run_step(race, candidate, memory, error);
        progress_advance(&race->progress, &candidate->c);
    }
    if (result == CAMPAIGN_COMPLETE && keep_row(race, candidate, error) < 0)
        result = CAMPAIGN_FAILED;
    return result;
}

/* Those that still climb, in the round's order. Returns how many. */
static size_t line_up(const struct race *race, size_t *order)
{
    struct rng rng;
    size_t n = 0;
    for (size_t i = 0; i < race->count; i++)
        if (!race->candidates[i].over)
            order[n++] = i;
    rng_init(&rng, rng_mix(race->limits->campaign.info.seed, race->round));
    rng_shuffle(&rng, order, n, sizeof(*order));
    return n;
}

static enum campaign_result run_rounds(struct race *race, struct error *error)
{
    size_t n, *order = xcalloc(race->count, sizeof(*order));
    enum campaign_result result = CAMPAIGN_COMPLETE;
    for (; result == CAMPAIGN_COMPLETE && (n = line_up(race, order)); race->round++) {
        race->part = (race->deadline - clock_now()) / (nsec_t)n;
        for (race->position = 0; race->position < n && result == CAMPAIGN_COMPLETE;
             race->position++)
            result = take_turn(race, &race->candidates[order[race->position]], error);
    }
    free(order);
    progress_clear(&race->progress);
    return result;
}

/* What the programs among them are written in: they are in no plan, where a campaign looks. */
static int keep_programs(struct race *race, struct error *error)
{
    struct environment programs = {.count = 0};
    int result = 0;
    for (size_t i = 0; i < race->count; i++)
        environment_add_program(&programs, race->limits->drivers[i]);
    for (size_t i = 0; i < programs.count && result == 0; i++)
        result = store_put_environment(race->store, race->limits->campaign.info.id,
                                       programs.entries[i].key, programs.entries[i].value, error);
    return result;
}

/* Whoever is not over by now was stopped from outside. */
static int keep_ends(struct race *race, struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < race->count && result == 0; i++) {
        if (!race->candidates[i].over)
            candidate_stop(&race->candidates[i], LIMITS_INTERRUPTED);
        result = keep_row(race, &race->candidates[i], error);
    }
    return result;
}

enum campaign_result limits_execute(struct limits *limits, struct store *store, struct error *error)
{
    struct campaign *campaign = &limits->campaign;
    struct race race = {.limits = limits, .store = store, .count = limits->driver_count};
    if (campaign_begin(campaign, store, error) < 0 || keep_programs(&race, error) < 0)
        return campaign_end(campaign, store, CAMPAIGN_FAILED, error);
    race.deadline = clock_now() + limits->time;
    race.candidates = xcalloc(race.count, sizeof(*race.candidates));
    progress_init(&race.progress, 0, 0);
    for (size_t i = 0; i < race.count; i++)
        candidate_init(&race.candidates[i], limits->drivers[i], &limits->c, &limits->rules);
    enum campaign_result result = run_rounds(&race, error);
    struct error unkept;
    if (keep_ends(&race, &unkept) < 0 && result != CAMPAIGN_FAILED) {
        *error = unkept;
        result = CAMPAIGN_FAILED;
    }
    for (size_t i = 0; i < race.count; i++)
        candidate_release(&race.candidates[i]);
    free(race.candidates);
    return campaign_end(campaign, store, result, error);
}
