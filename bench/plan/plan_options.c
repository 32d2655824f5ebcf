#include "plan_options.h"

#include <string.h>

#include "lib/rng.h"
#include "lib/units.h"
#include "workloads/workloads.h"

/* A serial driver gets time for this many requests, unless told otherwise. */
enum { SERIAL_REQUESTS = 10 };

static int list_full(size_t count, struct error *error)
{
    return count < PLAN_LIST_MAX ? 0 : error_set(error, "%d at most", PLAN_LIST_MAX);
}

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
    if (list_full(request->driver_count, error) < 0)
        return -1;
    request->drivers[request->driver_count++] = driver;
    return 0;
}

static int add_concurrency(void *target, const char *piece, struct error *error)
{
    struct plan_request *request = target;
    int64_t count;
    if (list_full(request->concurrency_count, error) < 0 ||
        units_parse_count(piece, 1, CASE_CONCURRENCY_MAX, &count, error) < 0)
        return -1;
    for (size_t i = 0; i < request->concurrency_count; i++)
        if (request->concurrencies[i] == count)
            return 0;
    request->concurrencies[request->concurrency_count++] = (unsigned)count;
    return 0;
}

static int add_arrivals(void *target, const char *piece, struct error *error)
{
    struct arrivals_list *list = target;
    enum arrivals arrivals;
    if (arrivals_parse(piece, &arrivals, error) < 0)
        return -1;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == arrivals)
            return 0;
    list->items[list->count++] = arrivals;
    return 0;
}

static int add_backlog(void *target, const char *piece, struct error *error)
{
    struct plan_request *request = target;
    int64_t count;
    if (list_full(request->backlog_count, error) < 0 ||
        units_parse_count(piece, 1, 65535, &count, error) < 0)
        return -1;
    for (size_t i = 0; i < request->backlog_count; i++)
        if (request->backlogs[i] == count)
            return 0;
    request->backlogs[request->backlog_count++] = (int)count;
    return 0;
}

static int take_drivers(void *target, const char *value, struct error *error)
{
    struct plan_request *request = &((struct plan_options *)target)->request;
    request->driver_count = 0;
    request->all_drivers = false;
    return options_each(value, add_driver, request, error);
}

static int take_concurrencies(void *target, const char *value, struct error *error)
{
    struct plan_request *request = &((struct plan_options *)target)->request;
    request->concurrency_count = 0;
    return options_each(value, add_concurrency, request, error);
}

static int take_arrivals(void *target, const char *value, struct error *error)
{
    struct arrivals_list *list = &((struct plan_options *)target)->request.arrivals;
    list->count = 0;
    return options_each(value, add_arrivals, list, error);
}

static int take_overflow_arrivals(void *target, const char *value, struct error *error)
{
    struct arrivals_list *list = &((struct plan_options *)target)->request.overflow_arrivals;
    list->count = 0;
    return options_each(value, add_arrivals, list, error);
}

static int take_backlogs(void *target, const char *value, struct error *error)
{
    struct plan_request *request = &((struct plan_options *)target)->request;
    request->backlog_count = 0;
    return options_each(value, add_backlog, request, error);
}

static int take_requests(void *target, const char *value, struct error *error)
{
    int64_t count;
    if (units_parse_count(value, 1, CASE_REQUESTS_MAX, &count, error) < 0)
        return -1;
    ((struct plan_options *)target)->request.requests = (size_t)count;
    return 0;
}

static int take_workload(void *target, const char *value, struct error *error)
{
    const struct workload *workload = workload_find(value);
    if (!workload)
        return error_set(error, "there is no workload '%s'; 'waitbench list' names them", value);
    ((struct plan_options *)target)->request.workload = workload;
    return 0;
}

static int take_keep_alive(void *target, const char *value, struct error *error)
{
    (void)value;
    (void)error;
    ((struct plan_options *)target)->request.keep_alive = true;
    return 0;
}

static int take_pipeline(void *target, const char *value, struct error *error)
{
    int64_t count;
    if (units_parse_count(value, 1, PIPELINE_MAX, &count, error) < 0)
        return -1;
    ((struct plan_options *)target)->request.pipeline = (unsigned)count;
    return 0;
}

