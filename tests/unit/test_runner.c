/* The harness: what is timed and what is not, on a fake clock that only a scripted driver moves, so
 * that every figure is exact; what is made of samples; which checks fail; and processes that hang,
 * die or are interrupted. This program is its own measured process, as waitbench is.
 *
 * Linked with --wrap=clock_gettime and --wrap=driver_find. */
#include "bench/run/runner.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/run/checks.h"
#include "bench/base/interrupt.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const nsec_t MS = NSEC_PER_MSEC;
static const nsec_t HANGS = 60 * NSEC_PER_SEC; /* no loaded machine comes near */

/* ---- the clock ---- */

static bool faking;
static nsec_t fake_now;

int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
    if (!faking || id != CLOCK_MONOTONIC)
        return __real_clock_gettime(id, now);
    *now = clock_timespec(fake_now);
    return 0;
}

/* ---- the driver ---- */

static struct script {
    nsec_t setup, request, teardown;
    bool fail_setup, fail_run;
    enum outcome outcome; /* of request number `bad_request` of batch number `bad_batch` */
    size_t bad_request;
    unsigned bad_batch;
    /* What was seen. */
    unsigned setups, batches, teardowns;
    size_t batch_requests[4];
    nsec_t batch_delay[4];
} script = {.bad_batch = 99};

static void *scripted_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    script.setups++;
    fake_now += script.setup;
    if (!script.fail_setup)
        return (void *)(uintptr_t)load;
    error_set(error, "no slots today");
    return NULL;
}

static int scripted_run(void *state, struct batch *batch, struct error *error)
{
    (void)state;
    unsigned number = script.batches++;
    script.batch_requests[number] = batch->requests;
    script.batch_delay[number] = batch->delay;
    ptrdiff_t index;
    while ((index = batch_next(batch)) != BATCH_OVER) {
        bool bad = number == script.bad_batch && (size_t)index == script.bad_request;
        struct sample *sample = &batch->samples[index];
        sample->start = clock_now();
        fake_now += script.request;
        sample->end = clock_now();
        sample->outcome = bad ? (uint8_t)script.outcome : OUTCOME_OK;
        sample->errnum = bad ? ECONNREFUSED : 0;
    }
    return script.fail_run ? error_set(error, "the loop broke") : 0;
}

static void scripted_teardown(void *state)
{
    (void)state;
    script.teardowns++;
    fake_now += script.teardown;
}

static int run_and_die(void *state, struct batch *batch, struct error *error)
{
    kill(getpid(), SIGKILL);
    return scripted_run(state, batch, error);
}

static int run_and_hang(void *state, struct batch *batch, struct error *error)
{
    batch->samples[0].start = clock_now();
    batch->samples[0].outcome = OUTCOME_UNFINISHED;
    for (;;)
        pause();
    return scripted_run(state, batch, error);
}

static void *setup_and_exit(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    (void)load;
    (void)error;
    _exit(5);
}

/* The first sends requests, as far as the harness knows: it is warmed up. */
enum { WARMED, OFFLINE, DYING, HANGING, EXITING };
static const struct driver scripted[] = {
#define SCRIPTED(title, marks, at_setup, at_run)                                                   \
    {                                                                                              \
        .name = title, .traits = marks, .setup = at_setup, .run = at_run,                          \
        .teardown = scripted_teardown                                                              \
    }
    [WARMED] = SCRIPTED("warmed", 0, scripted_setup, scripted_run),
    [OFFLINE] = SCRIPTED("offline", DRIVER_OFFLINE, scripted_setup, scripted_run),
    [DYING] = SCRIPTED("dying", DRIVER_OFFLINE, scripted_setup, run_and_die),
    [HANGING] = SCRIPTED("hanging", DRIVER_OFFLINE, scripted_setup, run_and_hang),
    [EXITING] = SCRIPTED("exiting", DRIVER_OFFLINE, setup_and_exit, scripted_run),
};

const struct driver *__real_driver_find(const char *name);
const struct driver *__wrap_driver_find(const char *name);

const struct driver *__wrap_driver_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(scripted); i++)
        if (!strcmp(scripted[i].name, name))
            return &scripted[i];
    return __real_driver_find(name);
}

