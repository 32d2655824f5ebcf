#include "capacity_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/interrupt.h"
#include "bench/base/machine_limits.h"
#include "bench/keep/folder.h"
#include "bench/plan/memory.h"
#include "campaign_options.h"
#include "lib/rng.h"
#include "lib/terminal.h"
#include "lib/units.h"
#include "progress.h"

enum {
    TRIES_MAX = 3,       /* of a run that has no result */
    FIRST_SHARE = 4,     /* a rate's first run has a quarter of the requests */
    LIMITS_IN_STEP = 20, /* a queue needs time to grow as long as the objective allows */
};

static nsec_t step_longest(nsec_t step, const struct slo *slo)
{
    nsec_t queue =
        slo->limit > INT64_MAX / LIMITS_IN_STEP ? INT64_MAX : LIMITS_IN_STEP * slo->limit;
    return step > queue ? step : queue;
}

/* ---- options ---- */

static int take_slo(void *field, const char *value, struct error *error)
{
    return slo_parse(field, value, error);
}

static const struct option_word open_arrivals[] = {[ARRIVALS_CLOSED] = {"", NULL},
                                                   [ARRIVALS_BURST] = {"", NULL},
                                                   [ARRIVALS_CONSTANT] = {"constant", NULL},
                                                   [ARRIVALS_POISSON] = {"poisson", NULL},
                                                   {0}};

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
     .min = NSEC_PER_SEC,
     .help = "in all: a run that would take longer is not started; what is known then is reported, "
             "and --resume goes on with as much time again"},
    {"arrivals", 's', OPTION_WORD,
     OPTION_FIELD(struct capacity_options, plan.request.arrivals.items[0]), .argument = "ARRIVALS",
     .alias = "shape", .words = open_arrivals,
     .help = "constant: equally far apart; poisson: at random times; C in flight at most"},
    {"resume", 0, OPTION_TEXT, OPTION_FIELD(struct capacity_options, resume),
     .argument = "CAMPAIGN", .values = "campaigns",
     .help = "continue an interrupted search with the options it was started with"},
    {0},
};

static const char *const of_plan[] = {"driver",       "workload", "url",   "expect",  "concurrency",
                                      "keep-alive",   "delay",    "work",  "backlog", "server",
                                      "server-model", "seed",     "stack", "timeout", NULL};

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
        "p99, a quarter of them in the first run of a rate; those of --step and of 20 times the "
        "limit, if they are more. One that other processes disturbed is repeated; where three in a "
        "row were, the majority of them decides, and the result is NOISY. The result is an "
        "interval: at its lower end the objective was met, at its upper end violated. Where the "
        "driver itself cannot offer a rate, the search ends there and says so.\n\nRuns are "
        "recorded as a campaign's are, and a search that was interrupted or whose budget was spent "
        "goes on with --resume.",
    .initial = initial,
    .sets = {{.rows = rows},
             PLAN_OPTION_SETS(offsetof(struct capacity_options, plan), of_plan),
             {.rows = campaign_name_rows, .offset = offsetof(struct capacity_options, name)},
             {.rows = folder_option_rows, .offset = offsetof(struct capacity_options, results)},
             {.rows = output_option_rows, .offset = offsetof(struct capacity_options, output)}},
};

/* The longest run, at --max, is one that can be made. */
static int check_longest(const struct capacity_options *options, struct error *error)
{
    nsec_t longest = step_longest(options->step, &options->slo);
    double most = CASE_REQUESTS_MAX / clock_seconds(longest);
    char text[UNITS_TEXT_BYTES];
    if (options->rules.max <= most)
        return 0;
    return error_set(error,
                     "--max %u: a run lasts %s (--step, or %d times the limit of --slo) and has %d "
                     "requests at most: lower --max to %.0f, or shorten the runs",
                     options->rules.max, units_format_time(longest, text), LIMITS_IN_STEP,
                     CASE_REQUESTS_MAX, floor(most));
}

