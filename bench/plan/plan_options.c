#include "plan_options.h"

#include <string.h>

#include "lib/rng.h"
#include "lib/units.h"
#include "workloads/workloads.h"

/* A serial driver gets time for this many requests, unless told otherwise. */
enum { SERIAL_REQUESTS = 10 };

static int take_server(void *target, const char *value, struct error *error)
{
    struct run_settings *run = &((struct plan_options *)target)->run;
    run->server_name = value;
    return net_addresses_parse(value, &run->server, error);
}

/* A name goes into the command line of a launcher, between commas and colons. */
static int take_host(void *target, const char *name, struct error *error)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    struct rank_hosts *hosts = target;
    size_t length = strlen(name);
    if (length == 0 || length >= RANK_HOST_BYTES || name[strspn(name, allowed)] || name[0] == '-')
        return error_set(error,
                         "'%.80s' is not the name of a host: up to %d letters, digits, '-', '_' "
                         "and '.' (--ranks says how many ranks the hosts get)",
                         name, RANK_HOST_BYTES - 1);
    if (hosts->count == RANKS_MAX)
        return error_set(error, "more than %d hosts", RANKS_MAX);
    strcpy(hosts->names[hosts->count++], name);
    return 0;
}

static int take_hosts(void *target, const char *value, struct error *error)
{
    struct rank_hosts *hosts = &((struct plan_options *)target)->run.hosts;
    hosts->count = 0;
    return options_each(value, take_host, hosts, error);
}

static int take_control(void *target, const char *value, struct error *error)
{
    struct plan_request *request = &((struct plan_options *)target)->request;
    int found = option_word_find(control_words, value, NULL);
    request->control = found < 0 ? CONTROL_SLOWER : (enum control)found;
    if (request->control == CONTROL_SLOWER &&
        units_parse_share(value, &request->control_slower, NULL) < 0)
        return error_set(error, "'%.80s' is not a control: same, no-usage, or a share such as 5%%",
                         value);
    return 0;
}

static const struct option_word usage_words[] = {
    [USAGE_OFF] = {"off", NULL}, [USAGE_ON] = {"on", NULL}, [USAGE_FULL] = {"full", NULL}, {0}};

const struct option_row plan_option_rows[] = {
    {"repetitions", 'r', OPTION_COUNT, OPTION_FIELD(struct plan_options, repetitions),
     .initial = "1", .min = 1, .max = 10000, .help = "runs of each case"},
    {"seed", 0, OPTION_COUNT, OPTION_FIELD(struct plan_options, seed), .unset = "a fresh one",
     .min = 1, .max = INT64_MAX, .help = "of the order of the runs and of the requests"},
    {"duration", 0, OPTION_TIME, OPTION_FIELD(struct plan_options, request.duration),
     .unset = "none", .min = NSEC_PER_MSEC, .max = 24 * 3600 * NSEC_PER_SEC,
     .help = "of open arrivals, in place of --requests: as many as start within that time"},
    {"server", 0, OPTION_CUSTOM, .take = take_server, .argument = "HOST:PORT",
     .unset = "one of its own for each run",
     .help = "a running server; its delay and backlog are as it was started; PORT-PORT: it "
             "listens on all of these, each for some of --parts"},
    {"server-host", 0, OPTION_TEXT, OPTION_FIELD(struct plan_options, run.server_host),
     .argument = "ADDR", .unset = "loopback",
     .help = "the address that servers of its own listen on, for hosts that have to reach it"},
    {"hosts", 0, OPTION_CUSTOM, .take = take_hosts, .argument = "HOST,HOST", .unset = "this one",
     .help = "machines that carry the load together, through Open MPI (docs/ranks.md)"},
    {"ranks", 0, OPTION_COUNT, OPTION_FIELD(struct plan_options, run.ranks), .min = 1,
     .max = RANKS_MAX, .unset = "one for each of --hosts",
     .help = "processes of MPI among which the load is divided, dealt to the hosts"},
    {"launcher", 0, OPTION_TEXT, OPTION_FIELD(struct plan_options, run.launcher),
     .argument = "PROGRAM", .unset = RANKS_USUAL_LAUNCHER,
     .help = "what starts the ranks: an mpirun of Open MPI, or srun"},
    {"timeout", 0, OPTION_TIME, OPTION_FIELD(struct plan_options, run.timeout), .initial = "30s",
     .help = "how much longer than expected a run may take"},
    {"control", 0, OPTION_CUSTOM, .take = take_control, .argument = "same|no-usage|SHARE",
     .words = control_words,
     .help = "one case twice: the same (A/A), without --usage, or slower by a share"},
    {"usage", 0, OPTION_WORD, OPTION_FIELD(struct plan_options, request.base.usage),
     .alias = "ledger", .initial = "on", .words = usage_words,
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
    const struct workload *workload = request->base.workload;
    if (request->base.pipeline <= 1)
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
    if (!request->base.keep_alive)
        return error_set(error, "--pipeline needs connections that are kept: add --keep-alive");
    return drop_programs(request, error);
}

/* All drivers have one request in flight. */
static bool are_serial(const struct plan_request *request)
{
    for (size_t i = 0; i < request->driver_count; i++)
        if (!(request->drivers[i]->traits & DRIVER_SERIAL))
            return false;
    return true;
}

/* A load divided among so many, by this option: each sends requests, from at least one slot. */
static int check_divided(const struct plan_request *request, unsigned parts, const char *option,
                         struct error *error)
{
    const struct workload *workload = request->base.workload;
    if (parts <= 1)
        return 0;
    if (workload->work || workload->delay)
        return error_set(error,
                         "workload %s has requests that differ by their place in the run: leave "
                         "out %s, or take randint or http",
                         workload->name, option);
    for (size_t i = 0; i < request->concurrency_count; i++)
        if (request->concurrencies[i] < parts)
            return error_set(error,
                             "%u request%s in flight cannot be divided among %u processes: lower "
                             "%s",
                             request->concurrencies[i], request->concurrencies[i] == 1 ? "" : "s",
                             parts, option);
    return 0;
}

static int check_parts(const struct plan_request *request, struct error *error)
{
    if (request->base.parts > 1 && are_serial(request))
        return error_set(error,
                         "%s has one request in flight, which cannot be divided: leave out --parts",
                         request->drivers[0]->name);
    return check_divided(request, request->base.parts, "--parts", error);
}

static bool are_here(const struct rank_hosts *hosts)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->names[i], "localhost") != 0)
            return false;
    return true;
}

