/* The libev-offload driver: sockets are the loop's and jobs are the pool's. While jobs block, the
 * loop goes on; jobs go on beside each other, as many as the pool has threads; and a thread that
 * cannot be made gives everything back.
 *
 * Order is tested, not time: jobs wait for what only others can do, and give up after a time that
 * no loaded machine comes near, so that nothing hangs for ever. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/drive.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

enum { POOL = 32, GIVES_UP_SECONDS = 30 };

/* ---- threads that cannot be made ---- */

static unsigned threads_until_eagain; /* that one fails; 0: none does */

typedef void *thread_main_function(void *);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          thread_main_function *main, void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          thread_main_function *main, void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          thread_main_function *main, void *argument)
{
    if (threads_until_eagain && --threads_until_eagain == 0)
        return EAGAIN;
    return __real_pthread_create(thread, attributes, main, argument);
}

/* ---- workloads whose jobs wait ---- */

static struct {
    sem_t completed;         /* posted for each response */
    sem_t go;                /* posted for each job that may go on */
    pthread_t loop;          /* who runs the batch */
    atomic_uint strayed;     /* requests and responses on another thread, jobs on this one */
    atomic_bool gave_up;     /* a job did, and then all of them */
    size_t jobs_from, jobs;  /* which requests are jobs */
    size_t responses_wanted; /* by each of them */
    unsigned group;          /* so many jobs go on together */
    atomic_uint came, working, working_most;
    atomic_uint contexts;
    bool in_use[DRIVE_REQUESTS_MAX];
} seen;

static void see(size_t jobs_from, size_t jobs)
{
    memset(&seen, 0, sizeof(seen));
    sem_init(&seen.completed, 0, 0);
    sem_init(&seen.go, 0, 0);
    seen.loop = pthread_self();
    seen.jobs_from = jobs_from;
    seen.jobs = jobs;
}

static void belongs_on_loop(bool should)
{
    bool is = pthread_equal(pthread_self(), seen.loop) != 0;
    if (is != should)
        atomic_fetch_add(&seen.strayed, 1);
}

static bool is_job(const struct job *job)
{
    return job->index >= seen.jobs_from && job->index < seen.jobs_from + seen.jobs;
}

static size_t seen_request(char *buffer, const struct request *request)
{
    belongs_on_loop(true);
    return protocol_line_request(buffer, request);
}

static enum parse_result seen_response(struct response_reader *reader, const char *data,
                                       size_t size, size_t *used)
{
    belongs_on_loop(true);
    enum parse_result result = protocol_line_response(reader, data, size, used);
    if (result == PARSE_DONE)
        sem_post(&seen.completed);
    return result;
}

/* So many posts, or JOB_WRONG for having waited too long. */
static enum job_result wait_for(sem_t *posts, size_t count)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += GIVES_UP_SECONDS;
    while (count > 0 && !atomic_load(&seen.gave_up)) {
        if (sem_timedwait(posts, &end) == 0)
            count--;
        else if (errno != EINTR)
            atomic_store(&seen.gave_up, true);
    }
    return count == 0 ? JOB_DONE : JOB_WRONG;
}

static enum job_result wait_for_responses(struct job *job)
{
    (void)job;
    belongs_on_loop(false);
    return wait_for(&seen.completed, seen.responses_wanted);
}

static enum job_result wait_to_go(struct job *job)
{
    (void)job;
    belongs_on_loop(false);
    return wait_for(&seen.go, 1);
}

/* None goes on before a whole group has come. */
static enum job_result wait_for_others(struct job *job)
{
    unsigned working = atomic_fetch_add(&seen.working, 1) + 1;
    unsigned most = atomic_load(&seen.working_most);
    while (working > most && !atomic_compare_exchange_weak(&seen.working_most, &most, working))
        continue;
    if ((atomic_fetch_add(&seen.came, 1) + 1) % seen.group == 0)
        for (unsigned i = 0; i < seen.group; i++)
            sem_post(&seen.go);
    enum job_result result = wait_to_go(job);
    atomic_fetch_sub(&seen.working, 1);
    return result;
}

/* A slot's context, used by one at a time. */
static void *flag_open(const struct load *load, struct error *error)
{
    (void)load;
    (void)error;
    return &seen.in_use[atomic_fetch_add(&seen.contexts, 1)];
}

static void flag_close(void *context)
{
    assert_false(*(bool *)context);
    atomic_fetch_sub(&seen.contexts, 1);
}

static enum job_result flag_work(struct job *job)
{
    bool *in_use = job->context;
    if (*in_use)
        return JOB_WRONG;
    *in_use = true; /* plain, so that ThreadSanitizer sees a hand-over without a lock */
    belongs_on_loop(false);
    *in_use = false;
    return JOB_DONE;
}

static const struct workload waiting_for_responses = {
    .name = "waiting for responses",
    .request = seen_request,
    .response = seen_response,
    .work = wait_for_responses,
    .is_job = is_job,
};

static const struct workload waiting_to_go = {
    .name = "waiting to go",
    .request = seen_request,
    .response = seen_response,
    .work = wait_to_go,
    .is_job = is_job,
};

static const struct workload waiting_for_others = {
    .name = "waiting for others",
    .local = true,
    .work = wait_for_others,
};

static const struct workload flagging = {
    .name = "flagging",
    .local = true,
    .work = flag_work,
    .open = flag_open,
    .close = flag_close,
};

/* ---- the tests ---- */

static void open_with(const struct workload *workload, unsigned concurrency, bool keep_alive)
{
    drive_open("libev-offload", "randint", concurrency, keep_alive);
    drive.load.workload = workload;
}