static int take_delay(void *target, const char *value, struct error *error)
{
    nsec_t *delay = &((struct plan_options *)target)->request.delay;
    if (units_parse_time(value, delay, error) < 0)
        return -1;
    return *delay <= PROTOCOL_DELAY_MAX ? 0 : error_set(error, "60s at most");
}

static int take_repetitions(void *target, const char *value, struct error *error)
{
    int64_t count;
    if (units_parse_count(value, 1, 10000, &count, error) < 0)
        return -1;
    ((struct plan_options *)target)->repetitions = (unsigned)count;
    return 0;
}

static int take_seed(void *target, const char *value, struct error *error)
{
    int64_t seed;
    if (units_parse_count(value, 1, INT64_MAX, &seed, error) < 0)
        return -1;
    ((struct plan_options *)target)->seed = (uint64_t)seed;
    return 0;
}

static int take_time_box(void *target, const char *value, struct error *error)
{
    struct plan_options *options = target;
    options->has_time_box = true;
    return units_parse_time(value, &options->request.serial_time_box, error);
}

static int take_stack(void *target, const char *value, struct error *error)
{
    int64_t bytes;
    if (units_parse_count(value, 16 * 1024, INT64_C(1) << 30, &bytes, error) < 0)
        return -1;
    ((struct plan_options *)target)->request.stack_bytes = (size_t)bytes;
    return 0;
}

static int take_database(void *target, const char *value, struct error *error)
{
    /* What SQLite opens for these is each connection's own. */
    if (!*value || !strcmp(value, ":memory:"))
        return error_set(error, "'%s' is no file, which all connections share", value);
    if (strlen(value) >= CASE_PATH_BYTES)
        return error_set(error, "the path is too long");
    ((struct plan_options *)target)->request.database = value;
    return 0;
}

static int take_server(void *target, const char *value, struct error *error)
{
    struct plan_options *options = target;
    options->run.server = &options->server_address;
    return net_address_parse(value, &options->server_address, error);
}

static int take_timeout(void *target, const char *value, struct error *error)
{
    return units_parse_time(value, &((struct plan_options *)target)->run.timeout, error);
}

static int take_control(void *target, const char *value, struct error *error)
{
    struct plan_request *request = &((struct plan_options *)target)->request;
    if (!strcmp(value, "same") || !strcmp(value, "no-usage")) {
        request->control = strcmp(value, "same") ? CONTROL_NO_USAGE : CONTROL_SAME;
        return 0;
    }
    request->control = CONTROL_SLOWER;
    if (units_parse_share(value, &request->control_slower, NULL) < 0)
        return error_set(error, "'%.80s' is not a control: same, no-usage, or a share such as 5%%",
                         value);
    return 0;
}

static int take_overflow_from(void *target, const char *value, struct error *error)
{
    int64_t count;
    if (units_parse_count(value, 0, CASE_CONCURRENCY_MAX, &count, error) < 0)
        return -1;
    ((struct plan_options *)target)->request.overflow_from = (unsigned)count;
    return 0;
}

static int take_burst_from(void *target, const char *value, struct error *error)
{
    int64_t count;
    if (units_parse_count(value, 0, CASE_CONCURRENCY_MAX, &count, error) < 0)
        return -1;
    ((struct plan_options *)target)->request.burst_from = (unsigned)count;
    return 0;
}

static int take_usage(void *target, const char *value, struct error *error)
{
    static const char *const names[] = {
        [USAGE_OFF] = "off", [USAGE_ON] = "on", [USAGE_FULL] = "full"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(value, names[i])) {
            ((struct plan_options *)target)->run.usage = (enum usage_extent)i;
            return 0;
        }
    return error_set(error, "'%.80s' is neither on, off nor full", value);
}

