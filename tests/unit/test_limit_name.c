/* Which limit was it: from what failed and what a machine allows to a name, its value, what is
 * known to be possible, and how to raise it; what a run's record says about a step; and that a row
 * of the report comes out of the store as it went in. The machine is the test's own. */
#include "bench/run/limit_name.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/environment.h"
#include "bench/judge/limits_judge.h"
#include "bench/keep/store.h"
#include "workloads/workloads.h"

/* ---- a machine and what happened on it ---- */

static struct machine_limits machine;

static int generous(void **state)
{
    (void)state;
    for (int i = 0; i < MACHINE_LIMITS; i++) {
        machine.value[i] = MACHINE_UNLIMITED;
        machine.used[i] = 0;
    }
    machine.value[MACHINE_SOMAXCONN] = 4096;
    machine.value[MACHINE_PORTS] = 28232;
    return 0;
}

static const struct driver threads = {
    .name = "threads", .model = MODEL_THREADS, .traits = DRIVER_THREADS};
static const struct driver processes = {
    .name = "processes", .model = MODEL_PROCESSES, .traits = DRIVER_PROCESSES};
static const struct driver loop = {.name = "loop", .model = MODEL_READINESS};
static const struct driver ring = {.name = "ring", .model = MODEL_COMPLETION};
static const struct driver coroutines = {.name = "coroutines", .model = MODEL_COROUTINES};
static const struct driver selects = {.name = "selects",
                                      .model = MODEL_READINESS,
                                      .concurrency_max = 960,
                                      .limited_by = "FD_SETSIZE"};

static struct bench_case case_of(const struct driver *driver, unsigned concurrency)
{
    return (struct bench_case){.driver = driver,
                               .workload = workloads[0],
                               .arrivals = ARRIVALS_BURST,
                               .requests = concurrency,
                               .concurrency = concurrency,
                               .delay = NSEC_PER_SEC,
                               .backlog = 4096};
}

static struct limit_named name(const struct driver *driver, unsigned concurrency,
                               struct limit_event event)
{
    struct limit_named limit;
    struct bench_case c = case_of(driver, concurrency);
    event.c = &c;
    limit_name(&event, &machine, &limit);
    return limit;
}

#define ASSERT_LIMIT(limit, its_name, its_value)                                                   \
    do {                                                                                           \
        assert_string_equal((limit).name, its_name);                                               \
        assert_int_equal((limit).value, its_value);                                                \
    } while (0)

/* ---- descriptors ---- */

static void descriptors(void **state)
{
    (void)state;
    machine.value[MACHINE_DESCRIPTORS] = 20000;
    struct limit_named limit = name(&loop, 30000, (struct limit_event){.errnum = EMFILE});
    ASSERT_LIMIT(limit, "RLIMIT_NOFILE", 20000);
    assert_int_equal(limit.allows, 20000 - 32);
    assert_true(limit.exact);
    assert_string_equal(limit.advice, "to raise it: 'ulimit -Hn 30064' as root");
    /* Refused beforehand, without an errno. */
    limit = name(&loop, 30000, (struct limit_event){.driver_failed = true});
    ASSERT_LIMIT(limit, "RLIMIT_NOFILE", 20000);
    /* That many fit: whatever it was, it was not that. */
    limit = name(&loop, 100, (struct limit_event){.driver_failed = true});
    ASSERT_LIMIT(limit, "", -1);
}

static void descriptors_of_the_server(void **state)
{
    (void)state;
    machine.value[MACHINE_DESCRIPTORS] = 20000;
    struct limit_named limit =
        name(&loop, 19990, (struct limit_event){.errnum = ECONNRESET, .server_refused = true});
    ASSERT_LIMIT(limit, "the server's RLIMIT_NOFILE", 20000);
}

static void descriptors_of_everybody(void **state)
{
    (void)state;
    machine.value[MACHINE_OPEN_FILES] = 5000;
    machine.used[MACHINE_OPEN_FILES] = 1000;
    struct limit_named limit = name(&loop, 5000, (struct limit_event){.errnum = ENFILE});
    ASSERT_LIMIT(limit, "fs.file-max", 5000);
    assert_non_null(strstr(limit.advice, "fs.file-max=21000"));
}

