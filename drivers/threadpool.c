/* threadpool: C threads created in advance, requests handed to them through a queue.
 *
 * Each thread runs the simplest code, one blocking request (exchange_run), and the kernel switches
 * between them. It costs a stack per thread (mostly address space: only touched pages are
 * resident), one voluntary context switch per wait, and a lock around the queue. C is the number of
 * threads, and one slow request occupies one of them until it ends. Where requests start by a
 * schedule, each free thread takes the next one and sleeps until it is due. Choose it for work that
 * blocks outside the control of an event loop: libraries, files, CPU work. */
#include "driver.h"
#include "engine/thread_stack.h"

#include <pthread.h>
#include <stdlib.h>

enum { POOL_STACK_BYTES = 64 * 1024 };

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work; /* queued > 0, or closing */
    pthread_cond_t done; /* outstanding == 0 */
    struct batch *batch;
    size_t queued;      /* requests not yet taken */
    size_t outstanding; /* requests that have not ended */
    bool closing;
    unsigned worker_count, threads_made;
    struct worker *workers;
};

struct worker {
    struct exchange exchange;
    pthread_t thread;
    struct pool *pool;
};

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct pool *pool = worker->pool;

    pthread_mutex_lock(&pool->lock);
    while (!pool->closing) {
        if (pool->queued == 0) {
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        pool->queued--;
        pthread_mutex_unlock(&pool->lock);

        ptrdiff_t index = batch_next(pool->batch);
        if (index != BATCH_OVER)
            exchange_run(&worker->exchange, pool->batch, (size_t)index);

        pthread_mutex_lock(&pool->lock);
        if (--pool->outstanding == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int pool_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct pool *pool = state;
    pthread_mutex_lock(&pool->lock);
    pool->batch = batch;
    pool->outstanding = pool->queued = batch->requests;
    pthread_cond_broadcast(&pool->work);
    while (pool->outstanding > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return 0;
}

static void pool_teardown(void *state)
{
    struct pool *pool = state;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads_made; i++)
        pthread_join(pool->workers[i].thread, NULL);
    exchange_close_slots(pool->workers, pool->worker_count, sizeof(*pool->workers));
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static int pool_start(struct pool *pool, const pthread_attr_t *attributes, struct error *error)
{
    for (; pool->threads_made < pool->worker_count; pool->threads_made++) {
        struct worker *worker = &pool->workers[pool->threads_made];
        worker->pool = pool;
        int result = pthread_create(&worker->thread, attributes, worker_main, worker);
        if (result)
            return error_errno(error, result, "cannot create thread %u of %u",
                               pool->threads_made + 1, pool->worker_count);
    }
    return 0;
}

static void *pool_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct pool *pool = xcalloc(1, sizeof(*pool));
    pool->worker_count = load->concurrency;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int result = thread_stack_set(&attributes, load->stack_bytes, POOL_STACK_BYTES, error);
    if (result == 0)
        pool->workers = exchange_open_slots(load, 0, pool->worker_count, sizeof(*pool->workers),
                                            EXCHANGE_BLOCKING, error);
    if (pool->workers)
        result = pool_start(pool, &attributes, error);
    pthread_attr_destroy(&attributes);
    if (pool->workers && !result)
        return pool;
    pool_teardown(pool);
    return NULL;
}

const struct driver driver_threadpool = {
    .name = "threadpool",
    .summary = "C POSIX threads created in setup, requests handed over through a queue",
    .model = MODEL_THREADS,
    .traits = DRIVER_THREADS,
    .setup = pool_setup,
    .run = pool_run,
    .teardown = pool_teardown,
};