static struct bench_case make_case(const struct driver *driver, size_t requests)
{
    return (struct bench_case){.driver = driver,
                               .workload = workload_find("randint"),
                               .requests = requests,
                               .concurrency = 1,
                               .delay = MS};
}

/* ---- measuring, on the fake clock ---- */

enum { WARMUPS = 32 };

static struct measure_page *measure(const struct bench_case *c, int *result)
{
    struct net_addresses nowhere = {.count = 0};
    struct error error;
    int fd;
    struct measure_page *page =
        measure_page_make(c, &nowhere, 7, &(struct measure_extent){0}, &fd, &error);
    if (!page)
        fail_msg("%s", error.text);
    close(fd);
    faking = true;
    fake_now = 1000 * NSEC_PER_SEC;
    *result = measure_run(page);
    faking = false;
    return page;
}

static void every_part_is_timed_by_itself(void **state)
{
    (void)state;
    script =
        (struct script){.setup = 7 * MS, .request = 5 * MS, .teardown = 3 * MS, .bad_batch = 99};
    struct bench_case c = make_case(&scripted[WARMED], 10);
    int result;
    struct measure_page *page = measure(&c, &result);
    assert_int_equal(result, 0);
    assert_int_equal(page->stage, MEASURE_COMPLETE);
    assert_int_equal(page->setup, 7 * MS);
    assert_int_equal(page->warmup, WARMUPS * 5 * MS);
    assert_int_equal(page->makespan, 10 * 5 * MS);
    assert_int_equal(page->teardown, 3 * MS);
    assert_int_equal(page->started, 1000 * NSEC_PER_SEC + 7 * MS + WARMUPS * 5 * MS);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(page->samples[i].start, page->started + (nsec_t)i * 5 * MS);
    assert_int_equal(script.setups, 1);
    assert_int_equal(script.batches, 2);
    assert_int_equal(script.teardowns, 1);
    assert_int_equal(script.batch_requests[0], WARMUPS);
    assert_int_equal(script.batch_delay[0], 0); /* the warm-up is not to be waited for */
    assert_int_equal(script.batch_requests[1], 10);
    assert_int_equal(script.batch_delay[1], PROTOCOL_DELAY_DEFAULT);
    measure_page_release(page);
}

static void an_offline_driver_is_not_warmed_up(void **state)
{
    (void)state;
    script = (struct script){.request = MS, .bad_batch = 99};
    struct bench_case c = make_case(&scripted[OFFLINE], 10);
    int result;
    struct measure_page *page = measure(&c, &result);
    assert_int_equal(script.batches, 1);
    assert_int_equal(page->warmup, 0);
    assert_int_equal(page->makespan, 10 * MS);
    measure_page_release(page);
}

/* In 22 ms requests of 5 ms begin at 0, 5, 10, 15 and 20 ms; the last is finished. */
static void a_time_box_is_the_run_s_alone(void **state)
{
    (void)state;
    script = (struct script){.request = 5 * MS, .bad_batch = 99};
    struct bench_case c = make_case(&scripted[WARMED], 10);
    c.time_box = 22 * MS;
    int result;
    struct measure_page *page = measure(&c, &result);
    assert_int_equal(page->warmup, WARMUPS * 5 * MS); /* not boxed */
    assert_int_equal(page->makespan, 25 * MS);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(page->samples[i].outcome, i < 5 ? OUTCOME_OK : OUTCOME_NOT_STARTED);
    measure_page_release(page);
}

static void a_setup_that_fails(void **state)
{
    (void)state;
    script = (struct script){.fail_setup = true, .bad_batch = 99};
    struct bench_case c = make_case(&scripted[WARMED], 10);
    int result;
    struct measure_page *page = measure(&c, &result);
    assert_int_equal(result, -1);
    assert_int_equal(page->stage, MEASURE_FAILED);
    assert_int_equal(page->failed_in, MEASURE_SETUP);
    assert_string_equal(page->error.text, "no slots today");
    assert_int_equal(script.batches, 0);
    assert_int_equal(script.teardowns, 0);
    assert_int_equal(page->started, 0);
    for (int m = 0; m < USAGE_METRICS; m++) /* nothing was counted: that is not 0 */
        assert_true(page->usage.value[USAGE_CLIENT][m] == USAGE_NOT_AVAILABLE);
    measure_page_release(page);
}