const struct option_row plan_option_rows[] = {
    {"driver", 'd', "NAMES", "drivers, exec:PATH, or 'all' (see 'waitbench list')", take_drivers},
    {"concurrency", 'c', "NUMBERS", "requests in flight (1024 for run, 32 to 1024 for campaign)",
     take_concurrencies},
    {"arrivals", 's', "ARRIVALS", "closed: --requests, C at a time; burst: C at once",
     take_arrivals, "shape"},
    {"requests", 'n', "NUMBER", "requests of closed arrivals (1024)", take_requests},
    {"workload", 'w', "NAME", "what a request is (randint)", take_workload},
    {"keep-alive", 'k', NULL, "reuse connections, opened in setup", take_keep_alive},
    {"pipeline", 0, "NUMBER",
     "asks sent at once on each of C kept connections, C x NUMBER in flight (1)", take_pipeline},
    {"delay", 't', "TIME", "the server delay before each response (100ms)", take_delay, "think"},
    {"backlog", 'b', "NUMBERS",
     "the server's backlog (4096); further ones only where C exceeds them", take_backlogs},
    {"overflow-arrivals", 0, "ARRIVALS", "where further backlogs are measured (all arrivals)",
     take_overflow_arrivals, "overflow-shape"},
    {"repetitions", 'r', "NUMBER", "runs of each case (1 for run, 5 for campaign)",
     take_repetitions},
    {"seed", 0, "NUMBER", "of the order and the bounds (a fresh one)", take_seed},
    {"time-box", 0, "TIME", "serial drivers start no request after it; 0: none (10 x delay)",
     take_time_box},
    {"stack", 0, "BYTES", "stack of a driver's threads or coroutines (its own choice)", take_stack},
    {"database", 0, "FILE", "of the messages workloads (a fresh one for each run)", take_database},
    {"server", 0, "HOST:PORT", "one that runs already; its delay and backlog are as it was started",
     take_server},
    {"timeout", 0, "TIME", "how much longer than expected a run may take (30s)", take_timeout},
    {"overflow-from", 0, "NUMBER", "the least concurrency of further backlogs (any above them)",
     take_overflow_from},
    {"burst-from", 0, "NUMBER", "the least concurrency of burst arrivals (any)", take_burst_from,
     "gather-from"},
    {"control", 0, "KIND", "one case twice: same (A/A), no-usage, or slower by a share",
     take_control},
    {"usage", 0, "on|off|full",
     "count system calls (full: in every run), ask for the server's times", take_usage, "ledger"},
    {0},
};

void plan_options_init(struct plan_options *options)
{
    *options = (struct plan_options){
        .request = {.concurrencies = {1024},
                    .concurrency_count = 1,
                    .arrivals = {.items = {ARRIVALS_CLOSED}, .count = 1},
                    .backlogs = {4096},
                    .backlog_count = 1,
                    .requests = 1024,
                    .workload = workloads[0],
                    .pipeline = 1,
                    .delay = 100 * NSEC_PER_MSEC},
        .repetitions = 1,
        .run = {.timeout = RUN_TIMEOUT_DEFAULT, .usage = USAGE_ON},
    };
}

/* Leave out, where all were asked for, or refuse drivers whose requests are not our exchanges. */
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
                         "workload %s has jobs, which nobody answers: leave out --pipeline, or "
                         "take randint or http",
                         workload->name);
    if (workload->split)
        return error_set(error,
                         "workload %s sends each ask in two pieces: leave out --pipeline, or take "
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
    if (workload->local && options->run.server)
        return error_set(error, "workload %s asks no server: leave out --server", workload->name);
    if (!workload->begin && options->request.database)
        return error_set(error,
                         "workload %s has no database: leave out --database, or take a messages "
                         "workload",
                         workload->name);
    return 0;
}

int plan_options_finish(struct plan_options *options, struct plan *plan, struct error *error)
{
    if (!options->has_time_box)
        options->request.serial_time_box = SERIAL_REQUESTS * options->request.delay;
    if (!options->seed)
        options->seed = rng_fresh_seed() >> 1; /* SQLite's integers are signed */
    if (options->request.workload->yields && options->request.keep_alive)
        return error_set(error,
                         "workload %s needs a connection per request: leave out --keep-alive",
                         options->request.workload->name);
    if (check_pipeline(&options->request, error) < 0 || check_uses(options, error) < 0)
        return -1;
    plan->seed = options->seed;
    plan->repetitions = options->repetitions;
    return plan_make(plan, &options->request, error);
}
