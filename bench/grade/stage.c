#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/times.h>
#include <unistd.h>

#include "account.h"
#include "expect.h"
#include "self.h"

/* An upper bound that no loaded machine comes near. */
static const nsec_t HANGS = 60 * NSEC_PER_SEC;

struct stage stage;
struct stage_shared *stage_shared;

void stage_init(void)
{
    stage_shared = mmap(NULL, sizeof(*stage_shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stage_shared == MAP_FAILED)
        abort();
}

void stage_open(const struct way *way, unsigned concurrency)
{
    stage = (struct stage){.server = SERVER_PROCESS_NONE,
                           .driver = way->driver,
                           .samples = stage_shared->samples,
                           .timeout = way->timeout};
    stage.load = (struct load){.workload = way->workload,
                               .concurrency = concurrency,
                               .keep_alive = way->keep_alive,
                               .pipeline = way->pipeline,
                               .seed = way->seed};
}

void stage_start_server(nsec_t delay)
{
    struct error error;
    struct bench_case settings = {
        .keep_alive = stage.load.keep_alive, .delay = delay, .backlog = 1024};
    if (server_start(&stage.server, &settings, &error) < 0)
        expect_fail("%s", error.text);
    stage.load.server = stage.server.addresses.items[0];
}

int64_t stage_server_figure(const char *name)
{
    return account_figure(&stage.server, name);
}

void stage_stop_server(void)
{
    server_stop(&stage.server);
}

void stage_note_held(void)
{
    stage.descriptors = self_descriptors();
    stage.threads = self_threads();
    stage.processes = self_processes();
}

bool stage_try_setup(struct error *error)
{
    exchange_open_load(&stage.load);
    stage.driver_state = stage.driver->setup(stage.driver, &stage.load, error);
    if (!stage.driver_state)
        exchange_close_load(&stage.load);
    return stage.driver_state != NULL;
}

void stage_setup(void)
{
    struct error error = {.text = "no reason given"};
    stage_note_held();
    if (!stage_try_setup(&error))
        expect_fail("%s", error.text);
}

/* How long this thread has waited for a CPU, where the kernel counts that. */
static nsec_t cpu_awaited(void)
{
    long long awaited = 0;
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    if (file && fscanf(file, "%*d %lld", &awaited) != 1)
        awaited = 0;
    if (file)
        fclose(file);
    return awaited;
}

/* How long something was running, or would have with a free CPU: this process and its children that
 * have ended. On a loaded machine a thread that never sleeps has little CPU time either. */
static nsec_t time_awake(void)
{
    struct tms spent;
    times(&spent);
    return (spent.tms_utime + spent.tms_stime + spent.tms_cutime + spent.tms_cstime) *
               (NSEC_PER_SEC / sysconf(_SC_CLK_TCK)) +
           cpu_awaited();
}

static void run_batch(struct batch *batch, nsec_t box)
{
    const struct driver *driver = stage.driver;
    memset(stage.samples, 0, STAGE_REQUESTS_MAX * sizeof(*stage.samples));
    nsec_t awake_before = time_awake();
    struct error error = {.text = "no reason given"};
    if (driver->prepare && driver->prepare(stage.driver_state, batch, &error) < 0)
        expect_fail("%s", error.text);
    stage.began = batch->begun = clock_now();
    batch->deadline = box ? stage.began + box : 0;
    stage.load.give_up = stage.timeout ? stage.began + stage.timeout : 0;
    int result = driver->run(stage.driver_state, batch, &error);
    stage.makespan = clock_now() - stage.began;
    stage.awake = time_awake() - awake_before;
    stage.load.give_up = 0;
    if (result == 0 && driver->collect)
        result = driver->collect(stage.driver_state, batch, &error);
    if (result < 0)
        expect_fail("%s", error.text);
    expect(stage.makespan < HANGS, "%zu requests took longer than a minute", batch->requests);
}

static void run_with(size_t requests, nsec_t delay, nsec_t box, const nsec_t *schedule)
{
    expect(requests <= STAGE_REQUESTS_MAX, "a test has too many requests");
    stage_shared->batch = (struct batch){.load = &stage.load,
                                         .requests = requests,
                                         .delay = delay,
                                         .samples = stage.samples,
                                         .schedule = schedule};
    run_batch(&stage_shared->batch, box);
}

void stage_run(size_t requests, nsec_t delay, nsec_t box)
{
    run_with(requests, delay, box, NULL);
}

void stage_run_schedule(size_t requests, nsec_t delay)
{
    run_with(requests, delay, 0, stage_shared->schedule);
}

void stage_run_scheduled(size_t requests, nsec_t delay, nsec_t gap)
{
    for (size_t i = 0; i < requests; i++)
        stage_shared->schedule[i] = (nsec_t)i * gap;
    stage_run_schedule(requests, delay);
}

void stage_check_given_back(void)
{
    expect(self_threads_settle(stage.threads), "%u threads are left of %u: one was not joined",
           self_threads(), stage.threads);
    expect(self_descriptors() == stage.descriptors,
           "%u descriptors are open after the teardown, %u were before setup", self_descriptors(),
           stage.descriptors);
    expect(self_processes() == stage.processes,
           "%u child processes are left after the teardown, %u were there before setup",
           self_processes(), stage.processes);
}

void stage_end(void)
{
    stage.driver->teardown(stage.driver_state);
    exchange_close_load(&stage.load);
}

void stage_teardown(void)
{
    stage_end();
    stage_check_given_back();
}

nsec_t stage_patience(void)
{
    return stage.timeout ? stage.timeout : ACCOUNT_PATIENCE;
}

/* ---- looking at the samples ---- */

unsigned stage_in_flight_expected(size_t requests, unsigned concurrency)
{
    if (stage.driver->traits & DRIVER_SERIAL)
        return 1;
    return requests < concurrency ? (unsigned)requests : concurrency;
}

size_t stage_count(size_t requests, enum outcome outcome, int errnum)
{
    size_t count = 0;
    for (size_t i = 0; i < requests; i++)
        count += stage.samples[i].outcome == outcome && stage.samples[i].errnum == errnum;
    return count;
}

void stage_check_end_of(size_t i)
{
    const struct sample *sample = &stage.samples[i];
    expect(sample->outcome != OUTCOME_NOT_STARTED && sample->outcome != OUTCOME_UNFINISHED,
           "request %zu is left '%s'", i, outcome_name(sample->outcome));
    expect(sample->start >= stage.began, "request %zu began before the batch did", i);
    nsec_t last = sample->start;
    const nsec_t points[] = {sample->connected, sample->sent, sample->first_byte, sample->end};
    for (size_t p = 0; p < sizeof(points) / sizeof(points[0]); p++)
        if (points[p]) {
            expect(points[p] >= last, "the times of request %zu are not in order", i);
            last = points[p];
        }
    expect(sample->end > 0 && sample->end <= stage.began + stage.makespan,
           "the end of request %zu does not lie within the run", i);
    expect(sample->slot < stage.load.concurrency, "request %zu is in slot %u of %u", i,
           sample->slot, stage.load.concurrency);
}

void stage_check_completion_of(size_t i, nsec_t delay)
{
    const struct sample *sample = &stage.samples[i];
    char cause[OUTCOME_CAUSE_BYTES];
    stage_check_end_of(i);
    expect(sample->outcome == OUTCOME_OK, "request %zu failed: %s%s%s", i,
           outcome_explain(sample->outcome), sample->errnum ? ": " : "",
           sample->errnum ? outcome_cause(sample->outcome, sample->errnum, cause) : "");
    expect(sample->errnum == 0, "request %zu is correct, with an errno", i);
    expect(sample->connected && sample->sent && sample->first_byte,
           "request %zu is correct, and a time is missing", i);
    if (stage.driver->traits & DRIVER_OFFLINE)
        return;
    expect(sample->end - sample->start >= delay,
           "request %zu took less time than the server's delay", i);
    bool reused = sample->flags & SAMPLE_REUSED;
    expect(reused == stage.load.keep_alive,
           reused ? "request %zu went over a kept connection, where none is to be kept"
                  : "request %zu did not go over the kept connection",
           i);
}

void stage_check_ended(size_t requests)
{
    for (size_t i = 0; i < requests; i++)
        stage_check_end_of(i);
}

void stage_check_completed(size_t requests, nsec_t delay)
{
    for (size_t i = 0; i < requests; i++)
        stage_check_completion_of(i, delay);
}

void stage_check_slots(size_t requests)
{
    for (size_t i = 0; i < requests; i++)
        for (size_t j = 0; j < i; j++) {
            const struct sample *a = &stage.samples[i], *b = &stage.samples[j];
            expect(a->slot != b->slot || a->end <= b->start || b->end <= a->start,
                   "slot %u had requests %zu and %zu at the same time", a->slot, j, i);
        }
}
