#include "limits.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/interrupt.h"
#include "lib/terminal.h"
#include "lib/rng.h"
#include "bench/base/machine_limits.h"
#include "bench/keep/folder.h"
#include "campaign_options.h"
#include "progress.h"

/* ---- options ---- */

static const struct option_row rows[] = {
    {"efficiency", 'e', OPTION_SHARE, OPTION_FIELD(struct limits_options, rules.share),
     .initial = "50%", .help = "a driver that falls below this efficiency has ended"},
    {"from", 0, OPTION_COUNT, OPTION_FIELD(struct limits_options, rules.from), .initial = "1",
     .min = 1, .max = CASE_CONCURRENCY_MAX, .help = "the first step; it doubles from there"},
    /* Beyond its initial value no address has a port left to connect from. */
    {"max", 0, OPTION_COUNT, OPTION_FIELD(struct limits_options, rules.max), .initial = "65536",
     .min = 1, .max = CASE_CONCURRENCY_MAX,
     .help = "the last step that may be tried; above 65536 client and server are divided among "
             "processes, as descriptors require"},
    {"time", 0, OPTION_TIME, OPTION_FIELD(struct limits_options, time), .initial = "10m", .min = 1,
     .help = "in all, in equal parts for the drivers that have not ended"},
    {"memory", 0, OPTION_SHARE, OPTION_FIELD(struct limits_options, rules.memory_share),
     .initial = "25%", .help = "of what is available: a step that would take more is not made"},
    {"json", 'j', OPTION_FLAG, OPTION_FIELD(struct limits_options, json),
     .help = "one JSON object per driver on standard output"},
    {0},
};

static const char *const of_plan[] = {"driver",  "workload",     "keep-alive",  "delay", "backlog",
                                      "url",     "expect",       "repetitions", "seed",  "stack",
                                      "timeout", "server-model", NULL};

static const struct option_value initial[] = {
    {"delay", "1s"}, {"timeout", "10s"}, {"name", "limits"}, {0}};

const struct option_table limits_option_table = {
    .program = "waitbench limits",
    .brief = "raise the concurrency until each driver fails, and name the limit it hits",
    .usage = "[--driver NAMES] [options]",
    .summary =
        "Raise how many requests each driver has in flight, all at once, by steps: 1, 2, 4 …, "
        "until one fails or takes twice as long as the server's delay: an efficiency of 50%. Then "
        "narrow the range, and report for each driver its capacity (the most in flight that still "
        "reached the efficiency), what ended it, and which limit of the machine that was. Without "
        "--driver these are all drivers that have more than one request in flight. A step that is "
        "too slow is repeated up to 3 times. Runs are recorded as a campaign's are.\n\nThe delay "
        "is a second, so that thousands of requests really are in flight at once: with less, the "
        "first are completed before the last are sent. At an efficiency of 50% a driver spends "
        "another second on everything else: where no limit is hit, the capacity is what a driver "
        "and its server complete in a second, and a longer --delay raises it. With --efficiency 1% "
        "slowness hardly counts, and the steps go on to the first failure. With --url, "
        "where no delay is known, they do so too: a step passes if all its requests are completed "
        "within --timeout.\n\nSafe on a machine "
        "with other users: it ends within --time, and starts nothing that would take more than "
        "--memory. It does load all cores meanwhile.",
    .initial = initial,
    .sets = {{.rows = rows},
             PLAN_OPTION_SETS(offsetof(struct limits_options, plan), of_plan),
             {.rows = campaign_name_rows, .offset = offsetof(struct limits_options, name)},
             {.rows = folder_option_rows, .offset = offsetof(struct limits_options, results)},
             {.rows = output_option_rows, .offset = offsetof(struct limits_options, output)}},
};

static int check(const struct limits_options *options, struct error *error)
{
    const struct plan_request *request = &options->plan.request;
    if (options->rules.from > options->rules.max)
        return error_set(error, "--from %u is more than --max %u", options->rules.from,
                         options->rules.max);
    if (request->backlog_count != 1)
        return error_set(error, "--backlog: one, not %zu", request->backlog_count);
    if (request->server_count != 1)
        return error_set(error, "--server-model: one, not %zu", request->server_count);
    if (request->base.workload->local)
        return error_set(error, "--workload: %s sends nothing to a server, so nothing is in flight",
                         request->base.workload->name);
    if (request->base.delay == 0 && !request->base.url)
        return error_set(error,
                         "--delay: without a delay there is no ideal makespan to compare with");
    return 0;
}

static void add_driver(struct limits *limits, const struct driver *driver)
{
    if (!(driver->traits & (DRIVER_SERIAL | DRIVER_OFFLINE)) &&
        limits->driver_count < PLAN_LIST_MAX)
        limits->drivers[limits->driver_count++] = driver;
}

