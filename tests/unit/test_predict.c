/* The model on made-up calibrations whose results can be computed by hand, and a calibration of
 * this machine: plausible, and nothing of it left behind. */
#include "bench/predict/predict.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "bench/grade/self.h"
#include "workloads/workloads.h"

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

/* A machine with round prices. A connection demands 30 + 20 us of the client and 15 + 5 us of the
 * server; the client is the bottleneck. Kept alive, the server is. Threads demand 10 us more a
 * half, and the burst kept two cores busy. */
static const struct calibration round_prices = {
    .somaxconn = 4096,
    .connection =
        {
            .lone = 200 * US,
            .loop = {30 * US, 20 * US, 15 * US, 5 * US, .spread = 30 * US},
            .threads = {40 * US, 30 * US, 16 * US, 6 * US, .spread = 28 * US},
        },
    .kept_alive =
        {
            .lone = 100 * US,
            .loop = {8 * US, 2 * US, 3 * US, 12 * US, .spread = 12 * US},
        },
};

static struct bench_case make_case(const char *driver, size_t requests, unsigned concurrency,
                                   nsec_t delay)
{
    return (struct bench_case){.driver = driver_find(driver),
                               .workload = workloads[0],
                               .requests = requests,
                               .concurrency = concurrency,
                               .delay = delay,
                               .backlog = 4096};
}

static nsec_t predict(const struct bench_case *c)
{
    return predict_makespan(&round_prices, c);
}

static void assert_time(nsec_t got, nsec_t wanted)
{
    assert_in_range(got, wanted - 1, wanted + 1); /* rounding */
}

static void free_operations_leave_the_ideal(void **state)
{
    (void)state;
    const struct calibration gratis = {.somaxconn = 4096};
    static const unsigned concurrencies[] = {1, 3, 32, 1000, 1024};
    for (size_t i = 0; i < sizeof(concurrencies) / sizeof(concurrencies[0]); i++) {
        struct bench_case c = make_case("libev", 1024, concurrencies[i], 100 * MS);
        assert_time(predict_makespan(&gratis, &c),
                    ideal_makespan(1024, concurrencies[i], 1, 100 * MS));
    }
}

static void one_slot_takes_n_cycles(void **state)
{
    (void)state;
    struct bench_case one = make_case("libev", 50, 1, 10 * MS);
    assert_time(predict(&one), 50 * (10 * MS + 200 * US));
    /* A serial driver has one slot, whatever C is. */
    struct bench_case serial = make_case("sequential", 50, 32, 10 * MS);
    assert_time(predict(&serial), 50 * (10 * MS + 200 * US));
}

static void all_at_once_end_one_after_another(void **state)
{
    (void)state;
    /* The client sends a request every 30 us, the slowest of the four steps. */
    struct bench_case burst = make_case("libev", 101, 101, 100 * MS);
    assert_time(predict(&burst), 100 * MS + 200 * US + 100 * 30 * US);
    /* Kept alive, the server's responses are the slowest: 12 us. */
    burst.keep_alive = true;
    assert_time(predict(&burst), 100 * MS + 100 * US + 100 * 12 * US);
}

static void slots_that_exceed_the_requests_stay_unused(void **state)
{
    (void)state;
    struct bench_case few = make_case("libev", 10, 1000, 100 * MS);
    struct bench_case exact = make_case("libev", 10, 10, 100 * MS);
    assert_int_equal(predict(&few), predict(&exact));
}

static void rounds_spread_by_the_bottleneck(void **state)
{
    (void)state;
    /* Ten rounds of ten slots; between rounds the client reads and sends: 50 us per slot. */
    struct bench_case fixed = make_case("libev", 100, 10, 10 * MS);
    assert_time(predict(&fixed), 10 * (10 * MS + 200 * US) + 9 * 50 * US);
    /* A last round of one slot adds its round and no spread. */
    fixed.requests = 101;
    assert_time(predict(&fixed), 11 * (10 * MS + 200 * US));
}

static void without_delay_the_bottleneck_decides(void **state)
{
    (void)state;
    struct bench_case c = make_case("libev", 10000, 100, 0);
    assert_time(predict(&c), 10000 * 50 * US); /* the client's core is never idle */
    c.keep_alive = true;
    assert_time(predict(&c), 10000 * 15 * US); /* the server's is */
}

static void a_busy_server_hides_the_delay_between_the_ends(void **state)
{
    (void)state;
    /* 1000 slots demand 15 ms of the server per round, and the delay is 10 ms: only at the
     * beginning (3 ms of requests) and at the end (no more requests, 12 ms of responses) is the
     * server idle. */
    struct bench_case c = make_case("libev", 10000, 1000, 10 * MS);
    c.keep_alive = true;
    assert_time(predict(&c), 10000 * 15 * US + 7 * MS);
}

static void a_burst_that_was_slower_than_its_demands_counts(void **state)
{
    (void)state;
    /* Client and server on one core: 45 us from response to response, half as much again as the
     * client's requests. Between rounds it is the client's 50 us that grow by as much. */
    struct calibration shared = round_prices;
    shared.connection.loop.spread = 45 * US;
    struct bench_case burst = make_case("libev", 101, 101, 100 * MS);
    assert_time(predict_makespan(&shared, &burst), 100 * MS + 200 * US + 100 * 45 * US);
    struct bench_case fixed = make_case("libev", 100, 10, 10 * MS);
    assert_time(predict_makespan(&shared, &fixed), 10 * (10 * MS + 200 * US) + 9 * 75 * US);
}