static void a_limit_of_the_driver_s_own(void **state)
{
    (void)state;
    machine.value[MACHINE_DESCRIPTORS] = 20000;
    struct limit_named limit = name(&selects, 960, (struct limit_event){.errnum = EMFILE});
    ASSERT_LIMIT(limit, "FD_SETSIZE", 960);
    limit = name(&selects, 960, (struct limit_event){.driver_failed = true});
    ASSERT_LIMIT(limit, "FD_SETSIZE", 960);
    machine.value[MACHINE_DESCRIPTORS] = 500; /* and that is the tighter one */
    limit = name(&selects, 960, (struct limit_event){.errnum = EMFILE});
    ASSERT_LIMIT(limit, "RLIMIT_NOFILE", 500);
}

/* ---- threads and processes ---- */

static const struct limit_event no_thread = {.errnum = EAGAIN, .driver_failed = true};

static void the_tightest_of_many_limits_on_threads(void **state)
{
    (void)state;
    machine.value[MACHINE_THREADS] = 200000;
    machine.value[MACHINE_PIDS] = 32768;
    machine.used[MACHINE_THREADS] = machine.used[MACHINE_PIDS] = 100;
    machine.value[MACHINE_MAPS] = 65530;
    struct limit_named limit = name(&threads, 32768, no_thread);
    ASSERT_LIMIT(limit, "kernel.pid_max", 32768);
    assert_int_equal(limit.allows, 32768 - 100 - 8 - 300);
    assert_false(limit.exact);

    machine.value[MACHINE_MAPS] = 60000; /* two for each stack */
    limit = name(&threads, 32768, no_thread);
    ASSERT_LIMIT(limit, "vm.max_map_count", 60000);
    assert_int_equal(limit.allows, (60000 - 128) / 2);
    limit = name(&processes, 32768, no_thread); /* which have a count each */
    ASSERT_LIMIT(limit, "kernel.pid_max", 32768);

    machine.value[MACHINE_CGROUP_PIDS] = 9000;
    machine.used[MACHINE_CGROUP_PIDS] = 50;
    limit = name(&processes, 16384, (struct limit_event){.errnum = EAGAIN, .no_worker = true});
    ASSERT_LIMIT(limit, "pids.max", 9000);

    machine.value[MACHINE_PROCESSES] = 100;
    machine.used[MACHINE_PROCESSES] = 40;
    limit = name(&threads, 64, no_thread);
    ASSERT_LIMIT(limit, "RLIMIT_NPROC", 100);
    assert_int_equal(limit.allows, 100 - 40 - 8);
    assert_string_equal(limit.advice, "to raise it: 'ulimit -Hu 296' as root");
}

static void no_thread_for_want_of_memory(void **state)
{
    (void)state;
    machine.value[MACHINE_THREADS] = 200000;
    machine.value[MACHINE_MEMORY] = INT64_C(1) << 30;
    struct limit_named limit = name(&threads, 1000, no_thread);
    ASSERT_LIMIT(limit, "memory", INT64_C(1) << 30);
}

static void eagain_of_something_else_is_no_limit_on_threads(void **state)
{
    (void)state;
    machine.value[MACHINE_THREADS] = 100;
    struct limit_named limit = name(&loop, 1000, (struct limit_event){.errnum = EAGAIN});
    ASSERT_LIMIT(limit, "", -1);
}

/* ---- memory ---- */