static void a_warm_up_that_fails(void **state)
{
    (void)state;
    script = (struct script){.bad_batch = 0, .bad_request = 31, .outcome = OUTCOME_CONNECT};
    struct bench_case c = make_case(&scripted[WARMED], 10);
    int result;
    struct measure_page *page = measure(&c, &result);
    assert_int_equal(result, -1);
    assert_int_equal(page->failed_in, MEASURE_WARMUP);
    assert_string_equal(page->error.text,
                        "a request failed: could not connect: Connection refused");
    assert_int_equal(script.batches, 1); /* there is no run to speak of */
    assert_int_equal(script.teardowns, 1);
    assert_int_equal(page->started, 0);
    measure_page_release(page);
}

static void a_run_that_fails(void **state)
{
    (void)state;
    script = (struct script){.fail_run = true, .request = MS, .bad_batch = 99};
    struct bench_case c = make_case(&scripted[OFFLINE], 10);
    int result;
    struct measure_page *page = measure(&c, &result);
    assert_int_equal(result, -1);
    assert_int_equal(page->failed_in, MEASURE_RUN);
    assert_string_equal(page->error.text, "the loop broke");
    assert_int_equal(page->makespan, 10 * MS);
    assert_int_equal(script.teardowns, 1);
    measure_page_release(page);
}

/* A failed request is no failed run. */
static void a_request_that_fails(void **state)
{
    (void)state;
    script = (struct script){.bad_batch = 0, .bad_request = 3, .outcome = OUTCOME_WRONG};
    struct bench_case c = make_case(&scripted[OFFLINE], 10);
    int result;
    struct measure_page *page = measure(&c, &result);
    assert_int_equal(result, 0);
    assert_int_equal(page->stage, MEASURE_COMPLETE);
    assert_int_equal(page->samples[3].outcome, OUTCOME_WRONG);
    measure_page_release(page);
}

static void stages_have_names(void **state)
{
    (void)state;
    assert_string_equal(measure_stage_name(MEASURE_SETUP), "setup");
    assert_string_equal(measure_stage_name(MEASURE_WARMUP), "the warm-up");
    assert_string_equal(measure_stage_name(MEASURE_RUN), "the run");
    assert_string_equal(measure_stage_name(MEASURE_TEARDOWN), "teardown");
}

/* ---- what is made of samples ---- */

enum { SAMPLES = 1000 };
static struct sample samples[SAMPLES];

static const struct bench_case CLOSED = {.arrivals = ARRIVALS_CLOSED};

/* `n` responses that took 1, 2, 3 … us, in an order that is not theirs. */
static struct run_record make_record(size_t n)
{
    struct run_record record = {.requests = n, .samples = samples, .started = MS, .makespan = MS};
    usage_clear(&record.usage);
    for (size_t i = 0; i < n; i++)
        samples[i] = (struct sample){
            .start = MS, .end = MS + (nsec_t)(i * 7 % n + 1) * 1000, .outcome = OUTCOME_OK};
    return record;
}

static void percentiles_where_they_can_be_borne(void **state)
{
    (void)state;
    struct run_record record = make_record(100); /* 7 has no factor in common with 100 */
    run_record_digest(&record, &CLOSED);
    assert_int_equal(record.completed, 100);
    assert_int_equal(record.latency_p50, 50 * 1000);
    assert_int_equal(record.latency_p99, 99 * 1000);
    assert_int_equal(record.latency_max, 100 * 1000);
    record = make_record(99);
    run_record_digest(&record, &CLOSED);
    assert_int_equal(record.latency_p50, 50 * 1000);
    assert_int_equal(record.latency_p99, -1);
    assert_int_equal(record.latency_max, 99 * 1000);
    record = make_record(1);
    run_record_digest(&record, &CLOSED);
    assert_int_equal(record.latency_p50, -1);
    assert_int_equal(record.latency_max, 1000);
}

