#include "runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "bench/base/interrupt.h"
#include "bench/base/scratch.h"
#include "lib/units.h"
#include "server_process.h"
#include "time_wait.h"
#include "watch.h"

static const nsec_t KILL_TIMEOUT = 500 * NSEC_PER_MSEC;
static const nsec_t MARGIN_MOST = NSEC_PER_SEC;

/* With so many in flight the kernel's objects are mostly theirs. */
enum { KERNEL_OBJECTS_FROM = 4096 };

/* Add a caveat if the process was stopped or failed. */
static void judge_end(struct run_record *record, const struct child *child, nsec_t time_limit)
{
    char limit[UNITS_TEXT_BYTES], how[64];
    const struct measure_page *page = record->page;
    enum measure_stage stage = page->stage == MEASURE_FAILED ? page->failed_in : page->stage;
    if (record->stopped == RUN_STOPPED_MEMORY)
        run_record_add_caveat(record, QUALITY_INVALID,
                              "stopped in %s: only %s of memory were available on the machine",
                              measure_stage_name(stage),
                              units_format_bytes(record->watch.memory_available_bytes, limit));
    else if (record->stopped == RUN_STOPPED_TIMEOUT)
        run_record_add_caveat(
            record, QUALITY_INVALID,
            "stopped in %s after %s: the server does not respond, or --timeout is too short",
            measure_stage_name(stage), units_format_time(time_limit, limit));
    else if (page->stage == MEASURE_FAILED)
        run_record_add_caveat(
            record, QUALITY_INVALID, "%s%s failed: %s%s",
            server_is_absent(page->error.errnum) ? "the server did not respond: " : "",
            measure_stage_name(stage), page->error.text, checks_advice(page->error.errnum));
    else if (page->stage != MEASURE_COMPLETE)
        run_record_add_caveat(record, QUALITY_INVALID, "the measured process %s in %s",
                              process_describe_end(child->status, how, sizeof(how)),
                              measure_stage_name(stage));
}

/* When a run has to be over. */
struct time_limit {
    nsec_t started, length, deadline;
};

/* 0: any number, or it is not known. */
static unsigned serves_at_once(const struct server_process *server)
{
    if (!server->account)
        return 0;
    return server->account->by_program ? 1 : server->account->serves_at_once;
}

static struct time_limit limit_time(const struct runner *runner, const struct bench_case *c,
                                    const struct server_process *server, struct measure_page *page)
{
    nsec_t timeout = runner->settings.timeout, started = clock_now();
    nsec_t length = clock_add(case_longest(c, serves_at_once(server)), timeout);
    struct time_limit limit = {started, length, clock_add(started, length)};
    /* A driver that waits in vain can report what it waits for: leave it some time for that. */
    page->load.give_up = limit.deadline - (timeout / 8 < MARGIN_MOST ? timeout / 8 : MARGIN_MOST);
    return limit;
}

/* Of a process, or of all ranks, that ended or was stopped. */
static void take_end(struct run_record *record, const struct child *child, bool stopped,
                     const struct time_limit *limit)
{
    record->process = clock_now() - limit->started;
    if (stopped)
        record->stopped = record->watch.short_of_memory ? RUN_STOPPED_MEMORY : RUN_STOPPED_TIMEOUT;
    judge_end(record, child, limit->length);
    /* A process that failed at give_up counts as stopped by us. */
    if (record->page->stage == MEASURE_FAILED &&
        limit->started + record->process >= record->page->load.give_up)
        record->stopped = RUN_STOPPED_TIMEOUT;
}

