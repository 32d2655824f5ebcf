#include "plan_options.h"

#include <string.h>

#include "lib/rng.h"
#include "lib/units.h"
#include "workloads/workloads.h"

/* A serial driver gets time for this many requests, unless told otherwise. */
enum { SERIAL_REQUESTS = 10 };

static int add_driver(void *target, const char *piece, struct error *error)
{
    struct plan_request *request = target;
    if (!strcmp(piece, "all")) {
        request->all_drivers = true;
        for (const struct driver *const *driver = drivers; *driver; driver++)
            if (driver_usable(*driver, 1, NULL) == 0 &&
                add_driver(target, (*driver)->name, error) < 0)
                return -1;
        return 0;
    }
    const struct driver *driver = driver_find(piece);
    if (!driver)
        return error_set(error, "there is no driver '%s'; 'waitbench list' names them", piece);
    if (driver_usable(driver, 1, error) < 0)
        return -1;
    for (size_t i = 0; i < request->driver_count; i++)
        if (request->drivers[i] == driver)
            return 0;
    if (request->driver_count == PLAN_LIST_MAX)
        return error_set(error, "%d drivers at most", PLAN_LIST_MAX);
    request->drivers[request->driver_count++] = driver;
    return 0;
}

static int take_drivers(void *target, const char *value, struct error *error)
{
    struct plan_request *request = &((struct plan_options *)target)->request;
    request->driver_count = 0;
    request->all_drivers = false;
    return options_each(value, add_driver, request, error);
}

static int take_workload(void *field, const char *value, struct error *error)
{
    const struct workload *workload = workload_find(value);
    if (!workload)
        return error_set(error, "there is no workload '%s'; 'waitbench list' names them", value);
    *(const struct workload **)field = workload;
    return 0;
}

static int take_database(void *field, const char *value, struct error *error)
{
    /* What SQLite opens for these is each connection's own. */
    if (!*value || !strcmp(value, ":memory:"))
        return error_set(error, "'%s' is no file, which all connections share", value);
    if (strlen(value) >= CASE_PATH_BYTES)
        return error_set(error, "the path is too long: %d bytes at most", CASE_PATH_BYTES - 1);
    *(const char **)field = value;
    return 0;
}

static int take_server(void *field, const char *value, struct error *error)
{
    return net_address_parse(value, field, error);
}

static int take_control(void *target, const char *value, struct error *error)
{
    struct plan_request *request = &((struct plan_options *)target)->request;
    int found = option_word_find(control_words, value, NULL);
    request->control = found < 0 ? CONTROL_SLOWER : (enum control)found;
    if (found < 0 && units_parse_share(value, &request->control_slower, NULL) < 0)
        return error_set(error, "'%.80s' is not a control: same, no-usage, or a share such as 5%%",
                         value);
    return 0;
}

static const struct option_word usage_words[] = {
    [USAGE_OFF] = {"off", NULL}, [USAGE_ON] = {"on", NULL}, [USAGE_FULL] = {"full", NULL}, {0}};

