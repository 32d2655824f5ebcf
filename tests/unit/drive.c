#include "drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "bench/grade/account.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

struct drive drive;

void drive_open(const char *driver, const char *workload, unsigned concurrency, bool keep_alive)
{
    drive = (struct drive){.driver = driver_find(driver), .server = SERVER_PROCESS_NONE};
    assert_non_null(drive.driver);
    drive.load = (struct load){.workload = workload_find(workload),
                               .concurrency = concurrency,
                               .keep_alive = keep_alive,
                               .seed = 42};
    assert_non_null(drive.load.workload);
}

void drive_start_server(void)
{
    struct error error;
    struct bench_case settings = {.keep_alive = drive.load.keep_alive, .backlog = 1024};
    if (server_start(&drive.server, &settings, &error) < 0)
        fail_msg("%s", error.text);
    drive.load.server = drive.server.addresses.items[0];
}

int64_t drive_server_figure(const char *name)
{
    return account_figure(&drive.server, name);
}

void drive_stop_server(void)
{
    server_stop(&drive.server);
}

bool drive_try_setup(struct error *error)
{
    drive.descriptors = self_descriptors();
    drive.threads = self_threads();
    exchange_open_load(&drive.load);
    drive.state = drive.driver->setup(drive.driver, &drive.load, error);
    return drive.state != NULL;
}

void drive_setup(void)
{
    struct error error = {.text = "no reason given"};
    if (!drive_try_setup(&error))
        fail_msg("%s", error.text);
}

bool drive_try_run(size_t requests, nsec_t delay, struct error *error)
{
    assert_true(requests <= DRIVE_REQUESTS_MAX);
    memset(drive.samples, 0, sizeof(drive.samples));
    struct batch batch = {
        .load = &drive.load, .requests = requests, .delay = delay, .samples = drive.samples};
    return driver_run_batch(drive.driver, drive.state, &batch, error) == 0;
}

void drive_run(size_t requests, nsec_t delay)
{
    struct error error = {.text = "no reason given"};
    if (!drive_try_run(requests, delay, &error))
        fail_msg("%s", error.text);
    for (size_t i = 0; i < requests; i++) {
        enum outcome outcome = drive.samples[i].outcome;
        assert_true(outcome != OUTCOME_NOT_STARTED && outcome != OUTCOME_UNFINISHED);
    }
}

void drive_teardown(void)
{
    if (drive.state)
        drive.driver->teardown(drive.state);
    drive.state = NULL;
    exchange_close_load(&drive.load);
    assert_true(self_threads_settle(drive.threads));
    assert_int_equal(self_descriptors(), drive.descriptors);
}

size_t drive_count(enum outcome outcome, int errnum)
{
    size_t count = 0;
    for (size_t i = 0; i < DRIVE_REQUESTS_MAX; i++)
        count += drive.samples[i].outcome == outcome && drive.samples[i].errnum == errnum;
    return count;
}