/* Start waitbench as the measured process and wait for its end. The record has the result. */
static enum runner_result run_process(const struct runner *runner, const struct bench_case *c,
                                      const struct server_process *server, int page_fd,
                                      struct run_record *record, struct error *error)
{
    char *argv[] = {(char *)"waitbench", (char *)MEASURE_COMMAND, NULL};
    const struct child_fd fds[] = {{page_fd, MEASURE_FD}, {-1, -1}};
    struct child child;
    struct time_limit limit = limit_time(runner, c, server, record->page);
    if (child_start(&child, "/proc/self/exe", argv, fds, SIGKILL, error) < 0)
        return RUNNER_FAILED;
    const struct watch_options watched = {
        .memory_floor_bytes = runner->memory_floor_bytes,
        .kernel_objects = runner->memory_floor_bytes || case_in_flight(c) >= KERNEL_OBJECTS_FROM};
    enum child_wait waited = watch_wait(&record->watch, &child, limit.deadline, &watched);
    child_stop(&child, KILL_TIMEOUT);
    if (waited == CHILD_INTERRUPTED || interrupted())
        return RUNNER_INTERRUPTED;
    take_end(record, &child, waited == CHILD_TIMEOUT, &limit);
    return RUNNER_DONE;
}

/* Have the ranks execute it, each a share. Where they are lost, nothing is known of the run. */
static enum runner_result run_in_ranks(const struct runner *runner, const struct bench_case *c,
                                       const struct server_process *server, int page_fd,
                                       struct run_record *record)
{
    struct error why;
    const struct child none = {0};
    struct time_limit limit = limit_time(runner, c, server, record->page);
    enum ranks_end end = ranks_run(runner->ranks, page_fd, limit.deadline, &why);
    if (end == RANKS_INTERRUPTED || interrupted())
        return RUNNER_INTERRUPTED;
    run_record_take_ranks(record, ranks_table(runner->ranks));
    if (end != RANKS_LOST) {
        take_end(record, &none, end == RANKS_TIMED_OUT, &limit);
        return RUNNER_DONE;
    }
    record->page->started = 0;
    record->process = clock_now() - limit.started;
    run_record_add_caveat(record, QUALITY_INVALID, "%s in the middle of the run", why.text);
    return RUNNER_DONE;
}

/* Fill in what only the harness measures. */
static void complete_usage(struct run_record *record)
{
    int64_t *client = record->usage.value[USAGE_CLIENT];
    int64_t *server = record->usage.value[USAGE_SERVER];
    int64_t *machine = record->usage.value[USAGE_SYSTEM];
    const struct watch *watch = &record->watch;
    int64_t in_flight = server_stats_integer(record->server_json, "in_flight_max");
    if (in_flight >= 0)
        server[USAGE_IN_FLIGHT_MAX] = in_flight;
    int64_t fairness = server_stats_integer(record->server_json, "fairness_ppm");
    if (fairness >= 0)
        server[USAGE_FAIRNESS_PPM] = fairness;
    usage_raise_peaks(&record->usage, &watch->family);
    machine[USAGE_SOCKET_MEMORY_BYTES] = watch->socket_memory_bytes;
    machine[USAGE_KERNEL_STACK_BYTES] = watch->kernel_stack_bytes;
    machine[USAGE_SLAB_BYTES] = watch->slab_bytes;
    machine[USAGE_PAGE_TABLE_BYTES] = watch->page_table_bytes;
    machine[USAGE_HOST_STALL_NS] = watch->host_stall_ns;
    if (machine[USAGE_BUSY_NS] < 0 || client[USAGE_CPU_NS] < 0 || server[USAGE_CPU_NS] < 0)
        return;
    int64_t foreign = machine[USAGE_BUSY_NS] - client[USAGE_CPU_NS] - server[USAGE_CPU_NS];
    machine[USAGE_FOREIGN_CPU_NS] =
        foreign > 0 ? foreign : 0; /* may be negative because of tick rounding */
}

static void copy_switches(struct run_record *record)
{
    const struct measure_page *page = record->page;
    memcpy(record->why_no_switches, page->why_no_switches, sizeof(record->why_no_switches));
    if (!page->with_switches || page->why_no_switches[0])
        return;
    record->switches = measure_switches(page);
    record->switch_count = page->switches;
    record->switches_lost = (int64_t)page->switches_lost;
    run_record_add_caveat(record, QUALITY_NOISY,
                          "scheduler switches were recorded, which slows them: compare the run "
                          "only with others of --switches");
}

