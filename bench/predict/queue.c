#include "queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATES_MAX = 1 << 15,
    ITERATIONS_MAX = 200000,
};

static const double NEGLIGIBLE = 1e-12;

double queue_load(unsigned workers, double rate, double service_s)
{
    return rate * service_s / workers;
}

/* P(k arrivals within D), k < n. */
static double *arrivals_within(double mean, size_t n)
{
    double *p = xcalloc(n, sizeof(*p));
    for (size_t k = 0; k < n; k++)
        p[k] = exp((double)k * log(mean) - mean - lgamma((double)k + 1));
    return p;
}

/* More arrivals in a time D than this hardly ever come. */
static size_t most_arrivals(double mean)
{
    return (size_t)(mean + 10 * sqrt(mean) + 30);
}

/* The queue's tail falls geometrically. Waiting numbers are in heavy traffic about exponential,
 * with the mean load / (2 (1 - load)): 30 times that, and as many as come at once. */
static size_t states_needed(double load, size_t workers, size_t arrivals)
{
    return workers + arrivals + (size_t)(30 * load / (2 * (1 - load))) + 1;
}

/* One time D later. Returns by how much the probabilities changed in all. */
static double step(const struct queue *queue, const double *arrivals, size_t arrival_count,
                   double *now, double *next)
{
    size_t n = queue->states;
    double change = 0;
    memset(next, 0, n * sizeof(*next));
    for (size_t i = 0; i < n; i++) {
        size_t left = i > queue->workers ? i - queue->workers : 0;
        for (size_t k = 0; k < arrival_count && left + k < n && now[i] > 0; k++)
            next[left + k] += now[i] * arrivals[k];
    }
    for (size_t i = 0; i < n; i++) {
        change += fabs(next[i] - now[i]);
        now[i] = next[i];
    }
    return change;
}

static void iterate(struct queue *queue, const double *arrivals, size_t arrival_count)
{
    double *now = xcalloc(queue->states, sizeof(*now));
    double *next = xcalloc(queue->states, sizeof(*next)), sum = 0;
    now[0] = 1;
    for (int i = 0; i < ITERATIONS_MAX; i++)
        if (step(queue, arrivals, arrival_count, now, next) < NEGLIGIBLE)
            break;
    for (size_t i = 0; i < queue->states; i++)
        sum += now[i];
    for (size_t i = 0, j = 0; i < queue->states; i++, j = i - 1)
        queue->at_most[i] = now[i] / sum + (i ? queue->at_most[j] : 0);
    free(now);
    free(next);
}

int queue_make(struct queue *queue, unsigned workers, double rate, double service_s,
               struct error *error)
{
    double load = queue_load(workers, rate, service_s), mean = rate * service_s;
    *queue = (struct queue){.workers = workers, .rate = rate, .service_s = service_s};
    if (!(load > 0 && load <= QUEUE_LOAD_MAX))
        return error_set(error, "at a load of %.2f there is no steady state to compute", load);
    size_t arrival_count = most_arrivals(mean);
    queue->states = states_needed(load, workers, arrival_count);
    if (queue->states > STATES_MAX)
        return error_set(error, "%u workers are too many to compute", workers);
    double *arrivals = arrivals_within(mean, arrival_count);
    queue->at_most = xcalloc(queue->states, sizeof(*queue->at_most));
    iterate(queue, arrivals, arrival_count);
    free(arrivals);
    return 0;
}

void queue_release(struct queue *queue)
{
    free(queue->at_most);
    queue->at_most = NULL;
}

static double probability(const struct queue *queue, size_t i)
{
    return queue->at_most[i] - (i ? queue->at_most[i - 1] : 0);
}

/* By Little's law from the mean number that waits. */
double queue_mean_wait(const struct queue *queue)
{
    double waiting = 0;
    for (size_t i = queue->workers + 1; i < queue->states; i++)
        waiting += (double)(i - queue->workers) * probability(queue, i);
    return waiting / queue->rate;
}

/* Q(j): that j or fewer wait. */
static double waiting_at_most(const struct queue *queue, size_t j)
{
    size_t i = j + queue->workers;
    return queue->at_most[i < queue->states ? i : queue->states - 1];
}

/* With k - 1 <= x/D < k: the sum over j < kc of Q(kc - 1 - j) times the probability of j arrivals
 * within kD - x. */
double queue_wait_at_most(const struct queue *queue, double seconds)
{
    double whole = floor(seconds / queue->service_s) + 1;
    double mean = queue->rate * (whole * queue->service_s - seconds), sum = 0;
    size_t terms = (size_t)whole * queue->workers;
    for (size_t j = 0; j < terms; j++) {
        double arrived =
            mean > 0 ? exp((double)j * log(mean) - mean - lgamma((double)j + 1)) : (double)(j == 0);
        sum += waiting_at_most(queue, terms - 1 - j) * arrived;
    }
    return fmin(sum, 1);
}

double queue_wait_quantile(const struct queue *queue, double p)
{
    double low = 0, high = queue->service_s;
    if (queue_wait_at_most(queue, 0) >= p)
        return 0;
    while (queue_wait_at_most(queue, high) < p)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (queue_wait_at_most(queue, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double queue_mean_wait_of(const nsec_t *arrivals, size_t n, unsigned workers, nsec_t service)
{
    nsec_t *starts = xcalloc(n + 1, sizeof(*starts));
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        /* All take as long, so it gets the worker of the c-th before it. */
        nsec_t free_at = i < workers ? 0 : starts[i - workers] + service;
        starts[i] = arrivals[i] > free_at ? arrivals[i] : free_at;
        sum += clock_seconds(starts[i] - arrivals[i]);
    }
    free(starts);
    return n ? sum / (double)n : 0;
}