/* No response of a server of ours is sooner there than its delay allows. */
static int check_delay(const struct capacity_options *options, struct error *error)
{
    const struct bench_case *base = &options->plan.request.base;
    const struct workload *workload = base->workload;
    nsec_t least = clock_add(base->delay, base->work);
    bool ours = !base->url && !options->plan.run.server_name;
    bool same = !workload->delay && !workload->is_job; /* for each request */
    char text[UNITS_TEXT_BYTES];
    if (!ours || !same || !options->slo.limit || options->slo.limit > least)
        return 0;
    return error_set(error, "%s cannot be met: the server alone takes %s (%s)", options->slo.text,
                     units_format_time_exact(least, text),
                     !base->work    ? "--delay"
                     : !base->delay ? "--work"
                                    : "--delay and --work");
}

static int check(const struct capacity_options *options, struct error *error)
{
    const struct plan_request *request = &options->plan.request;
    if (options->rules.from > options->rules.max)
        return error_set(error, "--from %u is more than --max %u", options->rules.from,
                         options->rules.max);
    if (request->backlog_count != 1)
        return error_set(error, "--backlog: one, not %zu", request->backlog_count);
    if (request->base.workload->local)
        return error_set(error, "--workload: %s sends nothing to a server",
                         request->base.workload->name);
    return check_delay(options, error) < 0 ? -1 : check_longest(options, error);
}

/* Enough for the percentile, for the step, and for a queue to become as long as the limit. */
static size_t requests_at(const struct slo *slo, nsec_t step, unsigned rate, bool first)
{
    size_t needed = first ? slo_requests(slo) / FIRST_SHARE : slo_requests(slo);
    double timed = ceil(clock_seconds(step_longest(step, slo)) * rate);
    return timed > (double)needed ? (size_t)timed : needed;
}

static int budget_too_short(const struct bench_case *c, nsec_t budget, struct error *error)
{
    char takes[UNITS_TEXT_BYTES], text[UNITS_TEXT_BYTES];
    return error_set(error,
                     "a run of %zu requests at %u requests/s takes %s, and --budget is %s: start "
                     "again with a longer one",
                     c->requests, c->rate, units_format_time(progress_expected(c), takes),
                     units_format_time(budget, text));
}

/* Each pair has time for its first run. */
static int check_first_runs(const struct capacity_options *options, const struct plan *plan,
                            struct error *error)
{
    for (size_t i = 0; i < plan->case_count; i++) {
        struct bench_case c = plan->cases[i];
        c.rate = options->rules.from;
        c.requests = requests_at(&options->slo, options->step, c.rate, true);
        if (progress_expected(&c) > options->budget)
            return budget_too_short(&c, options->budget, error);
    }
    return 0;
}

/* A case for each pair, whose rate is found out. */
static int make_pairs(struct capacity_options *options, struct plan *plan, struct error *error)
{
    struct plan_request *request = &options->plan.request;
    request->rates[0] = options->rules.from;
    request->rate_count = 1;
    request->arrivals.count = 1;
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
    if (check_first_runs(options, &campaign->plan, error) == 0 &&
        campaign_record_command(&campaign->info, argc, (const char *const *)argv, error) == 0)
        return 0;
    plan_release(&campaign->plan);
    return -1;
}

/* ---- the search ---- */

struct pair {
    const struct bench_case *c;
    struct capacity_search search;
    struct bench_case *cases; /* one for each rate, with its id in the store */
    size_t case_count;
    unsigned *step_rates; /* of each of its steps */
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
    nsec_t deadline;
    bool has_run; /* since it began or went on */
};

static unsigned tries_at(const struct pair *pair, unsigned rate)
{
    unsigned tries = 0;
    for (unsigned i = 0; i < pair->steps; i++)
        tries += pair->step_rates[i] == rate;
    return tries;
}

/* Steps have the numbers 0, 1, ... */
static void add_step(struct pair *pair, const struct capacity_step *step)
{
    pair->step_rates = xrealloc(pair->step_rates, pair->steps + 1, sizeof(*pair->step_rates));
    pair->step_rates[pair->steps++] = step->rate;
    capacity_take_step(&pair->search, step);
}

static struct bench_case *add_case(struct pair *pair, const struct bench_case *c)
{
    pair->cases = xrealloc(pair->cases, pair->case_count + 1, sizeof(*pair->cases));
    pair->cases[pair->case_count] = *c;
    return &pair->cases[pair->case_count++];
}

/* The pair's case at this rate. Runs of a rate can differ in length, so each number of requests is
 * a case of its own. */