static void copy_results(struct run_record *record, const struct bench_case *c)
{
    const struct measure_page *page = record->page;
    record->requests = page->requests;
    record->samples = page->without_samples || page->summed_up ? NULL : page->samples;
    record->started = page->started;
    record->setup = page->setup;
    record->warmup = page->warmup;
    record->makespan = page->makespan;
    record->teardown = page->teardown;
    record->usage = page->usage;
    memcpy(record->why_no_syscalls, page->why_no_syscalls, sizeof(record->why_no_syscalls));
    copy_switches(record);
    memcpy(record->active, page->active, sizeof(record->active));
    if (page->started == 0) /* the run never started: there are no samples */
        return;
    record->schedule = measure_schedule(page);
    record->all_at_once = !case_is_open(c) && c->requests <= case_in_flight(c);
    run_record_digest(record, c);
    complete_usage(record);
    checks_judge(record, c);
}

static bool server_is_randintd(const struct server_process *server, struct error *why)
{
    char json[SERVER_STATS_BYTES];
    return server_stats(server, json, why) == 0 &&
           server_stats_integer(json, "overshoot_count") >= 0;
}

static bool any_failed(const struct run_record *record)
{
    const struct measure_page *page = record->page;
    if (record->summary || page->without_samples)
        return !record->summary || record->summary->failed;
    for (size_t i = 0; i < page->requests; i++)
        if (page->samples[i].outcome > OUTCOME_OK)
            return true;
    return false;
}

static bool has_failed(const struct run_record *record)
{
    return record->page->started == 0 || any_failed(record);
}

/* Our server: it may have died, or one of its workers, or its last moments are to be waited for. */
static void ask_own(struct server_process *server, struct run_record *record)
{
    struct error died;
    if (server_died(server, has_failed(record) ? SERVER_DEATH_TIMEOUT : 0, &died)) {
        record->server_died = true;
        run_record_add_caveat(record, QUALITY_INVALID, "%s", died.text);
        return;
    }
    server_settle(server);
    server_account_json(server, record->server_json);
    int64_t workers = server_stats_integer(record->server_json, "workers_died");
    record->server_died = workers > 0;
    if (record->server_died)
        run_record_add_caveat(record, QUALITY_INVALID,
                              "%lld of the server's workers died in the middle of the run",
                              (long long)workers);
}

/* The pairs of addresses and ports that are in TIME_WAIT now, of our server, which has a port of
 * its own; on a port of the user's there are those of runs before, too. Where the kernel dropped
 * some, there is no count, nor with ranks, whose hosts have most of them. */
static void count_time_wait(const struct runner *runner, const struct server_process *server,
                            struct usage *usage)
{
    if (!server->child.pid || runner->ranks)
        return;
    int64_t at_client, at_server;
    if (usage->value[USAGE_SYSTEM][USAGE_TIME_WAIT_OVERFLOWS] > 0 ||
        time_wait_count(&server->addresses.items[0], &at_client, &at_server) < 0)
        return;
    usage->value[USAGE_CLIENT][USAGE_TIME_WAIT] = at_client;
    usage->value[USAGE_SERVER][USAGE_TIME_WAIT] = at_server;
}

/* After a run: the server's account, or what became of the server. `why` is why the user's gave
 * none before, if it was requested to: one that has not responded at all is not waited for again.
 */
static void ask_server(struct server_process *server, struct run_record *record, struct error *why)
{
    if (server->child.pid) {
        ask_own(server, record);
        return;
    }
    if (!server->addresses.count)
        return;
    if (record->page->url[0]) {
        record->server_absent = has_failed(record) &&
                                (record->stopped == RUN_STOPPED_TIMEOUT || !server_accepts(server));
        return;
    }
    bool silent = server_is_absent(why->errnum) && record->page->started == 0;
    if (silent || server_stats(server, record->server_json, why) < 0)
        record->server_absent = server_is_absent(why->errnum);
}