static void failed_requests_have_no_latency(void **state)
{
    (void)state;
    struct run_record record = make_record(10);
    for (size_t i = 0; i < 10; i++)
        samples[i].outcome = OUTCOME_CLOSED;
    run_record_digest(&record, &CLOSED);
    assert_int_equal(record.completed, 0);
    assert_int_equal(record.failed, 10);
    assert_int_equal(record.latency_p50, -1);
    assert_int_equal(record.latency_max, -1);
}

static void failures_are_counted_by_kind_and_errno(void **state)
{
    (void)state;
    static const struct {
        enum outcome outcome;
        int errnum;
    } kinds[] = {{OUTCOME_CONNECT, ECONNREFUSED}, {OUTCOME_CONNECT, ETIMEDOUT}, {OUTCOME_CLOSED, 0},
                 {OUTCOME_CONNECT, ECONNREFUSED}, {OUTCOME_UNFINISHED, 0},      {OUTCOME_CLOSED, 0},
                 {OUTCOME_CONNECT, ECONNREFUSED}, {OUTCOME_NOT_STARTED, 0}};
    struct run_record record = make_record(10);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        samples[i].outcome = (uint8_t)kinds[i].outcome;
        samples[i].errnum = (int16_t)kinds[i].errnum;
    }
    run_record_digest(&record, &CLOSED);
    assert_int_equal(record.completed, 2);
    assert_int_equal(record.failed, 7);
    assert_int_equal(record.not_started, 1);
    assert_int_equal(record.failure_kinds, 4);
    assert_int_equal(record.failures[0].outcome, OUTCOME_CONNECT);
    assert_int_equal(record.failures[0].errnum, ECONNREFUSED);
    assert_int_equal(record.failures[0].count, 3);
    assert_int_equal(record.failures[1].count, 1);
    assert_int_equal(record.failures[2].outcome, OUTCOME_CLOSED);
    assert_int_equal(record.failures[2].count, 2);
}

static void more_kinds_than_there_is_room_for(void **state)
{
    (void)state;
    struct run_record record = make_record(100);
    for (size_t i = 0; i < 100; i++) {
        samples[i].outcome = OUTCOME_RECEIVE;
        samples[i].errnum = (int16_t)(i + 1);
    }
    run_record_digest(&record, &CLOSED);
    assert_int_equal(record.failure_kinds, RUN_FAILURE_KINDS);
    assert_int_equal(record.failed, 100); /* none is dropped from the sum */
    struct bench_case c = make_case(&scripted[WARMED], 100);
    checks_judge(&record, &c);
    assert_int_equal(record.quality, QUALITY_INVALID);
    assert_true(strlen(record.reasons) < sizeof(record.reasons));
}

/* 0-10, 5-15, 10-20 (begins as the first ends), 16 to never: never more than two. */
static void the_most_in_flight(void **state)
{
    (void)state;
    struct run_record record = make_record(5);
    static const nsec_t times[][2] = {{16, 0}, {10, 20}, {0, 10}, {5, 15}};
    for (size_t i = 0; i < 4; i++) {
        samples[i].start = 1000 + times[i][0];
        samples[i].end = times[i][1] ? 1000 + times[i][1] : 0;
        samples[i].outcome = times[i][1] ? OUTCOME_OK : OUTCOME_UNFINISHED;
    }
    samples[4].outcome = OUTCOME_NOT_STARTED;
    run_record_digest(&record, &CLOSED);
    assert_int_equal(record.usage.value[USAGE_CLIENT][USAGE_IN_FLIGHT_MAX], 2);
}

/* ---- checks ---- */

/* A run of 100 completed requests, all at once, without a caveat. */
static struct run_record good_record(struct bench_case *c)
{
    struct run_record record = make_record(100);
    run_record_digest(&record, &CLOSED);
    *c = make_case(&scripted[WARMED], 100);
    c->concurrency = 100;
    c->backlog = 4096;
    c->delay = 100 * MS;
    record.makespan = NSEC_PER_SEC;
    return record;
}

static void assert_judged(struct run_record *record, const struct bench_case *c,
                          enum quality quality, const char *reason)
{
    checks_judge(record, c);
    if (record->quality != quality || !strstr(record->reasons, reason))
        fail_msg("%s: %s", quality_names[record->quality], record->reasons);
}