static void memory(void **state)
{
    (void)state;
    char text[LIMIT_TEXT_BYTES];
    const struct limit_event no_memory = {.errnum = ENOMEM};
    machine.value[MACHINE_MEMORY] = INT64_C(8) << 30;
    struct limit_named limit = name(&loop, 1000, no_memory);
    ASSERT_LIMIT(limit, "memory", INT64_C(8) << 30);
    machine.value[MACHINE_CGROUP_MEMORY] = INT64_C(1) << 30;
    limit = name(&loop, 1000, (struct limit_event){.errnum = ENOBUFS});
    ASSERT_LIMIT(limit, "memory.max", INT64_C(1) << 30);
    assert_string_equal(limit_text(limit.name, limit.value, text), "memory.max 1.0 GiB");
    machine.value[MACHINE_MEMLOCK] = 8 << 20;
    limit = name(&ring, 1000, no_memory);
    ASSERT_LIMIT(limit, "RLIMIT_MEMLOCK", 8 << 20);
    machine.value[MACHINE_MAPS] = 1000;
    limit = name(&coroutines, 1000, no_memory); /* stacks, with guard pages */
    ASSERT_LIMIT(limit, "vm.max_map_count", 1000);
    limit = name(&loop, 1000, (struct limit_event){.driver_failed = true, .killed = true});
    ASSERT_LIMIT(limit, "", -1);
    assert_non_null(strstr(limit.advice, "dmesg"));
}

/* ---- the network ---- */

static void ports(void **state)
{
    (void)state;
    struct limit_named limit = name(&loop, 32768, (struct limit_event){.errnum = EADDRNOTAVAIL});
    ASSERT_LIMIT(limit, "net.ipv4.ip_local_port_range", 28232);
    assert_int_equal(limit.allows, 28232 - 64);
    assert_non_null(strstr(limit.advice, "1024 65535"));
    /* Half of them go fast. */
    limit = name(&loop, 16384, (struct limit_event){.slow = true});
    ASSERT_LIMIT(limit, "net.ipv4.ip_local_port_range", 28232);
    assert_int_equal(limit.allows, 28232 / 2 - 64);
    limit = name(&loop, 14116, (struct limit_event){.slow = true});
    ASSERT_LIMIT(limit, "", -1);
}

static void the_accept_queue(void **state)
{
    (void)state;
    const struct limit_event retransmitted = {.slow = true, .syns_retransmitted = 12};
    struct limit_named limit = name(&threads, 8192, retransmitted);
    ASSERT_LIMIT(limit, "net.core.somaxconn", 4096);
    assert_non_null(strstr(limit.advice, "net.core.somaxconn=8192"));
    limit = name(&threads, 4096, retransmitted); /* that fitted: they were somebody else's */
    ASSERT_LIMIT(limit, "", -1);
    machine.value[MACHINE_SOMAXCONN] = 65535;
    limit = name(&threads, 8192, retransmitted);
    ASSERT_LIMIT(limit, "--backlog", 4096);
    assert_non_null(strstr(limit.advice, "--backlog 8192; net.core.somaxconn allows 65535"));
    limit = name(&threads, 8192, (struct limit_event){.errnum = ETIMEDOUT});
    ASSERT_LIMIT(limit, "--backlog", 4096);
}

static void the_cpu(void **state)
{
    (void)state;
    struct limit_event busy = {
        .slow = true, .overhead = 1000, .client_cpu = 900, .server_cpu = 700};
    struct limit_named limit = name(&loop, 1000, busy);
    ASSERT_LIMIT(limit, "the client's CPU", -1);
    busy.client_cpu = 100;
    limit = name(&loop, 1000, busy);
    ASSERT_LIMIT(limit, "the server's CPU", -1);
    busy.server_cpu = 100; /* others had it */
    limit = name(&loop, 1000, busy);
    ASSERT_LIMIT(limit, "", -1);
    busy.client_cpu = busy.server_cpu = USAGE_NOT_AVAILABLE;
    limit = name(&loop, 1000, busy);
    ASSERT_LIMIT(limit, "", -1);
}

static void limits_as_text(void **state)
{
    (void)state;
    char text[LIMIT_TEXT_BYTES];
    assert_string_equal(limit_text("RLIMIT_NOFILE", 20000, text), "RLIMIT_NOFILE 20000");
    assert_string_equal(limit_text("the client's CPU", -1, text), "the client's CPU");
    assert_string_equal(limit_text("RLIMIT_MEMLOCK", 8 << 20, text), "RLIMIT_MEMLOCK 8.0 MiB");
}