const struct option_row plan_option_rows[] = {
    {"driver", 'd', OPTION_CUSTOM, .take = take_drivers, .argument = "NAMES",
     .help = "drivers, exec:PATH, or 'all'; see 'waitbench list'"},
    {"concurrency", 'c', OPTION_COUNT,
     OPTION_LIST(struct plan_options, request.concurrencies, request.concurrency_count),
     .initial = "1024", .min = 1, .max = CASE_CONCURRENCY_MAX,
     .help = "C, the requests in flight at once"},
    {"arrivals", 's', OPTION_WORD,
     OPTION_LIST(struct plan_options, request.arrivals.items, request.arrivals.count),
     .argument = "ARRIVALS", .alias = "shape", .initial = "closed", .words = arrivals_words,
     .help = "closed: --requests, C at a time; burst: C at once"},
    {"requests", 'n', OPTION_COUNT, OPTION_FIELD(struct plan_options, request.requests),
     .initial = "1024", .min = 1, .max = CASE_REQUESTS_MAX, .help = "requests of closed arrivals"},
    {"workload", 'w', OPTION_CUSTOM, .take = take_workload,
     .offset = offsetof(struct plan_options, request.workload), .argument = "NAME",
     .initial = "randint", .help = "what a request is; see 'waitbench list'"},
    {"keep-alive", 'k', OPTION_FLAG, OPTION_FIELD(struct plan_options, request.keep_alive),
     .help = "reuse connections, opened in setup"},
    {"pipeline", 0, OPTION_COUNT, OPTION_FIELD(struct plan_options, request.pipeline),
     .initial = "1", .min = 1, .max = PIPELINE_MAX,
     .help = "requests sent at once on each kept connection; C x NUMBER are in flight"},
    {"delay", 't', OPTION_TIME, OPTION_FIELD(struct plan_options, request.delay), .alias = "think",
     .initial = "100ms", .max = PROTOCOL_DELAY_MAX,
     .help = "how long the server waits before it responds"},
    {"backlog", 'b', OPTION_COUNT,
     OPTION_LIST(struct plan_options, request.backlogs, request.backlog_count), .initial = "4096",
     .min = 1, .max = UINT16_MAX,
     .help = "the server's listen backlog; further ones only where C exceeds them"},
    {"repetitions", 'r', OPTION_COUNT, OPTION_FIELD(struct plan_options, repetitions),
     .initial = "1", .min = 1, .max = 10000, .help = "runs of each case"},
    {"seed", 0, OPTION_COUNT, OPTION_FIELD(struct plan_options, seed), .unset = "a fresh one",
     .min = 1, .max = INT64_MAX, .help = "of the order of the runs and of the requests"},
    {"time-box", 0, OPTION_TIME, OPTION_FIELD(struct plan_options, request.serial_time_box),
     .unset = "10 x --delay", .help = "serial drivers start no request after it; 0: none"},
    {"stack", 0, OPTION_BYTES, OPTION_FIELD(struct plan_options, request.stack_bytes),
     .unset = "the driver's own choice", .min = 16 * 1024, .max = INT64_C(1) << 30,
     .help = "stack of a driver's threads or coroutines"},
    {"database", 0, OPTION_CUSTOM, .take = take_database,
     .offset = offsetof(struct plan_options, request.database), .argument = "FILE",
     .unset = "a fresh one for each run", .help = "of the messages workloads"},
    {"server", 0, OPTION_CUSTOM, .take = take_server,
     .offset = offsetof(struct plan_options, run.server), .argument = "HOST:PORT",
     .unset = "one of its own for each run",
     .help = "a running server; its delay and backlog are as it was started"},
    {"timeout", 0, OPTION_TIME, OPTION_FIELD(struct plan_options, run.timeout), .initial = "30s",
     .help = "how much longer than expected a run may take"},
    {"control", 0, OPTION_CUSTOM, .take = take_control, .argument = "same|no-usage|SHARE",
     .words = control_words,
     .help = "one case twice: the same (A/A), without --usage, or slower by a share"},
    {"usage", 0, OPTION_WORD, OPTION_FIELD(struct plan_options, run.usage), .alias = "ledger",
     .initial = "on", .words = usage_words,
     .help = "count system calls (full: in every run), and record the server's times"},
    {0},
};

/* Leave out, where all are requested, or refuse drivers whose requests are not our exchanges. */
static int drop_programs(struct plan_request *request, struct error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < request->driver_count; i++) {
        const struct driver *driver = request->drivers[i];
        if (!(driver->traits & DRIVER_PROGRAM))
            request->drivers[kept++] = driver;
        else if (!request->all_drivers)
            return error_set(error,
                             "driver %s is another program, which does not pipeline: leave out "
                             "--pipeline, or the driver",
                             driver->name);
    }
    request->driver_count = kept;
    return 0;
}

static int check_pipeline(struct plan_request *request, struct error *error)
{
    const struct workload *workload = request->workload;
    if (request->pipeline <= 1)
        return 0;
    if (workload->work)
        return error_set(error,
                         "workload %s has jobs, which have no response: leave out --pipeline, or "
                         "take randint or http",
                         workload->name);
    if (workload->split)
        return error_set(
            error,
            "workload %s sends each request in two pieces: leave out --pipeline, or take "
            "randint or http",
            workload->name);
    if (!request->keep_alive)
        return error_set(error, "--pipeline needs connections that are kept: add --keep-alive");
    return drop_programs(request, error);
}

/* What would be passed over in silence. */
static int check_uses(const struct plan_options *options, struct error *error)
{
    const struct workload *workload = options->request.workload;
    if (workload->local && options->run.server.length)
        return error_set(error, "workload %s uses no server: leave out --server", workload->name);
    if (!workload->begin && options->request.database)
        return error_set(error,
                         "workload %s has no database: leave out --database, or take a messages "
                         "workload",
                         workload->name);
    return 0;
}

int plan_options_finish(struct plan_options *options, struct plan *plan, struct error *error)
{
    struct plan_request request = options->request;
    if (request.serial_time_box < 0)
        request.serial_time_box = SERIAL_REQUESTS * request.delay;
    if (!options->seed)
        options->seed = rng_fresh_seed() >> 1; /* SQLite's integers are signed */
    if (request.workload->yields && request.keep_alive)
        return error_set(error,
                         "workload %s needs a connection per request: leave out --keep-alive",
                         request.workload->name);
    if (check_pipeline(&request, error) < 0 || check_uses(options, error) < 0)
        return -1;
    plan->seed = options->seed;
    plan->repetitions = options->repetitions;
    return plan_make(plan, &request, error);
}
