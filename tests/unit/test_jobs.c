/* Requests that are jobs, by kind of slot: which thread executes them, in how many calls, and the
 * resulting sample. There is no server. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/exchange.h"

enum { REQUESTS = 3, SLICES = 4 };

/* ---- a workload that records its calls ---- */

static struct {
    unsigned slices, opened, closed;
    bool no_context;
    enum job_result result;
    pthread_t by; /* the last slice's */
} seen;

static void *sliced_open(const struct load *load, struct error *error)
{
    (void)load;
    if (seen.no_context) {
        error_errno(error, EMFILE, "no context");
        return NULL;
    }
    seen.opened++;
    return &seen;
}

static void sliced_close(void *context)
{
    assert_ptr_equal(context, &seen);
    seen.closed++;
}

static enum job_result sliced_work(struct job *job)
{
    assert_ptr_equal(job->context, &seen);
    assert_int_equal(job->requests, REQUESTS);
    seen.slices++;
    seen.by = pthread_self();
    if (++job->progress < SLICES)
        return JOB_MORE;
    job->errnum = seen.result == JOB_FAILED ? EIO : 0;
    return seen.result;
}

static const struct workload sliced = {
    .name = "sliced",
    .local = true,
    .yields = true,
    .work = sliced_work,
    .open = sliced_open,
    .close = sliced_close,
};

static struct stage {
    struct load load;
    struct sample samples[REQUESTS];
    struct batch batch;
    struct exchange exchange;
} stage;

static void stage_open(enum exchange_kind kind, enum job_result result)
{
    memset(&seen, 0, sizeof(seen));
    seen.result = result;
    memset(&stage, 0, sizeof(stage));
    stage.load = (struct load){.workload = &sliced, .concurrency = 1};
    stage.batch =
        (struct batch){.load = &stage.load, .requests = REQUESTS, .samples = stage.samples};
    exchange_init(&stage.exchange, &stage.load, 0, kind);
}

static void check_sample(size_t index, enum outcome outcome, int errnum)
{
    const struct sample *sample = &stage.samples[index];
    assert_int_equal(sample->outcome, outcome);
    assert_int_equal(sample->errnum, errnum);
    assert_true(sample->start > 0 && sample->end >= sample->start);
    if (outcome != OUTCOME_UNFINISHED)
        assert_true(sample->sent == sample->start && sample->first_byte == sample->start);
}

/* ---- the tests ---- */

static void without_giving_way(void **state)
{
    (void)state;
    static const enum exchange_kind kinds[] = {EXCHANGE_BLOCKING, EXCHANGE_FOREIGN};
    for (size_t k = 0; k < 2; k++) {
        stage_open(kinds[k], JOB_DONE);
        for (size_t i = 0; i < REQUESTS; i++) {
            assert_int_equal(exchange_begin(&stage.exchange, &stage.batch, i), EXCHANGE_OVER);
            check_sample(i, OUTCOME_OK, 0);
        }
        assert_int_equal(seen.slices, REQUESTS * SLICES);
        exchange_close(&stage.exchange);
        assert_int_equal(seen.opened, 1);
        assert_int_equal(seen.closed, 1);
    }
}

static void giving_way(void **state)
{
    (void)state;
    stage_open(EXCHANGE_NONBLOCKING, JOB_WRONG);
    enum exchange_want want = exchange_begin(&stage.exchange, &stage.batch, 0);
    for (unsigned slice = 1; slice < SLICES; slice++) {
        assert_int_equal(want, EXCHANGE_WRITE);
        assert_int_equal(seen.slices, slice);
        assert_true(stage.exchange.fd >= 0);
        want = exchange_step(&stage.exchange);
    }
    assert_int_equal(want, EXCHANGE_OVER);
    assert_int_equal(stage.exchange.fd, -1);
    check_sample(0, OUTCOME_WRONG, 0);
    exchange_close(&stage.exchange);
}

static void *carry(void *unused)
{
    exchange_work(&stage.exchange);
    return unused;
}

/* Begun here, where nothing of it is done; carried to its end by other threads. */
static void offloaded(void **state)
{
    (void)state;
    static const struct {
        enum job_result result;
        enum outcome outcome;
        int errnum;
    } ends[] = {
        {JOB_DONE, OUTCOME_OK, 0}, {JOB_FAILED, OUTCOME_JOB, EIO}, {JOB_WRONG, OUTCOME_WRONG, 0}};
    stage_open(EXCHANGE_OFFLOADING, JOB_DONE);
    for (size_t i = 0; i < REQUESTS; i++) {
        seen.slices = 0;
        seen.result = ends[i].result;
        assert_int_equal(exchange_begin(&stage.exchange, &stage.batch, i), EXCHANGE_WORK);
        assert_int_equal(seen.slices, 0);
        assert_int_equal(seen.opened, i > 0);
        assert_int_equal(stage.samples[i].outcome, OUTCOME_UNFINISHED);
        assert_true(stage.samples[i].start > 0);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, carry, NULL), 0);
        pthread_join(thread, NULL);
        assert_int_equal(seen.slices, SLICES);
        assert_false(pthread_equal(seen.by, pthread_self()));
        assert_int_equal(stage.exchange.fd, -1);
        check_sample(i, ends[i].outcome, ends[i].errnum);
    }
    exchange_close(&stage.exchange);
    assert_int_equal(seen.opened, 1);
    assert_int_equal(seen.closed, 1);
}

/* The slot is not lost: the next job tries again. */
static void a_context_that_cannot_be_made(void **state)
{
    (void)state;
    for (int offloading = 0; offloading <= 1; offloading++) {
        stage_open(offloading ? EXCHANGE_OFFLOADING : EXCHANGE_BLOCKING, JOB_DONE);
        for (size_t i = 0; i < 2; i++) {
            seen.no_context = i == 0;
            enum exchange_want want = exchange_begin(&stage.exchange, &stage.batch, i);
            if (offloading)
                exchange_work(&stage.exchange);
            assert_int_equal(want, offloading ? EXCHANGE_WORK : EXCHANGE_OVER);
        }
        check_sample(0, OUTCOME_JOB, EMFILE);
        check_sample(1, OUTCOME_OK, 0);
        exchange_close(&stage.exchange);
        assert_int_equal(seen.closed, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_giving_way),
        cmocka_unit_test(giving_way),
        cmocka_unit_test(offloaded),
        cmocka_unit_test(a_context_that_cannot_be_made),
    };
    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