static void this_machine_can_be_read(void **state)
{
    (void)state;
    struct machine_limits here;
    machine_limits_read(&here);
    for (int i = 0; i < MACHINE_LIMITS; i++) {
        assert_true(here.value[i] > 0);
        assert_true(here.used[i] >= 0);
    }
    assert_true(here.value[MACHINE_DESCRIPTORS] >= 3);
    assert_true(machine_memory_available() != 0);
}

/* ---- a run's record ---- */

enum { REQUESTS = 4 };

static struct run_record record_of(enum quality quality, nsec_t makespan)
{
    struct run_record record = {.quality = quality,
                                .requests = REQUESTS,
                                .completed = REQUESTS,
                                .makespan = makespan,
                                .server_json = "{\"refused\": 0}"};
    record.page = calloc(1, sizeof(*record.page) + REQUESTS * sizeof(struct sample));
    assert_non_null(record.page);
    record.page->stage = MEASURE_COMPLETE;
    record.samples = record.page->samples;
    record.watch.memory_available_bytes = -1;
    usage_clear(&record.usage);
    for (int i = 0; i < REQUESTS; i++)
        record.page->samples[i] = (struct sample){.outcome = OUTCOME_OK, .end = 10 + i};
    return record;
}

static struct limits_result judge(const struct run_record *record)
{
    struct limits_result quality;
    struct bench_case c = case_of(&loop, REQUESTS);
    limits_judge(record, &c, 0.5, -1, &quality);
    free(record->page);
    return quality;
}

static void a_run_that_holds(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_NOISY, 2 * NSEC_PER_SEC);
    record.usage.value[USAGE_CLIENT][USAGE_RSS_GROWTH_BYTES] = 4000;
    record.usage.value[USAGE_CLIENT][USAGE_CPU_NS] = 8000;
    record.usage.value[USAGE_SERVER][USAGE_IN_FLIGHT_MAX] = 3;
    struct limits_result quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_RAMPING);
    assert_true(quality.worked);
    assert_float_equal(quality.efficiency, 0.5, 1e-9);
    assert_float_equal(quality.costs.client_bytes, 1000, 1e-9);
    assert_float_equal(quality.costs.client_cpu_ns, 2000, 1e-9);
    assert_int_equal(quality.costs.server_in_flight, 3);
    assert_true(isnan(quality.costs.server_bytes));
    assert_int_equal(quality.costs.in_flight, -1);
}

static void a_run_that_is_too_slow_works_all_the_same(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_OK, 3 * NSEC_PER_SEC);
    struct limits_result quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_SLOW);
    assert_true(quality.worked);
    assert_float_equal(quality.efficiency, 1.0 / 3, 1e-9);
}

static void syns_of_others_are_not_ours(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_OK, 3 * NSEC_PER_SEC);
    record.usage.value[USAGE_SYSTEM][USAGE_SYN_RETRANSMITS] = 9;
    struct limits_result quality = judge(&record);
    assert_null(strstr(quality.reason, "accept queue"));
    record = record_of(QUALITY_OK, 3 * NSEC_PER_SEC);
    record.usage.value[USAGE_SYSTEM][USAGE_SYN_RETRANSMITS] = 9;
    record.page->samples[1].start = 100;
    record.page->samples[1].connected = 100 + NSEC_PER_SEC;
    quality = judge(&record);
    assert_non_null(strstr(quality.reason, "1 of the connections found the accept queue full"));
}

static void the_first_failure_counts(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_INVALID, 2 * NSEC_PER_SEC);
    struct sample *samples = record.page->samples;
    samples[0] = (struct sample){.outcome = OUTCOME_RECEIVE, .errnum = ECONNRESET, .end = 50};
    samples[2] = (struct sample){.outcome = OUTCOME_NO_SOCKET, .errnum = ENFILE, .end = 20};
    samples[3] = (struct sample){.outcome = OUTCOME_UNFINISHED};
    record.failed = 3;
    struct limits_result quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_FAILED);
    assert_false(quality.worked);
    assert_true(isnan(quality.efficiency));
    assert_int_equal(quality.errnum, ENFILE);
    assert_string_equal(quality.limit.name, "fs.file-max");
    assert_non_null(strstr(quality.reason, "3 of 4 requests failed, the first: "));
}

