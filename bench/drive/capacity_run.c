#include "capacity_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/interrupt.h"
#include "bench/keep/folder.h"
#include "campaign_options.h"
#include "lib/rng.h"
#include "lib/terminal.h"
#include "progress.h"

/* ---- options ---- */

static int take_slo(void *field, const char *value, struct error *error)
{
    return slo_parse(field, value, error);
}

static const struct option_row rows[] = {
    {"slo", 0, OPTION_CUSTOM, OPTION_FIELD(struct capacity_options, slo), .take = take_slo,
     .argument = "OBJECTIVE", .initial = "p99<50ms",
     .help = "what has to be met: a percentile of latency, or errors<SHARE"},
    {"from", 0, OPTION_COUNT, OPTION_FIELD(struct capacity_options, rules.from), .initial = "100",
     .min = 1, .max = CASE_RATE_MAX, .help = "the first rate; it doubles from there"},
    {"max", 0, OPTION_COUNT, OPTION_FIELD(struct capacity_options, rules.max), .initial = "1M",
     .min = 1, .max = CASE_RATE_MAX, .help = "the highest rate to try"},
    {"width", 0, OPTION_SHARE, OPTION_FIELD(struct capacity_options, rules.width), .initial = "5%",
     .help = "how narrow the interval is to be"},
    {"step", 0, OPTION_TIME, OPTION_FIELD(struct capacity_options, step), .initial = "1s",
     .min = 10 * NSEC_PER_MSEC, .max = 3600 * NSEC_PER_SEC,
     .help = "how long each rate is tried, at least"},
    {"budget", 0, OPTION_TIME, OPTION_FIELD(struct capacity_options, budget), .initial = "10m",
     .min = NSEC_PER_SEC, .help = "in all; what is known then is reported"},
    {"resume", 0, OPTION_TEXT, OPTION_FIELD(struct capacity_options, resume),
     .argument = "CAMPAIGN",
     .help = "continue an interrupted search with the options it was started with"},
    {0},
};

static const char *const of_plan[] = {"driver",   "workload",    "url",        "expect",
                                      "arrivals", "concurrency", "keep-alive", "delay",
                                      "work",     "backlog",     "server",     "server-model",
                                      "seed",     "stack",       "timeout",    NULL};

static const struct option_value initial[] = {
    {"arrivals", "poisson"}, {"delay", "10ms"}, {"name", "capacity"}, {"timeout", "10s"}, {0}};

const struct option_table capacity_option_table = {
    .program = "waitbench capacity",
    .brief = "find the highest rate at which an objective is met",
    .usage = "[--driver NAMES] [--slo OBJECTIVE] [options] | capacity --resume CAMPAIGN",
    .summary =
        "For each driver and server model, find the highest rate of arrivals that meets a "
        "service-level objective, such as p99<20ms or errors<0.1%: latency runs from the moment a "
        "request was to start. The rate doubles until the objective is violated; then the range is "
        "narrowed until its ends are within --width, and both ends are tried once more. A run "
        "decides by the binomial distribution, and has the requests which that needs: 3000 for a "
        "p99. One that other processes disturbed is repeated. The result is an interval: at its "
        "lower end the objective was met, at its upper end violated.\n\nRuns are recorded as a "
        "campaign's are, and an interrupted search goes on with --resume.",
    .initial = initial,
    .sets = {{.rows = rows},
             PLAN_OPTION_SETS(offsetof(struct capacity_options, plan), of_plan),
             {.rows = campaign_name_rows, .offset = offsetof(struct capacity_options, name)},
             {.rows = folder_option_rows, .offset = offsetof(struct capacity_options, results)},
             {.rows = output_option_rows, .offset = offsetof(struct capacity_options, output)}},
};

static int check(const struct capacity_options *options, struct error *error)
{
    const struct plan_request *request = &options->plan.request;
    if (options->rules.from > options->rules.max)
        return error_set(error, "--from %u is more than --max %u", options->rules.from,
                         options->rules.max);
    if (request->backlog_count != 1)
        return error_set(error, "--backlog: one, not %zu", request->backlog_count);
    if (request->arrivals.count != 1 || !arrivals_are_open(request->arrivals.items[0]))
        return error_set(error, "--arrivals: constant or poisson");
    if (request->base.workload->local)
        return error_set(error, "--workload: %s sends nothing to a server",
                         request->base.workload->name);
    return 0;
}

/* A case for each pair, whose rate is found out. */
static int make_pairs(struct capacity_options *options, struct plan *plan, struct error *error)
{
    struct plan_request *request = &options->plan.request;
    request->rates[0] = options->rules.from;
    request->rate_count = 1;
    if (check(options, error) < 0 || plan_options_finish(&options->plan, plan, error) < 0)
        return -1;
    for (size_t i = 0; i < plan->case_count; i++)
        plan->cases[i].rate = 0;
    return 0;
}

