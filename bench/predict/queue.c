#include "queue.h"

#include <math.h>
#include <stdlib.h>

/* Of the elimination: less than a second. */
static const double MULTIPLICATIONS_MAX = 1e9;

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
 * with the mean load / (2 (1 - load)): 30 times that. */
static size_t tail_states(double load)
{
    return (size_t)(30 * load / (2 * (1 - load))) + 1;
}

/* The chain of how many wait. From each state a step leads at most `down` states down, and at most
 * `up` up. */
struct chain {
    size_t states, down, up;
    double *rows; /* states * states probabilities, each row of those to go to a state */
};

static double *chain_row(const struct chain *chain, size_t from)
{
    return chain->rows + from * chain->states;
}

/* One time D later those who waited are served or wait in front of what has arrived. With nobody
 * waiting some workers may have been free, which makes no difference to this. */
static void chain_fill(struct chain *chain, size_t workers, const double *arrivals,
                       size_t arrival_count)
{
    for (size_t from = 0; from < chain->states; from++)
        for (size_t k = 0; k < arrival_count; k++) {
            size_t in_system = from + k, to = in_system > workers ? in_system - workers : 0;
            if (to < chain->states)
                chain_row(chain, from)[to] += arrivals[k];
        }
}

/* Take the last state out: who would go there goes on to where it leads. Its row and column become
 * factors for the way back. */
static void chain_remove(struct chain *chain, size_t last)
{
    const double *leads_to = chain_row(chain, last);
    size_t lowest = last > chain->down ? last - chain->down : 0;
    size_t first = last > chain->up ? last - chain->up : 0;
    double leaves = 0;
    for (size_t to = lowest; to < last; to++)
        leaves += leads_to[to];
    for (size_t from = first; from < last; from++) {
        double *row = chain_row(chain, from), comes = row[last] /= leaves;
        for (size_t to = lowest; to < last; to++)
            row[to] += comes * leads_to[to];
    }
}

/* The algorithm of Grassmann, Taksar and Heyman: Gauss's, without a subtraction, so that no digits
 * are lost. `p` gets the stationary probabilities. */
static void chain_solve(struct chain *chain, double *p)
{
    double sum = 1;
    for (size_t last = chain->states - 1; last > 0; last--)
        chain_remove(chain, last);
    p[0] = 1;
    for (size_t i = 1; i < chain->states; i++) {
        for (size_t from = i > chain->up ? i - chain->up : 0; from < i; from++)
            p[i] += p[from] * chain_row(chain, from)[i];
        sum += p[i];
    }
    for (size_t i = 0; i < chain->states; i++)
        p[i] /= sum;
}

static void set_probabilities(struct queue *queue, struct chain *chain)
{
    queue->states = chain->states;
    queue->probability = xcalloc(queue->states, sizeof(*queue->probability));
    queue->at_most = xcalloc(queue->states, sizeof(*queue->at_most));
    chain_solve(chain, queue->probability);
    for (size_t i = 0; i < queue->states; i++)
        queue->at_most[i] = queue->probability[i] + (i ? queue->at_most[i - 1] : 0);
}

int queue_make(struct queue *queue, unsigned workers, double rate, double service_s,
               struct error *error)
{
    double load = queue_load(workers, rate, service_s), mean = rate * service_s;
    *queue = (struct queue){.workers = workers, .rate = rate, .service_s = service_s};
    if (!(load > 0 && load <= QUEUE_LOAD_MAX))
        return error_set(error, "at a load of %.2f there is no steady state to compute", load);
    size_t arrival_count = most_arrivals(mean);
    struct chain chain = {.up = arrival_count > workers ? arrival_count - workers : 1};
    chain.states = chain.up + tail_states(load);
    chain.down = workers < chain.states ? workers : chain.states;
    if ((double)chain.states * (double)chain.up * (double)chain.down > MULTIPLICATIONS_MAX)
        return error_set(error, "%u workers at a load of %.2f are too many to compute", workers,
                         load);
    double *arrivals = arrivals_within(mean, arrival_count);
    chain.rows = xcalloc(chain.states * chain.states, sizeof(*chain.rows));
    chain_fill(&chain, workers, arrivals, arrival_count);
    set_probabilities(queue, &chain);
    free(chain.rows);
    free(arrivals);
    return 0;
}

void queue_release(struct queue *queue)
{
    free(queue->probability);
    free(queue->at_most);
    queue->probability = queue->at_most = NULL;
}

/* By Little's law from the mean number that waits. */
double queue_mean_wait(const struct queue *queue)
{
    double waiting = 0;
    for (size_t i = 1; i < queue->states; i++)
        waiting += (double)i * queue->probability[i];
    return waiting / queue->rate;
}

/* Q(j): that j or fewer wait. */
static double waiting_at_most(const struct queue *queue, size_t j)
{
    return queue->at_most[j < queue->states ? j : queue->states - 1];
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