/* The hosts have to reach the server. */
static int check_ranks(const struct plan_options *options, struct error *error)
{
    const struct run_settings *run = &options->run;
    bool somebodys = run->server_name || options->request.base.url;
    if (!run_ranks(run) && run->launcher)
        return error_set(error, "--launcher starts ranks: add --hosts or --ranks");
    if (run->ranks && run->ranks < run->hosts.count)
        return error_set(error, "--ranks %u leaves hosts without one: there are %zu", run->ranks,
                         run->hosts.count);
    if (run->server_host && somebodys)
        return error_set(error, "--server-host is of servers that are started: leave it out");
    if (run->server_host &&
        (!strcmp(run->server_host, "0.0.0.0") || !strcmp(run->server_host, "::")))
        return error_set(error,
                         "--server-host %s is no address to connect to: name one that the "
                         "clients reach",
                         run->server_host);
    if (!somebodys && !run->server_host && !are_here(&run->hosts))
        return error_set(error, "the hosts cannot reach a server that listens on loopback: add "
                                "--server-host with an address of this machine, or --server");
    return check_divided(&options->request, run_ranks(run), "--ranks", error);
}

/* That the load is divided among. */
static unsigned processes_of(const struct plan_options *options)
{
    unsigned parts = options->request.base.parts, ranks = run_ranks(&options->run);
    return (parts > 1 ? parts : 1) * (ranks > 1 ? ranks : 1);
}

/* What would be passed over in silence. */
static int check_uses(const struct plan_options *options, struct error *error)
{
    const struct workload *workload = options->request.base.workload;
    if (workload->local && options->run.server_name)
        return error_set(error, "workload %s uses no server: leave out --server", workload->name);
    if (options->request.base.url && options->run.server_name)
        return error_set(error, "--url names the server already: leave out --server");
    const struct plan_request *request = &options->request;
    bool usual = request->server_count == 1 && !strcmp(request->servers->model, CASE_USUAL_SERVER);
    unsigned ports = options->run.server.ports, processes = processes_of(options);
    if (ports > processes)
        return error_set(error,
                         "each of the %u ports of --server takes a process of the load, and there "
                         "are %u: add --parts %u",
                         ports, processes, ports);
    if (options->run.server_name && (!usual || request->base.work))
        return error_set(error, "a running server has the model and the work that it was started "
                                "with: leave out --server-model and --work");
    if (!workload->begin && options->request.base.database)
        return error_set(error,
                         "workload %s has no database: leave out --database, or take a messages "
                         "workload",
                         workload->name);
    return 0;
}