static void threads_share_all_cpus(void **state)
{
    (void)state;
    /* 40 + 30 us of theirs and 16 + 6 us of the server's, on two cores. */
    struct bench_case c = make_case("threadpool", 10000, 100, 0);
    assert_time(predict(&c), 10000 * 46 * US);
    struct bench_case burst = make_case("threadpool", 101, 101, 100 * MS);
    assert_time(predict(&burst), 100 * MS + 200 * US + 100 * 28 * US);
    /* Many cores do not help a server that has one loop. */
    struct calibration many = round_prices;
    many.connection.threads.spread = 1 * US;
    assert_time(predict_makespan(&many, &c), 10000 * 22 * US);
}

static void a_time_box_ends_after_the_round_it_cuts(void **state)
{
    (void)state;
    /* Rounds of 10.2 ms begin at 0, 10.2, ... 91.8 ms: nine begin before 90 ms. */
    struct bench_case c = make_case("sequential", 1024, 1, 10 * MS);
    c.time_box = 90 * MS;
    assert_time(predict(&c), 9 * (10 * MS + 200 * US));
    c.time_box = 3600 * NSEC_PER_SEC;
    assert_time(predict(&c), 1024 * (10 * MS + 200 * US));
}

static void outside_the_model_nothing_is_predicted(void **state)
{
    (void)state;
    struct bench_case offline = make_case("null", 1024, 32, 10 * MS);
    assert_int_equal(predict(&offline), PREDICT_NONE);
    struct bench_case program = make_case("python-asyncio", 1024, 32, 10 * MS);
    assert_int_equal(predict(&program), PREDICT_NONE);
    struct bench_case c = make_case("libev", 1024, 256, 10 * MS);
    c.backlog = 100;
    assert_int_equal(predict(&c), PREDICT_NONE);
    c.backlog = 256;
    assert_true(predict(&c) > 0);
    struct calibration capped = round_prices;
    capped.somaxconn = 128;
    assert_int_equal(predict_makespan(&capped, &c), PREDICT_NONE);
}

static void more_never_takes_less(void **state)
{
    (void)state;
    for (size_t requests = 2; requests <= 4096; requests *= 2) {
        nsec_t last = 0;
        for (nsec_t delay = 0; delay <= 128 * MS; delay = delay * 2 + MS) {
            struct bench_case c = make_case("libev", requests, 64, delay);
            struct bench_case half = make_case("libev", requests / 2, 64, delay);
            assert_true(predict(&c) >= last);
            assert_true(predict(&c) > predict(&half));
            assert_true(predict(&c) >= ideal_makespan(requests, 64, 1, delay));
            last = predict(&c);
        }
    }
}

/* ---- this machine ---- */

/* Not nothing; and less than a loaded machine ever takes. */
static void assert_plausible(nsec_t price)
{
    assert_in_range(price, 1, 60 * NSEC_PER_SEC);
}

static void assert_burst_plausible(const struct calibration_burst *burst)
{
    assert_plausible(burst->client_request);
    assert_plausible(burst->client_response);
    assert_plausible(burst->server_request);
    assert_plausible(burst->server_response);
    assert_true(burst->spread >= 0);
}

static void assert_exchange_plausible(const struct calibration_exchange *exchange)
{
    assert_plausible(exchange->lone);
    assert_burst_plausible(&exchange->loop);
    assert_burst_plausible(&exchange->threads);
}

static void a_calibration_is_plausible_and_leaves_nothing(void **state)
{
    (void)state;
    struct error error = {0};
    struct calibration c;
    sigset_t before = {0}, after = {0}; /* glibc fills only what the kernel knows */
    unsigned descriptors = self_descriptors(), threads = self_threads();
    sigprocmask(SIG_SETMASK, NULL, &before);
    if (calibrate(&c, &error) < 0)
        fail_msg("%s", error.text);
    sigprocmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(self_descriptors(), descriptors);
    assert_true(self_threads_settle(threads));
    assert_memory_equal(&before, &after, sizeof(before));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);

    assert_true(c.somaxconn > 0);
    assert_plausible(c.syscall);
    assert_plausible(c.switching);
    assert_plausible(c.thread);
    assert_plausible(c.timer);
    assert_exchange_plausible(&c.connection);
    assert_exchange_plausible(&c.kept_alive);
}

static void entries_have_names_of_their_own(void **state)
{
    (void)state;
    size_t count = 0;
    for (; calibration_entries[count].name; count++) {
        const struct calibration_entry *entry = &calibration_entries[count];
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(entry->name, calibration_entries[i].name);
        if (!strcmp(entry->name, "kept_alive_loop_server_response"))
            assert_int_equal(member_integer(&entry->member, &round_prices), 12 * US);
    }
    assert_int_equal(count * sizeof(nsec_t), sizeof(struct calibration)); /* none is missing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_operations_leave_the_ideal),
        cmocka_unit_test(one_slot_takes_n_cycles),
        cmocka_unit_test(all_at_once_end_one_after_another),
        cmocka_unit_test(slots_that_exceed_the_requests_stay_unused),
        cmocka_unit_test(rounds_spread_by_the_bottleneck),
        cmocka_unit_test(without_delay_the_bottleneck_decides),
        cmocka_unit_test(a_busy_server_hides_the_delay_between_the_ends),
        cmocka_unit_test(a_burst_that_was_slower_than_its_demands_counts),
        cmocka_unit_test(threads_share_all_cpus),
        cmocka_unit_test(a_time_box_ends_after_the_round_it_cuts),
        cmocka_unit_test(outside_the_model_nothing_is_predicted),
        cmocka_unit_test(more_never_takes_less),
        cmocka_unit_test(a_calibration_is_plausible_and_leaves_nothing),
        cmocka_unit_test(entries_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
