/* multiloop: one event loop per core, requests split among them.
 *
 * A loop is one thread, so it is saturated when its core is, even if others are idle. So run
 * several, as nginx, memcached and many runtimes do: each thread has its own epoll
 * (drivers/epoll.c) and its share of the C slots, and a connection stays in one loop. Loops share
 * no state, so there is nothing to lock, except the counter that hands out requests. A free slot of
 * any loop takes the next request, so no loop has work left while another has none.
 *
 * It costs a thread per core and a wake-up of all threads for every batch, and whatever has to be
 * shared after all becomes harder: it needs atomics or messages. And a thread per core competes
 * with other work on these cores (here, the server). A burst still gains: 1024 connections opened
 * at once, for requests of 10 ms, took 39 ms on two loops and 54 ms on one. Choose it if one loop
 * saturates its core; while slots mostly wait, one loop is enough. */
#include "epoll.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t begin; /* a new round, or closing */
    pthread_cond_t done;  /* running == 0 */
    struct batch *batch;
    unsigned round;   /* number of the batch: a thread runs each once */
    unsigned running; /* threads that have not ended this round */
    bool closing;
    unsigned threads_made;
    struct worker *workers;
};

struct worker {
    pthread_t thread;
    struct pool *pool;
    struct epoll_loop *loop;
    int result; /* of the last round */
    struct error error;
};

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct pool *pool = worker->pool;
    unsigned rounds_run = 0;

    pthread_mutex_lock(&pool->lock);
    while (!pool->closing) {
        if (rounds_run == pool->round) {
            pthread_cond_wait(&pool->begin, &pool->lock);
            continue;
        }
        rounds_run = pool->round;
        pthread_mutex_unlock(&pool->lock);

        worker->result = epoll_loop_run(worker->loop, pool->batch, &worker->error);

        pthread_mutex_lock(&pool->lock);
        if (--pool->running == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int multiloop_run(void *state, struct batch *batch, struct error *error)
{
    struct pool *pool = state;
    pthread_mutex_lock(&pool->lock);
    pool->batch = batch;
    pool->running = pool->threads_made;
    pool->round++;
    pthread_cond_broadcast(&pool->begin);
    while (pool->running > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);

    for (unsigned i = 0; i < pool->threads_made; i++)
        if (pool->workers[i].result < 0) {
            *error = pool->workers[i].error;
            return error_prefix(error, "loop %u of %u", i + 1, pool->threads_made);
        }
    return 0;
}

static void multiloop_teardown(void *state)
{
    struct pool *pool = state;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads_made; i++) {
        pthread_join(pool->workers[i].thread, NULL);
        epoll_loop_free(pool->workers[i].loop);
    }
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->begin);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

/* The cores that this process may run on: taskset and containers can restrict them. */
static unsigned cores_usable(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof(cores), &cores) == 0)
        return (unsigned)CPU_COUNT(&cores);
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more cores than cpu_set_t holds */
    return online > 0 ? (unsigned)online : 1;
}

static int pool_add_loop(struct pool *pool, const struct load *load, unsigned first, unsigned slots,
                         struct error *error)
{
    struct worker *worker = &pool->workers[pool->threads_made];
    worker->pool = pool;
    worker->loop = epoll_loop_make(load, first, slots, false, error);
    if (!worker->loop)
        return -1;
    int result = pthread_create(&worker->thread, NULL, worker_main, worker);
    if (result) {
        epoll_loop_free(worker->loop);
        return error_errno(error, result, "cannot create the thread of loop %u",
                           pool->threads_made + 1);
    }
    pool->threads_made++;
    return 0;
}

static void *multiloop_setup(const struct driver *self, const struct load *load,
                             struct error *error)
{
    (void)self;
    unsigned slots = load->concurrency, loops = cores_usable(), first = 0;
    if (loops > slots)
        loops = slots;
    struct pool *pool = xcalloc(1, sizeof(*pool));
    pool->workers = xcalloc(loops, sizeof(*pool->workers));
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (unsigned i = 0; i < loops; i++) {
        unsigned share = slots / loops + (i < slots % loops);
        if (pool_add_loop(pool, load, first, share, error) < 0) {
            multiloop_teardown(pool);
            return NULL;
        }
        first += share;
    }
    return pool;
}

static void multiloop_active(const void *state, char *text, size_t size)
{
    const struct pool *pool = state;
    snprintf(text, size, "%u loop%s", pool->threads_made, pool->threads_made == 1 ? "" : "s");
}

const struct driver driver_multiloop = {
    .name = "multiloop",
    .summary = "one epoll loop and thread per core, connections split among them",
    .model = MODEL_READINESS,
    .kernel = "epoll",
    .traits = DRIVER_PARALLEL,
    .probe_schedule = epoll_probe_schedule,
    .setup = multiloop_setup,
    .run = multiloop_run,
    .teardown = multiloop_teardown,
    .active = multiloop_active,
};