/* All drivers, or those given; a driver with one request in flight has nothing to raise. */
static int choose_drivers(struct limits *limits, const struct plan_request *request,
                          struct error *error)
{
    for (size_t i = 0; i < request->driver_count; i++)
        add_driver(limits, request->drivers[i]);
    for (size_t i = 0; request->driver_count == 0 && drivers[i]; i++)
        add_driver(limits, drivers[i]);
    return limits->driver_count
               ? 0
               : error_set(error,
                           "%s never has more than one request in flight: there is nothing "
                           "to raise",
                           request->drivers[0]->name);
}

/* Beyond what one process can have: as far as there is room. */
static int find_room(struct limits *limits, struct error *error)
{
    struct candidate_rules *rules = &limits->rules;
    rules->divided = rules->max > ROOM_UNDIVIDED_MAX;
    if (!rules->divided)
        return 0;
    room_find(&limits->room, rules->memory_share);
    const struct room_limit *least = room_least(&limits->room);
    if (least->allows < rules->from)
        return error_set(error,
                         "%s leaves room for %" PRId64 " requests in flight, fewer than --from %u",
                         machine_limit_rows[least->limit].name, least->allows, rules->from);
    if (least->allows < rules->max)
        rules->max = (unsigned)least->allows;
    return 0;
}

int limits_options_apply(const struct limits_options *options, int argc, char **argv,
                         struct limits *limits, struct error *error)
{
    struct plan_request taken = options->plan.request, *request = &taken;
    struct campaign_info *info = &limits->campaign.info;
    *limits = (struct limits){.rules = options->rules, .time = options->time};
    if (check(options, error) < 0 || plan_request_take_url(request, error) < 0 ||
        choose_drivers(limits, request, error) < 0 || find_room(limits, error) < 0 ||
        campaign_record_command(info, argc, (const char *const *)argv, error) < 0)
        return -1;
    strcpy(info->name, options->name);
    info->seed = options->plan.seed ? options->plan.seed : rng_fresh_seed() >> 1;
    info->repetitions = limits->rules.repetitions = options->plan.repetitions;
    /* The requests of hundreds of runs would be gigabytes. */
    limits->campaign.without_samples = true;
    if (request->base.url)
        limits->rules.share = 0; /* its delay is not known, and so no ideal */
    limits->campaign.runner = runner_make(&options->plan.run);
    limits->divides_server = limits->rules.divided && !options->plan.run.server_name &&
                             !request->base.url &&
                             !strcmp(request->servers[0].model, CASE_USUAL_SERVER);
    limits->c = request->base;
    limits->c.arrivals = ARRIVALS_BURST;
    limits->c.backlog = request->backlogs[0];
    limits->c.server_model = request->servers[0].model;
    limits->c.time_box = 0;
    limits->c.predicted = -1;
    return 0;
}

/* ---- the search ---- */

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
    if (memory_before >= 0 && record.watch.memory_available_bytes >= 0)
        record.usage.value[USAGE_SYSTEM][USAGE_MEMORY_TAKEN_BYTES] =
            memory_before - record.watch.memory_available_bytes;
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

static void divide(const struct limits *limits, struct bench_case *c)
{
    room_divide_load(&limits->room, c);
    if (limits->divides_server)
        room_divide_server(&limits->room, c);
}

static enum campaign_result run_turn(struct search *search, struct candidate *candidate,
                                     struct error *error)
{
    if (interrupted())
        return CAMPAIGN_INTERRUPTED;
    int64_t memory = memory_settled();
    enum campaign_result result = CAMPAIGN_COMPLETE;
    if (candidate_next(candidate, memory, search->time_share)) {
        if (search->limits->rules.divided)
            divide(search->limits, &candidate->c);
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

/* Which limit is the nearest, for the tables. */
static int keep_room(const struct limits *limits, struct store *store, struct error *error)
{
    const struct room_limit *least = room_least(&limits->room);
    char value[LIMIT_NAME_BYTES + 24];
    snprintf(value, sizeof(value), "%s %" PRId64, machine_limit_rows[least->limit].name,
             least->allows);
    return store_put_environment(store, limits->campaign.info.id, STORE_ROOM_KEY, value, error);
}

enum campaign_result limits_execute(struct limits *limits, struct store *store, struct error *error)
{
    struct campaign *campaign = &limits->campaign;
    struct search search = {.limits = limits, .store = store, .count = limits->driver_count};
    campaign->drivers = limits->drivers;
    campaign->driver_count = limits->driver_count;
    if (campaign_begin(campaign, store, error) < 0)
        return campaign_end(campaign, store, CAMPAIGN_FAILED, error);
    if (limits->rules.divided && keep_room(limits, store, error) < 0)
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