static void a_good_run_passes(void **state)
{
    (void)state;
    struct bench_case c;
    struct run_record record = good_record(&c); /* no usage is available */
    assert_judged(&record, &c, QUALITY_OK, "");
    assert_string_equal(record.reasons, "");
}

static void failures_make_a_run_invalid(void **state)
{
    (void)state;
    struct bench_case c;
    struct run_record record = good_record(&c);
    record.completed = 97;
    record.failed = 3;
    record.failure_kinds = 2;
    record.failures[0] = (struct run_failure){OUTCOME_CONNECT, ECONNREFUSED, 2};
    record.failures[1] = (struct run_failure){OUTCOME_WRONG, 0, 1};
    assert_judged(&record, &c, QUALITY_INVALID,
                  "2 of 100 requests failed: could not connect, Connection refused");
    assert_non_null(strstr(record.reasons, "; 1 of 100 requests failed: the number was outside"));
}

static void what_never_started(void **state)
{
    (void)state;
    struct bench_case c;
    struct run_record record = good_record(&c);
    record.not_started = 5;
    assert_judged(&record, &c, QUALITY_INVALID, "5 requests were never started");
    record = good_record(&c);
    record.not_started = 5;
    c.time_box = MS; /* then that is expected */
    assert_judged(&record, &c, QUALITY_OK, "");
    record = good_record(&c);
    record.completed = 0;
    record.not_started = 100;
    c.time_box = MS;
    assert_judged(&record, &c, QUALITY_INVALID, "no request was made");
}

static void noisy_runs(void **state)
{
    (void)state;
    struct bench_case c;
    struct run_record record = good_record(&c);
    record.usage.value[USAGE_CLIENT][USAGE_IN_FLIGHT_MAX] = 89;
    assert_judged(&record, &c, QUALITY_NOISY, "at most 89 of 100 requests were in flight");
    record = good_record(&c);
    record.usage.value[USAGE_CLIENT][USAGE_IN_FLIGHT_MAX] = 90;
    assert_judged(&record, &c, QUALITY_OK, "");
    record = good_record(&c);
    c.concurrency = 20; /* and so many with pipelining: 20 x 4 */
    c.pipeline = 4;
    record.usage.value[USAGE_CLIENT][USAGE_IN_FLIGHT_MAX] = 71;
    assert_judged(&record, &c, QUALITY_NOISY, "at most 71 of 80 requests were in flight");

    record = good_record(&c);
    record.usage.value[USAGE_SYSTEM][USAGE_LISTEN_OVERFLOWS] = 4;
    record.usage.value[USAGE_SYSTEM][USAGE_SYN_RETRANSMITS] = 2;
    assert_judged(&record, &c, QUALITY_NOISY, "4 accept-queue overflows and 2 SYN retransmissions");
    record.quality = QUALITY_OK;
    record.reasons[0] = '\0';
    c.backlog = 99; /* there overflowing is what is measured */
    assert_judged(&record, &c, QUALITY_OK, "");

    record = good_record(&c);
    record.usage.value[USAGE_SERVER][USAGE_CPU_NS] = 960 * MS;
    assert_judged(&record, &c, QUALITY_NOISY, "the server was busy for 96% of the run");
    record = good_record(&c);
    strcpy(record.server_json, "{\"overshoot_p99_ns\": 11000000}");
    assert_judged(&record, &c, QUALITY_NOISY, "the server's overshoot was above");
    record = good_record(&c);
    record.usage.value[USAGE_SYSTEM][USAGE_FOREIGN_CPU_NS] = 100 * NSEC_PER_SEC;
    assert_judged(&record, &c, QUALITY_NOISY, "other processes used");
    record = good_record(&c);
    record.usage.value[USAGE_SYSTEM][USAGE_STEAL_NS] = 100 * NSEC_PER_SEC;
    assert_judged(&record, &c, QUALITY_NOISY, "the hypervisor took");
    record = good_record(&c);
    record.usage.value[USAGE_SYSTEM][USAGE_THROTTLED_NS] = 100 * MS;
    assert_judged(&record, &c, QUALITY_NOISY, "throttled the run for 100.0 ms in all");
}

