#include "theory.h"

#include <stdlib.h>

#include "bench/predict/queue.h"

struct theory_point {
    int64_t case_id; /* the first with that server */
    unsigned workers;
    double load, rate, mean_wait_s, latency_p50_s, latency_p99_s;
};

static const double loads[] = {0.05, 0.1, 0.15, 0.2, 0.25, 0.3,  0.35, 0.4,  0.45, 0.5,  0.55, 0.6,
                               0.65, 0.7, 0.75, 0.8, 0.84, 0.87, 0.9,  0.92, 0.94, 0.96, 0.98};

enum { LOADS = sizeof(loads) / sizeof(loads[0]) };

/* Does the server have each request for the server delay, and do nothing else? */
static bool is_constant(const struct bench_case *c)
{
    const struct workload *workload = c->workload;
    return c->delay && !c->work && !workload->delay && !workload->split && !workload->is_job &&
           !workload->work;
}

unsigned theory_at_once(const struct case_summary *s)
{
    if (!s->run_count || !case_is_open(&s->c) || !is_constant(&s->c))
        return 0;
    unsigned workers = s->runs[0].serves_at_once;
    return workers && workers < s->c.concurrency ? workers : s->c.concurrency;
}

/* A worker has a kept connection for longer than a request. */
unsigned theory_workers(const struct case_summary *s)
{
    unsigned at_once = theory_at_once(s);
    return at_once && !s->c.keep_alive && s->runs[0].serves_at_once ? at_once : 0;
}

static bool is_poisson(const struct case_summary *s)
{
    return s->c.arrivals == ARRIVALS_POISSON && theory_workers(s);
}

/* Does an earlier case have the same workers, with the same delay? */
static bool is_repeated(const struct judgement *judgement, size_t at)
{
    const struct case_summary *s = &judgement->cases[at];
    for (size_t i = 0; i < at; i++)
        if (is_poisson(&judgement->cases[i]) &&
            theory_workers(&judgement->cases[i]) == theory_workers(s) &&
            judgement->cases[i].c.delay == s->c.delay)
            return true;
    return false;
}

/* Into room for LOADS. Returns how many. */
static size_t compute(const struct case_summary *s, struct theory_point *points)
{
    const double service_s = clock_seconds(s->c.delay);
    const unsigned workers = theory_workers(s);
    size_t n = 0;
    for (size_t i = 0; i < LOADS; i++) {
        struct queue queue;
        struct error too_much;
        double rate = loads[i] * workers / service_s;
        if (queue_make(&queue, workers, rate, service_s, &too_much) < 0)
            continue;
        points[n++] =
            (struct theory_point){.case_id = s->c.id,
                                  .workers = workers,
                                  .load = loads[i],
                                  .rate = rate,
                                  .mean_wait_s = queue_mean_wait(&queue),
                                  .latency_p50_s = service_s + queue_wait_quantile(&queue, 0.5),
                                  .latency_p99_s = service_s + queue_wait_quantile(&queue, 0.99)};
        queue_release(&queue);
    }
    return n;
}

int theory_lend(struct store *store, const struct judgement *judgement, struct error *error)
{
    static const struct column columns[] = {
        COLUMN("case_id", struct theory_point, case_id),
        COLUMN("workers", struct theory_point, workers),
        COLUMN("load", struct theory_point, load),
        COLUMN("offered_rate", struct theory_point, rate),
        COLUMN("mean_wait_s", struct theory_point, mean_wait_s),
        COLUMN("latency_p50_s", struct theory_point, latency_p50_s),
        COLUMN("latency_p99_s", struct theory_point, latency_p99_s),
        {0},
    };
    struct theory_point *points = NULL;
    size_t n = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        if (!is_poisson(&judgement->cases[i]) || is_repeated(judgement, i))
            continue;
        points = xrealloc(points, n + LOADS, sizeof(*points));
        n += compute(&judgement->cases[i], &points[n]);
    }
    int result =
        store_lend_figures(store, "theory_figures", columns, points, sizeof(*points), n, error);
    free(points);
    return result;
}