static const struct bench_case *case_at(struct hunt *hunt, struct pair *pair, unsigned rate,
                                        struct error *error)
{
    struct bench_case c = *pair->c;
    c.rate = rate;
    c.requests = requests_at(&hunt->capacity->slo, hunt->capacity->step, rate,
                             !capacity_has_tried(&pair->search, rate));
    for (size_t i = 0; i < pair->case_count; i++)
        if (pair->cases[i].rate == c.rate && pair->cases[i].requests == c.requests)
            return &pair->cases[i];
    if (memory_check(&c, machine_memory_available(), error) < 0 ||
        store_add_case(hunt->store, hunt->capacity->campaign.info.id, hunt->case_count, &c, error) <
            0)
        return NULL;
    hunt->case_count++;
    return add_case(pair, &c);
}

/* What happened to the server or the driver says nothing of the rate. */
static void judge_step(const struct slo *slo, const struct run_record *record,
                       enum slo_standing standing, struct capacity_step *step)
{
    step->latency = -1;
    step->outcome = standing == SLO_DRIVER_LIMITED ? SLO_INVALID : SLO_NONE;
    if (standing == SLO_DRIVER_LIMITED || standing == SLO_NO_RESULT)
        return;
    step->violations = slo_violations(slo, record);
    step->latency = slo_latency(slo, record);
    step->outcome = slo_judge(slo, step->requests, step->violations);
}

static int keep_step(struct hunt *hunt, struct pair *pair, const struct bench_case *c,
                     struct run_record *record, enum slo_standing standing, struct error *error)
{
    struct capacity *capacity = hunt->capacity;
    struct capacity_step step = {.pair = (unsigned)(pair - hunt->pairs),
                                 .step = pair->steps,
                                 .case_id = c->id,
                                 .rate = c->rate,
                                 .requests = record->requests,
                                 .limit = capacity->slo.limit,
                                 .counts = standing == SLO_STANDS};
    strcpy(step.slo, capacity->slo.text);
    judge_step(&capacity->slo, record, standing, &step);
    record->block = step.step;
    record->position = step.pair;
    add_step(pair, &step);
    step.next = capacity_next(&pair->search);
    return campaign_keep_step(&capacity->campaign, hunt->store, record, &step, error);
}

/* A run that would not be over when the budget is spent is not started. */
static enum campaign_result check_budget(const struct hunt *hunt, const struct bench_case *c,
                                         struct error *error)
{
    if (clock_add(clock_now(), progress_expected(c)) <= hunt->deadline)
        return CAMPAIGN_COMPLETE;
    if (hunt->has_run)
        return CAMPAIGN_SPENT;
    budget_too_short(c, hunt->capacity->budget, error);
    return CAMPAIGN_FAILED;
}

/* Each try of a rate has arrivals of its own, so that several are evidence of more than one; they
 * are the same for all pairs. */
static enum campaign_result run_once(struct hunt *hunt, const struct pair *pair,
                                     const struct bench_case *c, struct run_record *record,
                                     struct error *error)
{
    struct campaign *campaign = &hunt->capacity->campaign;
    if (interrupted())
        return CAMPAIGN_INTERRUPTED;
    enum campaign_result result = check_budget(hunt, c, error);
    if (result != CAMPAIGN_COMPLETE)
        return result;
    campaign->runner.seed = rng_mix(campaign->info.seed, tries_at(pair, c->rate));
    hunt->has_run = true;
    switch (runner_run(&campaign->runner, c, record, error)) {
    case RUNNER_INTERRUPTED: return CAMPAIGN_INTERRUPTED;
    case RUNNER_FAILED: return CAMPAIGN_FAILED;
    case RUNNER_DONE: break;
    }
    return CAMPAIGN_COMPLETE;
}

/* Where there is no server at all, the campaign's rule ends the search. `*tries`: of this step,
 * that had no result. */
static int count_try(struct hunt *hunt, const struct bench_case *c, const struct run_record *record,
                     enum slo_standing standing, unsigned *tries, struct error *error)
{
    if (campaign_count_silent(&hunt->capacity->campaign, c, record, error) < 0)
        return -1;
    if (standing != SLO_NO_RESULT || campaign_is_silent(record) || ++*tries < TRIES_MAX)
        return 0;
    return error_set(error, "%s at %u requests/s: %d runs have no result: %s", c->driver->name,
                     c->rate, TRIES_MAX, record->reasons);
}