/* A program may report anything: the server counts what it completed. */
static void responses_that_were_not_sent(void **state)
{
    (void)state;
    struct bench_case c;
    struct run_record record = good_record(&c);
    strcpy(record.server_json, "{\"completed\": 99}");
    assert_judged(&record, &c, QUALITY_OK, ""); /* the built-in drivers do not invent responses */
    c.driver = driver_find("python-asyncio");
    assert_judged(&record, &c, QUALITY_INVALID,
                  "the server completed 99 requests, but the program reported 100 responses");
    record = good_record(&c);
    c.driver = driver_find("python-asyncio");
    strcpy(record.server_json, "{\"completed\": 100}");
    assert_judged(&record, &c, QUALITY_OK, "");
}

static void caveats_add_up_and_never_overflow(void **state)
{
    (void)state;
    struct run_record record = {0};
    run_record_add_caveat(&record, QUALITY_INVALID, "first %d", 1);
    run_record_add_caveat(&record, QUALITY_NOISY, "second");
    assert_string_equal(record.reasons, "first 1; second");
    assert_int_equal(record.quality, QUALITY_INVALID); /* never better again */
    for (int i = 0; i < 100; i++)
        run_record_add_caveat(&record, QUALITY_OK, "caveat number %d", i);
    assert_true(strlen(record.reasons) < sizeof(record.reasons));
    assert_memory_equal(record.reasons, "first 1; second; caveat number 0; ", 34);
}

/* ---- processes ---- */

static char *shell_argv[] = {(char *)"sh", (char *)"-c", NULL, NULL};

static struct child start_shell(const char *command, const struct child_fd *fds)
{
    static const struct child_fd none[] = {{-1, -1}};
    struct child child;
    struct error error;
    shell_argv[2] = (char *)(uintptr_t)command;
    if (child_start(&child, "sh", shell_argv, fds ? fds : none, SIGKILL, &error) < 0)
        fail_msg("%s", error.text);
    return child;
}

static void how_a_child_ended(void **state)
{
    (void)state;
    static const struct {
        const char *command, *says;
    } rows[] = {{"exit 0", "exited with 0"},
                {"exit 3", "exited with 3"},
                {"kill -9 $$", "was killed by signal 9 (Killed)"},
                {"kill -11 $$", "was killed by signal 11 (Segmentation fault)"}};
    unsigned descriptors = self_descriptors();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[64];
        struct child child = start_shell(rows[i].command, NULL);
        assert_int_equal(child_wait(&child, 0), CHILD_ENDED);
        assert_int_equal(child_wait(&child, 0), CHILD_ENDED); /* and stays so */
        assert_string_equal(process_describe_end(child.status, text, sizeof(text)), rows[i].says);
        child_stop(&child, 0);
    }
    assert_int_equal(self_descriptors(), descriptors);
}

static void a_child_that_is_waited_for_too_long(void **state)
{
    (void)state;
    char text[64];
    unsigned descriptors = self_descriptors();
    struct child child = start_shell("exec sleep 60", NULL);
    nsec_t before = clock_now();
    assert_int_equal(child_wait(&child, before + 50 * MS), CHILD_TIMEOUT);
    assert_true(clock_now() - before >= 50 * MS);
    assert_int_equal(child_wait(&child, before), CHILD_TIMEOUT); /* long past */
    child_stop(&child, 10 * NSEC_PER_SEC);
    process_describe_end(child.status, text, sizeof(text));
    assert_string_equal(text, "was killed by signal 15 (Terminated)");
    assert_int_equal(self_descriptors(), descriptors);
}

static void a_child_that_does_not_want_to_end(void **state)
{
    (void)state;
    int ends[2];
    char byte, text[64];
    assert_int_equal(pipe(ends), 0);
    const struct child_fd fds[] = {{ends[1], 5}, {-1, -1}};
    struct child child =
        start_shell("trap '' TERM; echo ready >&5; while :; do sleep 1; done", fds);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1); /* it has set its trap */
    nsec_t before = clock_now();
    child_stop(&child, 30 * MS);
    assert_true(clock_now() - before >= 30 * MS);
    assert_string_equal(process_describe_end(child.status, text, sizeof(text)),
                        "was killed by signal 9 (Killed)");
    close(ends[0]);
}