static enum runner_result run_against(const struct runner *runner, const struct bench_case *c,
                                      struct server_process *server, struct run_record *record,
                                      struct error *error)
{
    int fd;
    struct error why = {0};
    const struct measure_extent extent = {.without_samples =
                                              runner->ranks && c->requests > RANKS_SAMPLES_MAX,
                                          .with_switches = runner->settings.switches};
    record->page = measure_page_make(c, &server->addresses, runner->seed, &extent, &fd, error);
    if (!record->page)
        return RUNNER_FAILED;
    record->page->server_pid = server->child.pid;
    /* Only randintd sends its times; another server might respond with an error. */
    enum usage_extent usage = c->control == CONTROL_NO_USAGE ? USAGE_OFF : c->usage;
    record->page->load.timing = usage != USAGE_OFF && !case_has_url(c) &&
                                (server->child.pid || server_is_randintd(server, &why));
    record->page->with_syscalls = usage == USAGE_FULL || (usage == USAGE_ON && runner->counting);
    char folder[CASE_PATH_BYTES] = "";
    if (!runner->ranks && c->workload->begin && scratch_make(folder, sizeof(folder), error) < 0) {
        close(fd);
        run_record_release(record);
        return RUNNER_FAILED;
    }
    memcpy(record->page->folder, folder, sizeof(folder));
    enum runner_result result = runner->ranks ? run_in_ranks(runner, c, server, fd, record)
                                              : run_process(runner, c, server, fd, record, error);
    scratch_remove(folder);
    close(fd);
    if (result == RUNNER_DONE) {
        run_record_sum_up(record);
        ask_server(server, record, &why);
        copy_results(record, c);
        count_time_wait(runner, server, &record->usage);
    } else {
        run_record_release(record);
    }
    return result;
}

struct runner runner_make(const struct run_settings *settings)
{
    return (struct runner){.settings = *settings, .held_counter = -1};
}

void runner_count_syscalls(struct runner *runner)
{
    runner->counting = true;
    runner->held_counter = usage_hold_tracing();
}

void runner_count_no_more(struct runner *runner)
{
    runner->counting = false;
    if (runner->held_counter >= 0)
        close(runner->held_counter);
    runner->held_counter = -1;
}

/* Where the requests go to: the service of the URL, the user's server, or one of ours, which is
 * started. */
static int find_server(const struct runner *runner, const struct bench_case *c,
                       struct server_process *server, struct error *error)
{
    struct url url;
    if (case_is_local(c) && !runner->settings.server_name)
        return 0;
    if (case_has_url(c))
        return url_parse(c->url, &url, error) < 0
                   ? -1
                   : net_addresses_make(url.host, url.port, &server->addresses, error);
    if (!runner->settings.server_name)
        return server_start_at(server, c, runner->settings.server_host, error);
    server->addresses = runner->settings.server;
    return 0;
}

enum runner_result runner_run(const struct runner *runner, const struct bench_case *c,
                              struct run_record *record, struct error *error)
{
    struct server_process server = SERVER_PROCESS_NONE;
    *record = (struct run_record){.started_unix_ms = clock_read(CLOCK_REALTIME) / NSEC_PER_MSEC,
                                  .latency_p50 = -1,
                                  .latency_p99 = -1,
                                  .latency_max = -1,
                                  .service_p50 = -1,
                                  .service_p99 = -1,
                                  .audit = AUDIT_NONE,
                                  .switches_lost = -1,
                                  .p50_interval = {-1, -1},
                                  .p99_interval = {-1, -1},
                                  .completions = COMPLETION_TIMES_NONE};
    nsec_t before = clock_now();
    if (find_server(runner, c, &server, error) < 0)
        return interrupted() ? RUNNER_INTERRUPTED : RUNNER_FAILED;
    record->server_start = clock_now() - before;
    enum runner_result result = run_against(runner, c, &server, record, error);
    server_stop(&server);
    return result;
}
