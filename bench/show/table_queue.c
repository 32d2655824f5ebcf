/* Waiting for a worker, beside what perfect workers would make of the same arrivals, and what the
 * theory of queues says of the long run. */
#include "table.h"

#include <math.h>
#include <stdlib.h>

#include "bench/predict/queue.h"
#include "cells.h"
#include "theory.h"

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"C", GRID_RIGHT | GRID_KEY | GRID_DROP(2)},
    {"arrivals", GRID_LEFT | GRID_KEY | GRID_DROP(1)},
    {"rate", GRID_RIGHT},
    {"workers", GRID_RIGHT | GRID_DROP(1)},
    {"load", GRID_RIGHT | GRID_DROP(6)},
    {"mean wait", GRID_RIGHT},
    {"of perfect workers", GRID_RIGHT},
    {"ratio", GRID_RIGHT | GRID_DROP(5)},
    {"M/D/c", GRID_RIGHT | GRID_DROP(4)},
    {"p99 latency", GRID_RIGHT | GRID_DROP(3)},
    {"M/D/c p99", GRID_RIGHT | GRID_DROP(2)},
};

/* Where that wait is less of the service time, the ratio would be of the time that connecting and
 * sending take. */
static const double LEAST_SHARE = 0.01;

/* From the intended start until the server reads the request. */
static double measured_wait(const struct case_summary *s)
{
    const double *phases = s->usage.breakdown_s;
    return phases[BREAKDOWN_QUEUE] + phases[BREAKDOWN_CONNECT] + phases[BREAKDOWN_SEND] +
           phases[BREAKDOWN_ACCEPT];
}

/* If each of the case's arrivals kept a worker for the delay and no longer. */
static double perfect_wait(const struct bench_case *c, uint64_t seed, unsigned workers)
{
    nsec_t *arrivals = xcalloc(c->requests, sizeof(*arrivals));
    arrivals_schedule(c->arrivals, c->rate, seed, arrivals, c->requests);
    double wait = queue_mean_wait_of(arrivals, c->requests, workers, c->delay);
    free(arrivals);
    return wait;
}

/* "–" where the arrivals are not Poisson's, or it takes too long to compute. */
static void theory_cells(struct grid *grid, const struct case_summary *s, unsigned workers)
{
    double service_s = clock_seconds(s->c.delay), wait = NAN, p99 = NAN;
    struct queue queue;
    struct error too_much;
    if (s->c.arrivals == ARRIVALS_POISSON &&
        queue_make(&queue, workers, s->c.rate, service_s, &too_much) == 0) {
        wait = queue_mean_wait(&queue);
        p99 = service_s + queue_wait_quantile(&queue, 0.99);
        queue_release(&queue);
    }
    cell_seconds(grid, wait);
    cell_seconds(grid, s->latency_p99_s);
    cell_seconds(grid, p99);
}

static void add_row(struct grid *grid, const struct case_summary *s, unsigned workers,
                    uint64_t seed)
{
    char driver[TABLE_DRIVER_BYTES];
    double service_s = clock_seconds(s->c.delay), measured = measured_wait(s),
           perfect = perfect_wait(&s->c, seed, workers);
    grid_cell(grid, "%s", table_driver(&s->c, driver));
    grid_cell(grid, "%u", s->c.concurrency);
    grid_cell(grid, "%s", arrivals_words[s->c.arrivals].name);
    grid_cell(grid, "%u/s", s->c.rate);
    grid_cell(grid, "%u", workers);
    cell_percent(grid, queue_load(workers, s->c.rate, service_s));
    cell_seconds(grid, measured);
    cell_seconds(grid, perfect);
    cell_ratio(grid, perfect < LEAST_SHARE * service_s ? NAN : measured / perfect);
    theory_cells(grid, s, workers);
}

/* Waits of less than the whole capacity: beyond it they say how long the run was. */
void table_print_queue(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        unsigned workers = theory_workers(s);
        if (workers && !isnan(measured_wait(s)) &&
            queue_load(workers, s->c.rate, clock_seconds(s->c.delay)) < 1)
            add_row(grid, s, workers, judgement->campaign.seed);
    }
    table_print_grid("Waiting for a worker, beside perfect workers with the same arrivals, and "
                     "M/D/c in the long run",
                     grid, style, out);
}