static void a_program_that_is_not_there(void **state)
{
    (void)state;
    const struct child_fd none[] = {{-1, -1}};
    struct child child;
    struct error error = {0};
    unsigned descriptors = self_descriptors();
    assert_int_equal(child_start(&child, "no-such-program", shell_argv, none, SIGKILL, &error), -1);
    assert_int_equal(error.errnum, ENOENT);
    assert_string_equal(error.text, "cannot start no-such-program: No such file or directory");
    assert_int_equal(child.pid, 0);
    child_stop(&child, 0); /* nothing to do */
    char path[4096];
    assert_int_equal(process_find_beside("no-such-program", 1, X_OK, path, sizeof(path), &error),
                     -1);
    assert_non_null(strstr(error.text, "no-such-program"));
    assert_non_null(strstr(error.text, "run 'make'"));
    assert_int_equal(process_find_beside("randintd", 1, X_OK, path, sizeof(path), &error), 0);
    assert_int_equal(access(path, X_OK), 0);
    assert_int_equal(process_find_beside("randintd", 1, X_OK, path, 4, &error), -1);
    assert_int_equal(self_descriptors(), descriptors);
}

/* Once interrupted, always interrupted: so in a process of its own. Returns what went wrong. */
static const char *be_interrupted(int number)
{
    interrupt_init();
    if (interrupted())
        return "interrupted before anything was sent";
    struct child child = start_shell("exec sleep 60", NULL);
    if (child_wait(&child, clock_now() + 20 * MS) != CHILD_TIMEOUT)
        return "the wait was interrupted by nobody";
    kill(getpid(), number); /* blocked until somebody looks */
    if (child_wait(&child, clock_now() + 30 * NSEC_PER_SEC) != CHILD_INTERRUPTED)
        return "the wait was not interrupted";
    if (!interrupted())
        return "it was forgotten";
    child_stop(&child, NSEC_PER_SEC);
    return child.reaped ? NULL : "the child was left";
}