int capacity_options_apply(struct capacity_options *options, int argc, char **argv,
                           struct store *store, struct capacity *capacity, struct error *error)
{
    *capacity = (struct capacity){0};
    struct campaign *campaign = &capacity->campaign;
    const struct capacity_options typed = *options;
    if (typed.resume) {
        const struct stored_options stored = {"capacity", &capacity_option_table, options,
                                              sizeof(*options)};
        if (campaign_recall(store, typed.resume, &stored, &campaign->info, error) < 0)
            return -1;
        options->results = typed.results; /* where it is now, not where it was then */
        options->output = typed.output;
        options->plan.seed = campaign->info.seed;
    }
    if (make_pairs(options, &campaign->plan, error) < 0)
        return -1;
    capacity->slo = options->slo;
    capacity->rules = options->rules;
    capacity->step = options->step;
    capacity->budget = options->budget;
    campaign->runner = runner_make(&options->plan.run);
    if (typed.resume)
        return 0;
    strcpy(campaign->info.name, options->name);
    campaign->info.seed = options->plan.seed;
    campaign->info.repetitions = 1;
    if (campaign_record_command(&campaign->info, argc, (const char *const *)argv, error) == 0)
        return 0;
    plan_release(&campaign->plan);
    return -1;
}

/* ---- the search ---- */

enum {
    QUIET_TRIES = 3,     /* of a run that others disturbed */
    FIRST_SHARE = 4,     /* a rate's first run has a quarter of the requests */
    LIMITS_IN_STEP = 20, /* a queue needs time to grow as long as the objective allows */
};

struct pair {
    const struct bench_case *c;
    struct capacity_search search;
    struct bench_case *cases; /* one for each rate, with its id in the store */
    size_t case_count;
    unsigned steps;
};

struct hunt {
    struct capacity *capacity;
    struct store *store;
    struct pair *pairs;
    size_t count;
    size_t case_count; /* of all pairs */
    struct progress progress;
    unsigned round;
};

/* Enough for the percentile, for --step, and for a queue to become as long as the limit. */
static size_t requests_of(const struct capacity *capacity, const struct pair *pair, unsigned rate)
{
    nsec_t longest = LIMITS_IN_STEP * capacity->slo.limit;
    if (capacity->step > longest)
        longest = capacity->step;
    size_t needed = slo_requests(&capacity->slo);
    if (!capacity_has_tried(&pair->search, rate))
        needed /= FIRST_SHARE;
    double timed = ceil(clock_seconds(longest) * rate);
    size_t most = timed > (double)needed ? (size_t)timed : needed;
    return most < CASE_REQUESTS_MAX ? most : CASE_REQUESTS_MAX;
}

static struct bench_case *add_case(struct hunt *hunt, struct pair *pair, const struct bench_case *c)
{
    pair->cases = xrealloc(pair->cases, pair->case_count + 1, sizeof(*pair->cases));
    pair->cases[pair->case_count] = *c;
    hunt->case_count++;
    return &pair->cases[pair->case_count++];
}

/* The pair's case at this rate. Runs of a rate can differ in length, so each number of requests is
 * a case of its own. */
static const struct bench_case *case_at(struct hunt *hunt, struct pair *pair, unsigned rate,
                                        struct error *error)
{
    struct bench_case c = *pair->c;
    c.rate = rate;
    c.requests = requests_of(hunt->capacity, pair, rate);
    for (size_t i = 0; i < pair->case_count; i++)
        if (pair->cases[i].rate == c.rate && pair->cases[i].requests == c.requests)
            return &pair->cases[i];
    if (store_add_case(hunt->store, hunt->capacity->campaign.info.id, hunt->case_count, &c, error) <
        0)
        return NULL;
    return add_case(hunt, pair, &c);
}

/* What happened to the server or the machine says nothing of the rate. */
static bool is_disturbed(const struct run_record *record)
{
    return record->quality == QUALITY_NOISY || record->completed == 0;
}

static int keep_step(struct hunt *hunt, struct pair *pair, const struct bench_case *c,
                     struct run_record *record, bool counts, struct error *error)
{
    struct capacity *capacity = hunt->capacity;
    struct capacity_step step = {.pair = (unsigned)(pair - hunt->pairs),
                                 .step = pair->steps++,
                                 .case_id = c->id,
                                 .rate = c->rate,
                                 .requests = record->requests,
                                 .violations = slo_violations(&capacity->slo, record),
                                 .limit = capacity->slo.limit,
                                 .latency = slo_latency(&capacity->slo, record),
                                 .counts = counts};
    strcpy(step.slo, capacity->slo.text);
    step.outcome = slo_judge(&capacity->slo, step.requests, step.violations);
    record->block = step.step;
    record->position = (unsigned)(pair - hunt->pairs);
    if (counts)
        capacity_take(&pair->search, step.rate, step.outcome);
    return campaign_keep_step(&capacity->campaign, hunt->store, record, &step, error);
}