/* `*again`: the run has no result, and is to be repeated. Of any other the search decides. */
static enum campaign_result try_rate(struct hunt *hunt, struct pair *pair,
                                     const struct bench_case *c, unsigned *tries, bool *again,
                                     struct error *error)
{
    struct run_record record;
    enum campaign_result result = run_once(hunt, pair, c, &record, error);
    if (result != CAMPAIGN_COMPLETE)
        return result;
    enum slo_standing standing = slo_standing(&record);
    *again = standing == SLO_NO_RESULT;
    if (keep_step(hunt, pair, c, &record, standing, error) < 0 ||
        count_try(hunt, c, &record, standing, tries, error) < 0)
        result = CAMPAIGN_FAILED;
    run_record_release(&record);
    return result;
}

/* With what is known of the pair. */
static void show_progress(struct hunt *hunt, const struct pair *pair, const struct bench_case *c)
{
    char range[CAPACITY_TEXT_BYTES], left[UNITS_TEXT_BYTES];
    const struct capacity_range known = capacity_range(&pair->search);
    nsec_t until = hunt->deadline - clock_now();
    snprintf(hunt->progress.note, sizeof(hunt->progress.note),
             "capacity %s, %s of the budget left; ", capacity_range_text(&known, range),
             units_format_time(until > 0 ? until : 0, left));
    progress_show(&hunt->progress, c);
}

/* Run the next rate of a pair. */
static enum campaign_result run_step(struct hunt *hunt, struct pair *pair, unsigned rate,
                                     struct error *error)
{
    const struct bench_case *c = case_at(hunt, pair, rate, error);
    enum campaign_result result = c ? CAMPAIGN_COMPLETE : CAMPAIGN_FAILED;
    unsigned tries = 0;
    if (c)
        show_progress(hunt, pair, c);
    for (bool again = true; again && result == CAMPAIGN_COMPLETE;)
        result = try_rate(hunt, pair, c, &tries, &again, error);
    if (result == CAMPAIGN_COMPLETE)
        progress_advance(&hunt->progress, c);
    return result;
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
                add_case(&hunt->pairs[p], &cases[i]);
    hunt->case_count = n;
    free(cases);
    return 0;
}

/* The pair it was a step of, or NULL where that is another one now. */
static struct pair *pair_of_step(struct hunt *hunt, const struct capacity_step *step)
{
    if (step->pair >= hunt->count)
        return NULL;
    struct pair *pair = &hunt->pairs[step->pair];
    for (size_t i = 0; i < pair->case_count; i++)
        if (pair->cases[i].id == step->case_id)
            return step->step == pair->steps ? pair : NULL;
    return NULL;
}

static int recall_steps(struct hunt *hunt, struct error *error)
{
    const char *id = hunt->capacity->campaign.info.id;
    struct capacity_step *steps;
    size_t n;
    int result = store_capacity_steps(hunt->store, id, &steps, &n, error);
    if (result < 0)
        return -1;
    for (size_t i = 0; i < n && result == 0; i++) {
        struct pair *pair = pair_of_step(hunt, &steps[i]);
        if (pair)
            add_step(pair, &steps[i]);
        else
            result = error_set(error,
                               "the steps of campaign %s belong to other drivers or server models "
                               "than its options give now: start it again",
                               id);
    }
    free(steps);
    return result;
}

static enum campaign_result search_all(struct hunt *hunt, struct error *error)
{
    hunt->deadline = clock_add(clock_now(), hunt->capacity->budget);
    enum campaign_result result = CAMPAIGN_COMPLETE;
    bool left = true;
    if (recall_cases(hunt, error) < 0 || recall_steps(hunt, error) < 0)
        return CAMPAIGN_FAILED;
    progress_init(&hunt->progress, 0, 0);
    while (left && result == CAMPAIGN_COMPLETE)
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
    for (size_t i = 0; i < hunt.count; i++) {
        free(hunt.pairs[i].cases);
        free(hunt.pairs[i].step_rates);
    }
    free(hunt.pairs);
    plan_release(&pairs);
    return campaign_end(campaign, store, result, error);
}