static void an_interrupt_is_noticed(void **state)
{
    (void)state;
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            const char *problem = be_interrupted(numbers[i]);
            if (problem)
                fprintf(stderr, "%s\n", problem);
            _exit(problem != NULL);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

/* ---- whole runs, this program being the measured process ---- */

static struct run_record run(const struct driver *driver, nsec_t timeout)
{
    struct runner runner = {.settings = {.timeout = timeout}, .seed = 1};
    struct bench_case c = make_case(driver, 10);
    struct run_record record;
    struct error error;
    unsigned descriptors = self_descriptors();
    if (runner_run(&runner, &c, &record, &error) != RUNNER_DONE)
        fail_msg("%s", error.text);
    assert_int_equal(self_descriptors(), descriptors);
    return record;
}

static void assert_invalid(const struct driver *driver, nsec_t timeout, const char *reason)
{
    struct run_record record = run(driver, timeout);
    if (record.quality != QUALITY_INVALID || !strstr(record.reasons, reason))
        fail_msg("%s: %s", quality_names[record.quality], record.reasons);
    run_record_release(&record);
}

static void a_whole_run(void **state)
{
    (void)state;
    struct run_record record = run(&scripted[OFFLINE], HANGS);
    assert_int_equal(record.quality, QUALITY_OK);
    assert_string_equal(record.reasons, "");
    assert_int_equal(record.completed, 10);
    assert_int_equal(record.requests, 10);
    assert_true(record.makespan > 0 && record.process > record.makespan);
    assert_true(record.started > 0 && record.started_unix_ms > 1700000000000);
    assert_string_equal(record.server_json, "");
    run_record_release(&record);
}

/* In the first block `counting`, and always or never where the case says so. */
static void system_calls_are_counted_case_by_case(void **state)
{
    (void)state;
    static const struct {
        enum usage_extent usage;
        enum control control;
        bool counting, counted;
    } expected[] = {
        {USAGE_OFF, CONTROL_NONE, true, false},    {USAGE_ON, CONTROL_NONE, true, true},
        {USAGE_ON, CONTROL_NONE, false, false},    {USAGE_FULL, CONTROL_NONE, false, true},
        {USAGE_ON, CONTROL_NO_USAGE, true, false}, {USAGE_FULL, CONTROL_NO_USAGE, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        struct runner runner = {.settings = {.timeout = NSEC_PER_SEC},
                                .counting = expected[i].counting};
        struct bench_case c = make_case(&scripted[OFFLINE], 10);
        c.usage = expected[i].usage;
        c.control = expected[i].control;
        struct run_record record;
        assert_int_equal(runner_run(&runner, &c, &record, NULL), RUNNER_DONE);
        assert_int_equal(record.page->with_syscalls, expected[i].counted);
        run_record_release(&record);
    }
}

static void runs_that_end_badly(void **state)
{
    (void)state;
    assert_invalid(&scripted[DYING], HANGS,
                   "the measured process was killed by signal 9 (Killed) in the run");
    assert_invalid(&scripted[EXITING], HANGS, "the measured process exited with 5 in setup");
    nsec_t before = clock_now();
    /* Long enough for a sanitizer on a busy machine to get as far as the run. */
    assert_invalid(&scripted[HANGING], 2000 * MS, "stopped in the run after 2.01 s");
    assert_true(clock_now() - before >= 2000 * MS);
    struct run_record record = run(&scripted[HANGING], 2000 * MS);
    assert_int_equal(record.failed, 1); /* the one that was started */
    assert_int_equal(record.failures[0].outcome, OUTCOME_UNFINISHED);
    assert_int_equal(record.not_started, 9);
    run_record_release(&record);
}

/* No machine has as much as this run is to leave available. */
static void a_run_that_takes_too_much_memory(void **state)
{
    (void)state;
    struct runner runner = {.settings = {.timeout = HANGS}, .memory_floor_bytes = INT64_MAX};
    struct bench_case c = make_case(&scripted[HANGING], 10);
    struct run_record record;
    assert_int_equal(runner_run(&runner, &c, &record, NULL), RUNNER_DONE);
    assert_int_equal(record.stopped, RUN_STOPPED_MEMORY);
    assert_int_equal(record.quality, QUALITY_INVALID);
    assert_non_null(strstr(record.reasons, "of memory were available on the machine"));
    run_record_release(&record);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], MEASURE_COMMAND))
        return measure_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_timed_by_itself),
        cmocka_unit_test(an_offline_driver_is_not_warmed_up),
        cmocka_unit_test(a_time_box_is_the_run_s_alone),
        cmocka_unit_test(a_setup_that_fails),
        cmocka_unit_test(a_warm_up_that_fails),
        cmocka_unit_test(a_run_that_fails),
        cmocka_unit_test(a_request_that_fails),
        cmocka_unit_test(stages_have_names),
        cmocka_unit_test(percentiles_where_they_can_be_borne),
        cmocka_unit_test(failed_requests_have_no_latency),
        cmocka_unit_test(failures_are_counted_by_kind_and_errno),
        cmocka_unit_test(more_kinds_than_there_is_room_for),
        cmocka_unit_test(the_most_in_flight),
        cmocka_unit_test(a_good_run_passes),
        cmocka_unit_test(failures_make_a_run_invalid),
        cmocka_unit_test(what_never_started),
        cmocka_unit_test(noisy_runs),
        cmocka_unit_test(responses_that_were_not_sent),
        cmocka_unit_test(caveats_add_up_and_never_overflow),
        cmocka_unit_test(how_a_child_ended),
        cmocka_unit_test(a_child_that_is_waited_for_too_long),
        cmocka_unit_test(a_child_that_does_not_want_to_end),
        cmocka_unit_test(a_program_that_is_not_there),
        cmocka_unit_test(an_interrupt_is_noticed),
        cmocka_unit_test(a_whole_run),
        cmocka_unit_test(system_calls_are_counted_case_by_case),
        cmocka_unit_test(runs_that_end_badly),
        cmocka_unit_test(a_run_that_takes_too_much_memory),
    };
    return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