/* Run the next rate of a pair, again where others disturbed it. */
static enum campaign_result run_step(struct hunt *hunt, struct pair *pair, unsigned rate,
                                     struct error *error)
{
    const struct bench_case *c = case_at(hunt, pair, rate, error);
    if (!c)
        return CAMPAIGN_FAILED;
    progress_show(&hunt->progress, c);
    for (unsigned tries = 1;; tries++) {
        struct run_record record;
        if (interrupted())
            return CAMPAIGN_INTERRUPTED;
        switch (runner_run(&hunt->capacity->campaign.runner, c, &record, error)) {
        case RUNNER_INTERRUPTED: return CAMPAIGN_INTERRUPTED;
        case RUNNER_FAILED: return CAMPAIGN_FAILED;
        case RUNNER_DONE: break;
        }
        bool counts = tries == QUIET_TRIES || !is_disturbed(&record);
        int kept = keep_step(hunt, pair, c, &record, counts, error);
        run_record_release(&record);
        if (kept < 0)
            return CAMPAIGN_FAILED;
        if (counts)
            break;
    }
    progress_advance(&hunt->progress, c);
    return CAMPAIGN_COMPLETE;
}

/* One run of each pair that is not done. `*left`: whether there was one. */
static enum campaign_result run_round(struct hunt *hunt, bool *left, struct error *error)
{
    enum campaign_result result = CAMPAIGN_COMPLETE;
    size_t *order = xcalloc(hunt->count, sizeof(*order));
    struct rng rng;
    for (size_t i = 0; i < hunt->count; i++)
        order[i] = i;
    rng_init(&rng, rng_mix(hunt->capacity->campaign.info.seed, hunt->round++));
    rng_shuffle(&rng, order, hunt->count, sizeof(*order));
    *left = false;
    for (size_t i = 0; i < hunt->count && result == CAMPAIGN_COMPLETE; i++) {
        struct pair *pair = &hunt->pairs[order[i]];
        unsigned rate = capacity_next(&pair->search);
        if (rate)
            result = run_step(hunt, pair, rate, error);
        *left = *left || rate;
    }
    free(order);
    return result;
}

/* The cases and steps of a search that is resumed. */
static int recall_cases(struct hunt *hunt, struct error *error)
{
    const unsigned fields = case_fields_of(CASE_SAME) & ~(CASE_BIT(rate) | CASE_BIT(requests));
    struct bench_case *cases;
    size_t n;
    if (store_cases(hunt->store, hunt->capacity->campaign.info.id, &cases, &n, error) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < hunt->count; p++)
            if (case_order(&cases[i], hunt->pairs[p].c, fields) == 0)
                add_case(hunt, &hunt->pairs[p], &cases[i]);
    free(cases);
    return 0;
}

static int recall_steps(struct hunt *hunt, struct error *error)
{
    struct capacity_step *steps;
    size_t n;
    if (store_capacity_steps(hunt->store, hunt->capacity->campaign.info.id, &steps, &n, error) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (steps[i].pair >= hunt->count)
            continue;
        struct pair *pair = &hunt->pairs[steps[i].pair];
        if (steps[i].counts)
            capacity_take(&pair->search, steps[i].rate, steps[i].outcome);
        pair->steps = steps[i].step + 1;
    }
    free(steps);
    return 0;
}

static enum campaign_result search_all(struct hunt *hunt, struct error *error)
{
    nsec_t deadline = clock_now() + hunt->capacity->budget;
    enum campaign_result result = CAMPAIGN_COMPLETE;
    bool left = true;
    if (recall_cases(hunt, error) < 0 || recall_steps(hunt, error) < 0)
        return CAMPAIGN_FAILED;
    progress_init(&hunt->progress, 0, 0);
    while (left && result == CAMPAIGN_COMPLETE && clock_now() < deadline)
        result = run_round(hunt, &left, error);
    terminal_status("");
    return result;
}

enum campaign_result capacity_execute(struct capacity *capacity, struct store *store,
                                      struct error *error)
{
    struct campaign *campaign = &capacity->campaign;
    struct plan pairs = campaign->plan;
    struct hunt hunt = {.capacity = capacity, .store = store, .count = pairs.case_count};
    campaign->plan = (struct plan){0}; /* its cases are added one by one */
    int begun = campaign_begin(campaign, store, error);
    hunt.pairs = xcalloc(hunt.count, sizeof(*hunt.pairs));
    for (size_t i = 0; i < hunt.count; i++) {
        hunt.pairs[i].c = &pairs.cases[i];
        capacity_begin(&hunt.pairs[i].search, &capacity->rules);
    }
    enum campaign_result result = begun < 0 ? CAMPAIGN_FAILED : search_all(&hunt, error);
    for (size_t i = 0; i < hunt.count; i++)
        free(hunt.pairs[i].cases);
    free(hunt.pairs);
    plan_release(&pairs);
    return campaign_end(campaign, store, result, error);
}
