/* The queue M/D/c: against formulae for one worker, a published table, and a simulation. */
#include "bench/predict/queue.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/stats.h"
#include "engine/schedule.h"

static struct queue make(unsigned workers, double load)
{
    struct queue queue;
    struct error error;
    assert_int_equal(queue_make(&queue, workers, load * workers, 1, &error), 0); /* D is 1 s */
    return queue;
}

static void is_close(double value, double expected, double by)
{
    if (fabs(value - expected) > by)
        fail_msg("%.6f, and not %.6f", value, expected);
}

/* Pollaczek and Khinchine: load D / (2 (1 - load)). */
static void one_worker_by_the_formula(void **state)
{
    (void)state;
    for (double load = 0.03; load < QUEUE_LOAD_MAX; load += 0.05) {
        struct queue queue = make(1, load);
        is_close(queue_mean_wait(&queue), load / (2 * (1 - load)), 1e-9);
        is_close(queue_wait_at_most(&queue, 0), 1 - load, 1e-9); /* who finds nobody */
        queue_release(&queue);
    }
}

/* Erlang, 1909: up to D, one worker: P(W <= x) = (1 - load) e^(load x/D). */
static void one_worker_by_erlang(void **state)
{
    (void)state;
    struct queue queue = make(1, 0.8);
    for (double x = 0; x < 1; x += 0.1)
        is_close(queue_wait_at_most(&queue, x), 0.2 * exp(0.8 * x), 1e-6);
    is_close(queue_wait_at_most(&queue, queue_wait_quantile(&queue, 0.99)), 0.99, 1e-9);
    is_close(queue_wait_quantile(&queue, 0.1), 0, 0);
    queue_release(&queue);
}

/* Workers who take whoever came first, one after another. */
static double simulate(unsigned workers, double load, double *p90)
{
    enum { N = 400000 };
    nsec_t *starts = calloc(N, sizeof(*starts)), *free_at = calloc(workers, sizeof(*free_at));
    double *waits = calloc(N, sizeof(*waits)), sum = 0;
    schedule_poisson(starts, N, load * workers, 17);
    for (int i = 0; i < N; i++) {
        unsigned first = 0;
        for (unsigned w = 1; w < workers; w++)
            if (free_at[w] < free_at[first])
                first = w;
        nsec_t start = starts[i] > free_at[first] ? starts[i] : free_at[first];
        free_at[first] = start + NSEC_PER_SEC;
        waits[i] = clock_seconds(start - starts[i]);
        sum += waits[i];
    }
    is_close(queue_mean_wait_of(starts, N, workers, NSEC_PER_SEC), sum / N, 1e-9);
    qsort(waits, N, sizeof(*waits), stats_compare_doubles);
    *p90 = stats_quantile(waits, N, 0.9);
    free(starts);
    free(free_at);
    free(waits);
    return sum / N;
}

static void several_workers_by_simulation(void **state)
{
    (void)state;
    static const unsigned workers[] = {2, 4, 16};
    for (size_t i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
        double p90, mean = simulate(workers[i], 0.8, &p90);
        struct queue queue = make(workers[i], 0.8);
        is_close(queue_mean_wait(&queue), mean, 0.04 * mean);
        is_close(queue_wait_quantile(&queue, 0.9), p90, 0.04 * p90 + 0.01);
        queue_release(&queue);
    }
}

/* The mean from the distribution is that from the numbers waiting. */
static void the_two_ways_agree(void **state)
{
    (void)state;
    struct queue queue = make(4, 0.9);
    double mean = 0;
    for (double x = 0.0005; x < 40; x += 0.001)
        mean += 0.001 * (1 - queue_wait_at_most(&queue, x));
    is_close(mean, queue_mean_wait(&queue), 1e-3);
    queue_release(&queue);
}

static void no_steady_state(void **state)
{
    (void)state;
    struct queue queue;
    struct error error;
    assert_int_equal(queue_make(&queue, 4, 4, 1, &error), -1);
    assert_int_equal(queue_make(&queue, 4, 0, 1, &error), -1);
    assert_int_equal(queue_make(&queue, 4, 4 * 0.99, 1, &error), -1);
}

/* Crommelin: with many workers hardly anybody waits before the load is close to 1; of some numbers
 * the computation would take too long. */
static void very_many_workers(void **state)
{
    (void)state;
    struct queue queue;
    struct error error;
    queue = make(10000, 0.9);
    is_close(queue_mean_wait(&queue), 0, 1e-9);
    is_close(queue_wait_quantile(&queue, 0.99), 0, 0);
    queue_release(&queue);
    assert_int_equal(queue_make(&queue, 10000, 0.98 * 10000, 1, &error), -1);
    assert_non_null(strstr(error.text, "too many to compute"));
}

/* In the highest loads too: what is left out at the end is negligible, and the sum is 1. */
static void nothing_is_lost(void **state)
{
    (void)state;
    static const unsigned workers[] = {1, 3, 16, 192};
    for (size_t i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
        struct queue queue = make(workers[i], QUEUE_LOAD_MAX);
        is_close(queue.at_most[queue.states - 1], 1, 1e-12);
        is_close(queue.probability[queue.states - 1], 0, 1e-11);
        queue_release(&queue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_by_the_formula),
        cmocka_unit_test(one_worker_by_erlang),
        cmocka_unit_test(several_workers_by_simulation),
        cmocka_unit_test(the_two_ways_agree),
        cmocka_unit_test(no_steady_state),
        cmocka_unit_test(very_many_workers),
        cmocka_unit_test(nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