int plan_request_take_url(struct plan_request *request, struct error *error)
{
    struct bench_case *base = &request->base;
    if (!base->url && base->workload->by_url)
        return error_set(error, "workload %s needs a URL: add --url http://HOST:PORT/PATH",
                         base->workload->name);
    if (!base->url && base->expect)
        return error_set(error, "--expect belongs to --url");
    if (!base->url)
        return 0;
    if (base->workload != case_usual().workload && !base->workload->by_url)
        return error_set(error, "--url is what is requested: leave out --workload %s",
                         base->workload->name);
    if (request->settings)
        return error_set(error, "this preset compares servers of ours: leave out --url");
    base->workload = &workload_url;
    base->delay = base->work = 0;
    request->backlog_count = 1;
    request->server_count = 1;
    request->servers[0] = (struct plan_server){.model = CASE_USUAL_SERVER};
    return 0;
}

/* How many requests a duration gives: some, and not too many. */
static int check_duration(const struct plan_request *request, unsigned rate, struct error *error)
{
    char duration[UNITS_TEXT_BYTES], gap[UNITS_TEXT_BYTES];
    double requests = clock_seconds(request->duration) * rate;
    units_format_time_exact(request->duration, duration);
    if (requests < 1)
        return error_set(error, "--duration %s is shorter than one gap at %u requests/s: %s",
                         duration, rate, units_format_time(NSEC_PER_SEC / rate, gap));
    if (requests > CASE_REQUESTS_MAX)
        return error_set(error, "--duration %s at %u requests/s is %.0f requests: %d at most",
                         duration, rate, requests, CASE_REQUESTS_MAX);
    return 0;
}

/* Open arrivals have a rate, and others none. */
static int check_open(const struct plan_request *request, bool closed, struct error *error)
{
    if (!request->rate_count)
        return error_set(error, "open arrivals have a rate: add --rate, in requests a second");
    if (request->base.pipeline > 1)
        return error_set(error, "a request of open arrivals is sent when its time has come, not "
                                "with others: leave out --pipeline");
    if (!request->duration)
        return 0;
    if (request->base.requests && !closed)
        return error_set(error, "--duration and --requests both say how many requests of open "
                                "arrivals there are: leave out one");
    for (size_t i = 0; i < request->rate_count; i++)
        if (check_duration(request, request->rates[i], error) < 0)
            return -1;
    return 0;
}

static int check_arrivals(struct plan_request *request, struct error *error)
{
    bool open = false, closed = false;
    for (size_t i = 0; i < request->arrivals.count; i++) {
        open = open || arrivals_are_open(request->arrivals.items[i]);
        closed = closed || request->arrivals.items[i] == ARRIVALS_CLOSED;
    }
    if (request->duration < 0)
        request->duration = 0;
    if (!open && (request->rate_count || request->duration))
        return error_set(error, "--rate and --duration belong to open arrivals: add --arrivals "
                                "constant or poisson");
    if (open && check_open(request, closed, error) < 0)
        return -1;
    if (!request->base.requests)
        request->base.requests = CASE_USUAL_REQUESTS;
    return 0;
}

int plan_options_finish(struct plan_options *options, struct plan *plan, struct error *error)
{
    struct bench_case *base = &options->request.base;
    if (base->time_box < 0)
        base->time_box = SERIAL_REQUESTS * base->delay;
    if (plan_request_take_url(&options->request, error) < 0)
        return -1;
    base->ranks = run_ranks(&options->run);
    struct plan_request request = options->request;
    if (!options->seed)
        options->seed = rng_fresh_seed() >> 1; /* SQLite's integers are signed */
    if (request.base.workload->yields && request.base.keep_alive)
        return error_set(error,
                         "workload %s needs a connection per request: leave out --keep-alive",
                         request.base.workload->name);
    if (check_arrivals(&request, error) < 0 || check_pipeline(&request, error) < 0 ||
        check_parts(&request, error) < 0 || check_ranks(options, error) < 0 ||
        check_uses(options, error) < 0)
        return -1;
    plan->seed = options->seed;
    plan->repetitions = options->repetitions;
    return plan_make(plan, &request, error);
}
