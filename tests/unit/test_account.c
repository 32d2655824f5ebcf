/* The server's account: sums over workers, one that died, its fairness, and reading it through
 * another mapping. */
#include "lib/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct account *account;
static int fd;

static int begin(void **state)
{
    struct error error;
    (void)state;
    fd = memfd_create("account", MFD_CLOEXEC);
    account = account_create(fd, &error);
    assert_non_null(account);
    account->workers = 3;
    account->in_advance = true;
    return 0;
}

static int end(void **state)
{
    (void)state;
    account_unmap(account);
    close(fd);
    return 0;
}

static void requests_are_counted_in_all_and_for_each(void **state)
{
    struct account_worker *one = &account->worker[0], *two = &account->worker[1];
    (void)state;
    account_begin_request(account, one);
    account_begin_request(account, two);
    account_begin_request(account, two);
    assert_int_equal(account->in_flight, 3);
    account_end_request(account, two, true);
    account_begin_request(account, one);
    account_end_request(account, one, false);
    assert_int_equal(account->in_flight, 2);
    assert_int_equal(account->in_flight_max, 3);
    assert_int_equal(one->in_flight_max, 2);
    assert_int_equal(two->in_flight_max, 2);
    assert_int_equal(ACCOUNT_SUM(account, completed), 1);
    assert_int_equal(ACCOUNT_SUM(account, aborted), 1);
}

static void what_a_dead_worker_had_is_aborted(void **state)
{
    struct account_worker *dead = &account->worker[1];
    (void)state;
    account_add(&dead->open, 3);
    account_begin_request(account, &account->worker[0]);
    account_begin_request(account, dead);
    account_begin_request(account, dead);
    account_settle(account, dead);
    dead->state = WORKER_DIED;
    assert_int_equal(account->in_flight, 1);
    assert_int_equal(dead->aborted, 2);
    assert_int_equal(dead->open, 0);
    assert_int_equal(account_in_state(account, WORKER_DIED), 1);
}

/* (6+2+1)^2 / (3 (36+4+1)) */
static void fairness_is_jains(void **state)
{
    (void)state;
    assert_true(account_fairness(account) != account_fairness(account)); /* not a number */
    account->worker[0].accepted = 1;
    account->in_advance = false; /* one connection each says nothing */
    assert_true(account_fairness(account) != account_fairness(account));
    account->in_advance = true;
    account->worker[0].accepted = 6;
    assert_float_equal(account_fairness(account), 1.0 / 3, 1e-12);
    account->worker[1].accepted = 2;
    account->worker[2].accepted = 1;
    assert_float_equal(account_fairness(account), 81.0 / 123, 1e-12);
    account->worker[0].accepted = account->worker[1].accepted = account->worker[2].accepted = 5;
    assert_float_equal(account_fairness(account), 1, 1e-12);
}

static void another_mapping_sees_the_same(void **state)
{
    struct error error;
    (void)state;
    const struct account *seen = account_map(fd, &error);
    assert_non_null(seen);
    account->worker[2].accepted = 7;
    account_add_overshoot(account, 1000);
    struct histogram copy;
    histogram_read_shared(&seen->overshoot, &copy);
    assert_int_equal(seen->worker[2].accepted, 7);
    assert_int_equal(copy.total, 1);
    assert_int_equal(copy.max, 1000);
    account_unmap(seen);
}

static void an_account_of_another_build_is_refused(void **state)
{
    struct error error;
    (void)state;
    account->layout++;
    assert_null(account_map(fd, &error));
    assert_non_null(strstr(error.text, "build all again"));
    assert_int_equal(ftruncate(fd, 10), 0);
    assert_null(account_map(fd, &error));
}

/* The kernel counts the time of whoever runs from tick to tick. */
static void use_cpu(void)
{
    nsec_t until = clock_read(CLOCK_THREAD_CPUTIME_ID) + 50 * NSEC_PER_MSEC;
    while (clock_read(CLOCK_THREAD_CPUTIME_ID) < until)
        continue;
}

/* A row is taken again by another worker once its holder has ended. */
static void cpu_of_all_who_held_a_row(void **state)
{
    struct account_worker *self = &account->worker[0];
    (void)state;
    use_cpu();
    self->state = WORKER_SERVING;
    self->pid = self->tid = getpid();
    self->cpu_ns = 3600 * UINT64_C(1000000000);
    assert_true(account_cpu(self) > 3600 * INT64_C(1000000000));
}