static void a_wrong_response_is_no_limit(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_INVALID, 2 * NSEC_PER_SEC);
    record.page->samples[1].outcome = OUTCOME_WRONG;
    struct limits_result quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_INVALID);
    assert_string_equal(quality.limit.name, "");

    record = record_of(QUALITY_INVALID, NSEC_PER_SEC / 2); /* faster than waiting allows */
    strcpy(record.reasons, "too fast");
    quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_INVALID);
    assert_string_equal(quality.reason, "too fast");
}

static void a_setup_that_failed(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_INVALID, 0);
    record.page->stage = MEASURE_FAILED;
    record.page->failed_in = MEASURE_SETUP;
    error_errno(&record.page->error, ENOMEM, "thread 7 of 9");
    struct limits_result quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_FAILED);
    assert_int_equal(quality.errnum, ENOMEM);
    assert_string_equal(quality.reason, "setup failed: thread 7 of 9: Cannot allocate memory");
}

static void runs_that_were_ended(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_INVALID, 0);
    record.page->stage = MEASURE_SETUP;
    record.stopped = RUN_STOPPED_TIMEOUT;
    record.process = 11 * NSEC_PER_SEC;
    struct limits_result quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_SLOW);
    assert_true(isnan(quality.efficiency));
    assert_string_equal(quality.reason, "setup did not end within 11.0 s");

    record = record_of(QUALITY_INVALID, 0); /* a program that gave up when it was told to */
    record.page->stage = MEASURE_FAILED;
    record.page->failed_in = MEASURE_RUN;
    record.stopped = RUN_STOPPED_TIMEOUT;
    record.process = 11 * NSEC_PER_SEC;
    quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_SLOW);
    assert_string_equal(quality.reason, "the run did not end within 11.0 s");

    record = record_of(QUALITY_INVALID, 0);
    record.stopped = RUN_STOPPED_MEMORY;
    record.watch.memory_available_bytes = 3 << 20;
    quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_MEMORY);
    assert_string_equal(quality.reason, "during the run the available memory fell to 3.0 MiB");

    record = record_of(QUALITY_INVALID, 0);
    record.page->stage = MEASURE_RUN;
    strcpy(record.reasons, "the measured process was killed by signal 9 (Killed) in the run");
    record.page->samples[0].outcome = OUTCOME_UNFINISHED;
    quality = judge(&record);
    assert_int_equal(quality.end, LIMITS_FAILED);
    assert_string_equal(quality.reason, record.reasons);
}

static void a_server_that_is_gone_says_nothing_of_the_requests(void **state)
{
    (void)state;
    struct run_record record = record_of(QUALITY_INVALID, 0);
    record.page->samples[0] =
        (struct sample){.outcome = OUTCOME_CONNECT, .errnum = ECONNREFUSED, .end = 20};
    record.server_json[0] = '\0';
    strcpy(record.reasons, "the server was killed by signal 9 (Killed) in the middle of the run");
    struct limits_result quality = judge(&record);
    assert_string_equal(quality.reason, record.reasons);
}

/* ---- the store ---- */

