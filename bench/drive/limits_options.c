#include "limits_options.h"

#include <stdio.h>
#include <string.h>

#include "campaign_options.h"
#include "bench/keep/folder.h"
#include "lib/rng.h"
#include "lib/units.h"

enum { MAX_DEFAULT = 65536 }; /* beyond it no address has a port left to connect from */

static const nsec_t DELAY_DEFAULT = NSEC_PER_SEC;
static const nsec_t TIME_DEFAULT = 600 * NSEC_PER_SEC;
static const nsec_t TIMEOUT_DEFAULT = 10 * NSEC_PER_SEC;

struct limits_options {
    struct plan_options plan;
    struct candidate_rules rules;
    nsec_t time;
    const char *results;
    bool json;
    char name[STORE_NAME_BYTES];
};

static int take_efficiency(void *target, const char *value, struct error *error)
{
    return units_parse_share(value, &((struct limits_options *)target)->rules.share, error);
}

static int take_concurrency(const char *value, unsigned *out, struct error *error)
{
    int64_t count;
    if (units_parse_count(value, 1, CASE_CONCURRENCY_MAX, &count, error) < 0)
        return -1;
    *out = (unsigned)count;
    return 0;
}

static int take_from(void *target, const char *value, struct error *error)
{
    return take_concurrency(value, &((struct limits_options *)target)->rules.from, error);
}

static int take_max(void *target, const char *value, struct error *error)
{
    return take_concurrency(value, &((struct limits_options *)target)->rules.max, error);
}

static int take_time(void *target, const char *value, struct error *error)
{
    return units_parse_time(value, &((struct limits_options *)target)->time, error);
}

static int take_memory(void *target, const char *value, struct error *error)
{
    return units_parse_share(value, &((struct limits_options *)target)->rules.memory_share, error);
}

static int take_json(void *target, const char *value, struct error *error)
{
    (void)value;
    (void)error;
    ((struct limits_options *)target)->json = true;
    return 0;
}

static const struct option_row rows[] = {
    {"efficiency", 'e', "SHARE", "of the ideal: a driver that falls below it has ended (50%)",
     take_efficiency},
    {"from", 0, "NUMBER", "the first step (1); it doubles from there", take_from},
    {"max", 0, "NUMBER", "the last step that may be tried (65536)", take_max},
    {"time", 0, "TIME", "in all, in equal parts for those still climbing (10m)", take_time},
    {"memory", 0, "SHARE", "of what is available: a step that would take more is not made (25%)",
     take_memory},
    {"json", 'j', NULL, "one JSON object per driver on standard output", take_json},
    {0},
};

/* Of the options of `run` and `campaign`; where the default is another, they say so. */
static const struct option_pick picks[] = {
    {"driver", "drivers, or 'all' (all that have more than one request in flight)"},
    {"workload", NULL},
    {"keep-alive", NULL},
    {"delay", "how long our server thinks (1s)"},
    {"backlog", "the server's backlog (4096)"},
    {"repetitions", "runs of each step (1; a step that seems too slow gets up to 3)"},
    {"seed", NULL},
    {"stack", NULL},
    {"timeout", "how much longer than the thinking a run may take (10s)"},
    {0},
};

static const struct command_help help = {
    .usage = "limits [--driver NAMES] [options]",
    .summary =
        "Raise how many requests each driver has in flight, all at once, by steps: 1, 2, 4 …, "
        "until\n"
        "one fails or takes twice as long as waiting alone would: 50% of the ideal. Then look "
        "where\n"
        "exactly, and report for each driver the knee (the most that still held), what ended it,\n"
        "and which limit of the machine that was. Runs are recorded as a campaign's are.\n"
        "\n"
        "The server thinks for a second, so that thousands are really in flight at once: with "
        "less,\n"
        "the first are answered before the last are asked. At 50% of the ideal a driver spends\n"
        "another second on everything else: so where no limit is in the way, the knee is what a\n"
        "driver and its server get done in a second, and longer thinking moves it. With\n"
        "--efficiency 1% slowness hardly counts, and it goes on to the first failure.\n"
        "\n"
        "Safe on a machine with others on it: it ends by itself, within --time, and starts "
        "nothing\n"
        "that would take more than --memory. It does load all cores meanwhile.",
};