static void cpu_of_a_serving_worker_is_the_kernels(void **state)
{
    struct account_worker *self = &account->worker[0];
    (void)state;
    use_cpu();
    self->state = WORKER_SERVING;
    self->pid = self->tid = getpid();
    assert_true(account_cpu(self) > 0);
    self->pid = self->tid = 0;
    assert_int_equal(account_cpu(self), -1);
    self->state = WORKER_ENDED;
    self->cpu_ns = 5;
    assert_int_equal(account_cpu(self), 5);
}

/* A program writes its counters to its row only. */
static void a_program_is_its_row(void **state)
{
    struct account_worker *self = &account->worker[0];
    (void)state;
    use_cpu();
    account->by_program = true;
    self->state = WORKER_SERVING;
    self->pid = getpid();
    self->tid = ACCOUNT_ALL_THREADS;
    assert_true(account_cpu(self) > 0);
    self->in_flight = 3;
    self->in_flight_max = 5;
    assert_int_equal(account_in_flight(account), 3);
    assert_int_equal(account_in_flight_max(account), 5);
    account_settle(account, self);
    assert_int_equal(account_in_flight(account), 0);
    assert_int_equal(account->in_flight, 0);
    assert_int_equal(self->aborted, 3);
}

static void an_account_begins_empty(void **state)
{
    struct error error;
    (void)state;
    account->worker[1].accepted = 7;
    account_unmap(account);
    account = account_create(fd, &error);
    assert_non_null(account);
    assert_int_equal(account->workers, 0);
    assert_int_equal(account->worker[1].accepted, 0);
}

static void json_holds_the_sums(void **state)
{
    char json[ACCOUNT_JSON_BYTES];
    (void)state;
    strcpy(account->model, "a-model-with-a-name-of-31-bytes");
    account->worker[0].accepted = account->worker[1].accepted = UINT64_MAX / 4;
    size_t size = account_json(account, json);
    assert_int_equal(size, strlen(json));
    assert_non_null(strstr(
        json, "{\"model\": \"a-model-with-a-name-of-31-bytes\", \"active\": \"\", \"pid\": "));
    assert_non_null(strstr(json, "\"accepted\": 9223372036854775806, "));
    assert_non_null(strstr(json, "\"workers\": 3, "));
    assert_non_null(strstr(json, "\"fairness_ppm\": 666667"));
    assert_non_null(strstr(json, "\"completed_by_worker\": [0, 0, 0], "));
}

/* In their order, and the latest ones only. */
static void json_names_the_workers_of_the_last_connections(void **state)
{
    char json[ACCOUNT_JSON_BYTES];
    (void)state;
    account_json(account, json);
    assert_non_null(strstr(json, "\"last_accepted_by\": []}\n"));
    account_accept(account, &account->worker[2]);
    account_accept(account, &account->worker[0]);
    account_accept(account, &account->worker[2]);
    account_json(account, json);
    assert_non_null(strstr(json, "\"last_accepted_by\": [2, 0, 2]}\n"));
    assert_int_equal(account->worker[2].accepted, 2);
    assert_int_equal(account->worker[2].open, 2);
    for (int i = 0; i < ACCOUNT_LAST; i++)
        account_accept(account, &account->worker[i == 1 ? 0 : 1]);
    account_json(account, json);
    assert_non_null(strstr(json, "\"last_accepted_by\": "
                                 "[1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}\n"));
    account->in_advance = false; /* a worker serves one connection and is gone */
    account_json(account, json);
    assert_null(strstr(json, "last_accepted_by"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_are_counted_in_all_and_for_each),
        TEST(what_a_dead_worker_had_is_aborted),
        TEST(fairness_is_jains),
        TEST(another_mapping_sees_the_same),
        TEST(an_account_of_another_build_is_refused),
        TEST(cpu_of_a_serving_worker_is_the_kernels),
        TEST(cpu_of_all_who_held_a_row),
        TEST(a_program_is_its_row),
        TEST(an_account_begins_empty),
        TEST(json_holds_the_sums),
        TEST(json_names_the_workers_of_the_last_connections),
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