static void a_row_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct error error;
    struct environment environment = {.count = 0};
    struct campaign_info info = {.name = "limits", .command = "c", .seed = 7, .repetitions = 1};
    struct plan plan = {0};
    struct limits_row *rows;
    size_t n;
    struct limits_row full = {
        .driver = "libev",
        .share = 0.5,
        .capacity = 4096,
        .best = {.efficiency = 0.75, .costs = {4096, 4095, 1, 2, 3, 4, 5, 6, 7}, .noise = "others"},
        .worked = 8192,
        .ended_at = 10000,
        .ended = {.end = LIMITS_FAILED,
                  .efficiency = NAN,
                  .errnum = EMFILE,
                  .limit = {.name = "RLIMIT_NOFILE", .value = 20000, .advice = "raise"},
                  .reason = "no more"}};
    struct limits_row empty = {
        .driver = "null",
        .share = 0.5,
        .best = {.efficiency = NAN, .costs = {-1, -1, NAN, NAN, NAN, NAN, NAN, NAN, NAN}},
        .ended = {.end = LIMITS_RAMPING, .efficiency = NAN, .limit.value = -1}};
    struct store *store = store_open(STORE_IN_MEMORY, STORE_WRITE, &error);
    assert_non_null(store);
    assert_int_equal(store_begin_campaign(store, &info, &plan, &environment, &error), 0);
    assert_int_equal(store_limits(store, info.id, &rows, &n, &error), 0);
    assert_int_equal(n, 0);
    assert_int_equal(store_put_limits(store, info.id, 1, &empty, &error), 0);
    assert_int_equal(store_put_limits(store, info.id, 0, &empty, &error), 0); /* and replaced */
    assert_int_equal(store_put_limits(store, info.id, 1, &full, &error), 0);
    assert_int_equal(store_limits(store, info.id, &rows, &n, &error), 0);
    assert_int_equal(n, 2);
    const struct limits_row *e = &rows[0], *f = &rows[1];
    assert_int_equal(e->capacity, 0);
    assert_int_equal(e->ended_at, 0);
    assert_int_equal(e->ended.limit.value, -1);
    assert_int_equal(e->best.costs.in_flight, -1);
    assert_true(isnan(e->best.efficiency) && isnan(e->best.costs.client_bytes));
    assert_int_equal(e->ended.end, LIMITS_RAMPING);
    assert_string_equal(f->driver, "libev");
    assert_int_equal(f->capacity, 4096);
    assert_float_equal(f->best.efficiency, 0.75, 1e-12);
    assert_int_equal(f->worked, 8192);
    assert_memory_equal(&f->best.costs, &full.best.costs, sizeof(full.best.costs));
    assert_string_equal(f->best.noise, "others");
    assert_int_equal(f->ended.end, LIMITS_FAILED);
    assert_int_equal(f->ended_at, 10000);
    assert_true(isnan(f->ended.efficiency));
    assert_int_equal(f->ended.errnum, EMFILE);
    ASSERT_LIMIT(f->ended.limit, "RLIMIT_NOFILE", 20000);
    assert_string_equal(f->ended.limit.advice, "raise");
    assert_string_equal(f->ended.reason, "no more");
    free(rows);
    store_close(store);
}

static void ends_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < LIMITS_ENDS; i++) {
        assert_true(*limits_end_names[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(limits_end_names[i], limits_end_names[j]);
    }
    assert_null(limits_end_names[LIMITS_ENDS]);
}

#define TEST(function) cmocka_unit_test_setup(function, generous)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(descriptors),
        TEST(descriptors_of_the_server),
        TEST(descriptors_of_everybody),
        TEST(a_limit_of_the_driver_s_own),
        TEST(the_tightest_of_many_limits_on_threads),
        TEST(no_thread_for_want_of_memory),
        TEST(eagain_of_something_else_is_no_limit_on_threads),
        TEST(memory),
        TEST(ports),
        TEST(the_accept_queue),
        TEST(the_cpu),
        TEST(limits_as_text),
        TEST(this_machine_can_be_read),
        TEST(a_run_that_holds),
        TEST(a_run_that_is_too_slow_works_all_the_same),
        TEST(syns_of_others_are_not_ours),
        TEST(the_first_failure_counts),
        TEST(a_wrong_response_is_no_limit),
        TEST(a_setup_that_failed),
        TEST(runs_that_were_ended),
        TEST(a_server_that_is_gone_says_nothing_of_the_requests),
        TEST(a_row_comes_out_as_it_went_in),
        TEST(ends_have_names),
    };
    return cmocka_run_group_tests_name("limit_name", tests, NULL, NULL);
}