static void init(struct limits_options *options)
{
    *options = (struct limits_options){
        .rules = {.from = 1, .max = MAX_DEFAULT, .share = 0.5, .memory_share = 0.25},
        .time = TIME_DEFAULT,
        .results = FOLDER_RESULTS_DEFAULT,
        .name = "limits",
    };
    plan_options_init(&options->plan);
    options->plan.request.delay = DELAY_DEFAULT;
    options->plan.run.timeout = TIMEOUT_DEFAULT;
}

static int check(const struct limits_options *options, struct error *error)
{
    const struct plan_request *request = &options->plan.request;
    if (options->rules.from > options->rules.max)
        return error_set(error, "--from %u is more than --max %u", options->rules.from,
                         options->rules.max);
    if (request->backlog_count != 1)
        return error_set(error, "--backlog: one, not %zu", request->backlog_count);
    if (request->workload->local)
        return error_set(error, "--workload: %s asks nothing of a server, so nothing is in flight",
                         request->workload->name);
    if (request->delay == 0)
        return error_set(error, "--think: without thinking there is no ideal to fall short of");
    if (options->time == 0)
        return error_set(error, "--time: there has to be some");
    return 0;
}

static void add_driver(struct limits *limits, const struct driver *driver)
{
    if (!(driver->traits & (DRIVER_SERIAL | DRIVER_OFFLINE)) &&
        limits->driver_count < PLAN_LIST_MAX)
        limits->drivers[limits->driver_count++] = driver;
}

/* All drivers, or those named; one whose requests go one by one has nothing to raise. */
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

static int fill(struct limits *limits, struct limits_options *options, int argc, char **argv,
                struct error *error)
{
    const struct plan_request *request = &options->plan.request;
    struct campaign_info *info = &limits->campaign.info;
    if (check(options, error) < 0 || choose_drivers(limits, request, error) < 0)
        return -1;
    if (options_join(argc, argv, '\n', info->arguments, sizeof(info->arguments)) < 0)
        return error_set(error, "the command is too long");
    int used = snprintf(info->command, sizeof(info->command), "waitbench ");
    options_join(argc, argv, ' ', info->command + used, sizeof(info->command) - (size_t)used);
    strcpy(info->name, options->name);
    info->seed = options->plan.seed ? options->plan.seed : rng_fresh_seed() >> 1;
    info->repetitions = options->rules.repetitions = options->plan.repetitions;
    /* Every request of hundreds of runs would be gigabytes. */
    limits->campaign.without_samples = true;
    limits->campaign.runner = runner_make(&options->plan.run);
    limits->rules = options->rules;
    limits->time = options->time;
    limits->c = (struct bench_case){.workload = request->workload,
                                    .arrivals = ARRIVALS_BURST,
                                    .keep_alive = request->keep_alive,
                                    .delay = request->delay,
                                    .backlog = request->backlogs[0],
                                    .stack_bytes = request->stack_bytes,
                                    .predicted = -1};
    return 0;
}

enum options_result limits_options_parse(struct limits *limits, const char **results, bool *json,
                                         int argc, char **argv, struct error *error)
{
    int first;
    struct limits_options options;
    struct option_row picked[sizeof(picks) / sizeof(picks[0])];
    const struct option_set sets[] = {{rows, &options},
                                      {picked, &options.plan},
                                      {campaign_name_rows, options.name},
                                      {folder_option_rows, &options.results}};
    *limits = (struct limits){0};
    init(&options);
    options_pick(plan_option_rows, picks, picked);
    enum options_result result = options_parse(argc, argv, &help, sets, 4, &first, error);
    if (result != OPTIONS_OK)
        return result;
    if (first < argc) {
        error_set(error, "'%s' was not expected; every option begins with '-'", argv[first]);
        return OPTIONS_WRONG;
    }
    *results = options.results;
    *json = options.json;
    return fill(limits, &options, argc, argv, error) < 0 ? OPTIONS_WRONG : OPTIONS_OK;
}