/* All slots but one have a job, which ends only when others have completed: on that one slot, by
 * the loop, and not by a thread of the pool. */
static void exchanges_go_on(size_t requests, unsigned jobs, bool keep_alive)
{
    open_with(&waiting_for_responses, jobs + 1, keep_alive);
    drive_start_server();
    drive_setup();
    for (int batch = 0; batch < 2; batch++) {
        see(0, jobs);
        seen.responses_wanted = (requests - jobs) / jobs;
        drive_run(requests, 0);
        assert_int_equal(drive_count(OUTCOME_OK, 0), requests);
        assert_int_equal(seen.strayed, 0);
    }
    /* And with nothing to hand over, all of it is the loop's. */
    see(0, 0);
    drive_run(requests, NSEC_PER_MSEC);
    assert_int_equal(drive_count(OUTCOME_OK, 0), requests);
    assert_int_equal(seen.strayed, 0);
    drive_teardown();
    drive_stop_server();
}

static void exchanges_go_on_while_jobs_block(void **state)
{
    (void)state;
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        exchanges_go_on(20, 1, keep_alive);
        exchanges_go_on(67, 7, keep_alive);
        exchanges_go_on(200, POOL + 8, keep_alive);
    }
}

enum { KEPT_SLOTS = 3, KEPT_REQUESTS = 2 * KEPT_SLOTS };

static void *stop_server_once_completed(void *unused)
{
    wait_for(&seen.completed, KEPT_REQUESTS);
    drive_stop_server();
    for (int i = 0; i < KEPT_SLOTS; i++)
        sem_post(&seen.go);
    return unused;
}

/* The server closes kept connections while the jobs of their slots are out: nobody looks there
 * meanwhile, and the next request finds out. */
static void a_server_that_stops_while_jobs_are_out(void **state)
{
    (void)state;
    open_with(&waiting_to_go, KEPT_SLOTS, true);
    drive_start_server();
    drive_setup();
    drive.descriptors -= SERVER_PROCESS_DESCRIPTORS;
    see(KEPT_REQUESTS, KEPT_SLOTS);
    pthread_t stopper;
    assert_int_equal(pthread_create(&stopper, NULL, stop_server_once_completed, NULL), 0);
    drive_run(KEPT_REQUESTS + 2 * KEPT_SLOTS, 0);
    pthread_join(stopper, NULL);
    for (size_t i = 0; i < KEPT_REQUESTS + KEPT_SLOTS; i++)
        assert_int_equal(drive.samples[i].outcome, OUTCOME_OK);
    assert_int_equal(drive_count(OUTCOME_OK, 0), KEPT_REQUESTS + KEPT_SLOTS);
    assert_int_equal(seen.strayed, 0);
    drive_teardown();
}

/* As many jobs at once as there are slots, or threads in the pool, and no more. */
static void jobs_go_on_beside_each_other(void **state)
{
    (void)state;
    static const unsigned slots[] = {1, 2, 7, POOL, POOL + 1, 4 * POOL};
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        open_with(&waiting_for_others, slots[i], false);
        drive_setup();
        see(0, 0);
        seen.group = slots[i] < POOL ? slots[i] : POOL;
        assert_true(self_threads_settle(drive.threads + seen.group));
        drive_run((size_t)2 * seen.group, 0);
        assert_int_equal(drive_count(OUTCOME_OK, 0), 2 * seen.group);
        assert_int_equal(seen.strayed, 0);
        assert_int_equal(seen.working_most, seen.group);
        drive_teardown();
    }
}

static void a_slot_s_jobs_are_carried_one_at_a_time(void **state)
{
    (void)state;
    open_with(&flagging, 3 * POOL, false);
    drive_setup();
    see(0, 0);
    for (int batch = 0; batch < 20; batch++) {
        drive_run(DRIVE_REQUESTS_MAX, 0);
        assert_int_equal(drive_count(OUTCOME_OK, 0), DRIVE_REQUESTS_MAX);
    }
    assert_int_equal(seen.strayed, 0);
    assert_in_range(seen.contexts, 1, 3 * POOL);
    drive_teardown();
    assert_int_equal(seen.contexts, 0);
}

static void a_thread_that_cannot_be_made(void **state)
{
    (void)state;
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        drive_open("libev-offload", "randint", 10, keep_alive);
        drive_start_server();
        for (unsigned nth = 1; nth <= 10; nth++) {
            char thread[32];
            snprintf(thread, sizeof(thread), "thread %u of 10", nth);
            struct error error = {0};
            threads_until_eagain = nth;
            assert_false(drive_try_setup(&error));
            drive_teardown(); /* nothing was left behind */
            assert_int_equal(error.errnum, EAGAIN);
            assert_non_null(strstr(error.text, thread));
        }
        drive_setup(); /* with all of them it can */
        drive_teardown();
        drive_stop_server();
    }
}

static void *no_op(void *unused)
{
    return unused;
}

int main(void)
{
    pthread_t first; /* with which a sanitizer makes a thread of its own */
    pthread_create(&first, NULL, no_op, NULL);
    pthread_join(first, NULL);
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_go_on_while_jobs_block),
        cmocka_unit_test(a_server_that_stops_while_jobs_are_out),
        cmocka_unit_test(jobs_go_on_beside_each_other),
        cmocka_unit_test(a_slot_s_jobs_are_carried_one_at_a_time),
        cmocka_unit_test(a_thread_that_cannot_be_made),
    };
    return cmocka_run_group_tests_name("libev-offload", tests, NULL, NULL);
}
