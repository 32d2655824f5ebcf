#include "limits_options.h"

#include <string.h>

#include "campaign_options.h"
#include "bench/keep/folder.h"
#include "lib/rng.h"

static const struct option_row rows[] = {
    {"efficiency", 'e', OPTION_SHARE, OPTION_FIELD(struct limits_options, rules.share),
     .initial = "50%", .help = "a driver that falls below this efficiency has ended"},
    {"from", 0, OPTION_COUNT, OPTION_FIELD(struct limits_options, rules.from), .initial = "1",
     .min = 1, .max = CASE_CONCURRENCY_MAX, .help = "the first step; it doubles from there"},
    /* Beyond its initial value no address has a port left to connect from. */
    {"max", 0, OPTION_COUNT, OPTION_FIELD(struct limits_options, rules.max), .initial = "65536",
     .min = 1, .max = CASE_CONCURRENCY_MAX, .help = "the last step that may be tried"},
    {"time", 0, OPTION_TIME, OPTION_FIELD(struct limits_options, time), .initial = "10m", .min = 1,
     .help = "in all, in equal parts for the drivers that have not ended"},
    {"memory", 0, OPTION_SHARE, OPTION_FIELD(struct limits_options, rules.memory_share),
     .initial = "25%", .help = "of what is available: a step that would take more is not made"},
    {"json", 'j', OPTION_FLAG, OPTION_FIELD(struct limits_options, json),
     .help = "one JSON object per driver on standard output"},
    {0},
};

static const char *const of_plan[] = {"driver",      "workload", "keep-alive", "delay",   "backlog",
                                      "repetitions", "seed",     "stack",      "timeout", NULL};

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
        "slowness hardly counts, and the steps go on to the first failure.\n\nSafe on a machine "
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
    if (request->base.workload->local)
        return error_set(error, "--workload: %s sends nothing to a server, so nothing is in flight",
                         request->base.workload->name);
    if (request->base.delay == 0)
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

int limits_options_apply(const struct limits_options *options, int argc, char **argv,
                         struct limits *limits, struct error *error)
{
    const struct plan_request *request = &options->plan.request;
    struct campaign_info *info = &limits->campaign.info;
    *limits = (struct limits){.rules = options->rules, .time = options->time};
    if (check(options, error) < 0 || choose_drivers(limits, request, error) < 0 ||
        campaign_record_command(info, argc, argv, error) < 0)
        return -1;
    strcpy(info->name, options->name);
    info->seed = options->plan.seed ? options->plan.seed : rng_fresh_seed() >> 1;
    info->repetitions = limits->rules.repetitions = options->plan.repetitions;
    /* The requests of hundreds of runs would be gigabytes. */
    limits->campaign.without_samples = true;
    limits->campaign.runner = runner_make(&options->plan.run);
    limits->c = request->base;
    limits->c.arrivals = ARRIVALS_BURST;
    limits->c.backlog = request->backlogs[0];
    limits->c.time_box = 0;
    limits->c.predicted = -1;
    return 0;
}
