#include "runner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "lib/units.h"
#include "server_process.h"

static const nsec_t KILL_PATIENCE = 500 * NSEC_PER_MSEC;

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NSEC_PER_MSEC;
}

/* Start ourselves as the measured process and see it to its end. The record says how it went. */
static enum runner_result run_process(const struct runner *runner, const struct bench_case *c,
                                      int page_fd, struct run_record *record, struct error *error)
{
    char limit[UNITS_TEXT_BYTES], how[64];
    char *argv[] = {(char *)"waitbench", (char *)MEASURE_COMMAND, NULL};
    const struct child_fd fds[] = {{page_fd, MEASURE_FD}, {-1, -1}};
    struct child child;
    nsec_t started = clock_now();
    nsec_t time_limit = case_expected(c) + runner->timeout;
    if (child_start(&child, "/proc/self/exe", argv, fds, error) < 0)
        return RUNNER_FAILED;
    enum child_wait waited = child_wait(&child, started + time_limit);
    child_stop(&child, KILL_PATIENCE);
    record->process = clock_now() - started;
    if (waited == CHILD_INTERRUPTED || interrupted())
        return RUNNER_INTERRUPTED;

    const struct measure_page *page = record->page;
    enum measure_stage stage = page->stage == MEASURE_FAILED ? page->failed_in : page->stage;
    if (waited == CHILD_TIMEOUT)
        run_record_object(record, VERDICT_INVALID,
                          "ended in %s after %s: the server does not "
                          "answer, or --timeout is too short",
                          measure_stage_name(stage), units_format_time(time_limit, limit));
    else if (page->stage == MEASURE_FAILED)
        run_record_object(record, VERDICT_INVALID, "%s failed: %s", measure_stage_name(stage),
                          page->error.text);
    else if (page->stage != MEASURE_COMPLETE)
        run_record_object(record, VERDICT_INVALID, "the measured process %s in %s",
                          child_describe_end(&child, how, sizeof(how)), measure_stage_name(stage));
    return RUNNER_DONE;
}

static void take_account(struct run_record *record)
{
    const struct measure_page *page = record->page;
    record->requests = page->requests;
    record->samples = page->samples;
    record->started = page->started;
    record->setup = page->setup;
    record->warmup = page->warmup;
    record->makespan = page->makespan;
    record->teardown = page->teardown;
    record->ledger = page->ledger;
    if (page->started == 0) /* it never came to the run: nothing else to say of the requests */
        return;
    run_record_digest(record);
    run_record_judge(record);
}

static enum runner_result run_against(const struct runner *runner, const struct bench_case *c,
                                      struct server_process *server, struct run_record *record,
                                      struct error *error)
{
    int fd;
    record->page = measure_page_make(c, &server->address, runner->seed, &fd, error);
    if (!record->page)
        return RUNNER_FAILED;
    enum runner_result result = run_process(runner, c, fd, record, error);
    close(fd);
    if (result == RUNNER_DONE) {
        struct error died;
        if (server_died(server, &died))
            run_record_object(record, VERDICT_INVALID, "%s", died.text);
        else if (server->address.length)
            server_stats(server, record->server_json, NULL);
        take_account(record);
    } else {
        run_record_release(record);
    }
    return result;
}

enum runner_result runner_run(const struct runner *runner, const struct bench_case *c,
                              struct run_record *record, struct error *error)
{
    struct server_process server = {.output = -1};
    *record = (struct run_record){
        .started_unix_ms = unix_ms(), .latency_p50 = -1, .latency_p99 = -1, .latency_max = -1};
    bool offline = c->driver->traits & DRIVER_OFFLINE;
    nsec_t before = clock_now();
    if (runner->server)
        server.address = *runner->server;
    else if (!offline && server_start(&server, c, error) < 0)
        return interrupted() ? RUNNER_INTERRUPTED : RUNNER_FAILED;
    record->server_start = clock_now() - before;
    enum runner_result result = run_against(runner, c, &server, record, error);
    server_stop(&server);
    return result;
}
