/* libev-offload: an event loop, and a pool of threads for work that would block the loop.
 *
 * The loop (drivers/libev.c) handles all sockets itself. Jobs that block or compute are handed
 * over, as asyncio does with run_in_executor(): the request goes into a queue, a thread of the pool
 * takes it, does the work, puts it into a second queue and wakes the loop (ev_async). Meanwhile the
 * loop serves other requests. Only the loop touches the program's state, so results need no locks
 * of their own.
 *
 * A request that is not handed over costs the same as on the plain loop. One that is handed over
 * takes two hops: a lock and the wake-up of a thread on the way out; a lock, a write to an eventfd
 * and a loop iteration on the way back. Compared with work of milliseconds that is little. Compared
 * with work of microseconds it dominates, and doing the work in the loop is cheaper. The pool's
 * threads take memory while idle, and the pool is limited: once all its threads are blocked,
 * further work waits in the queue, while the loop still serves its sockets.
 *
 * Offloaded work still needs a CPU: if a thread that computes shares a core with the loop, the
 * scheduler decides which of them waits. Choose it for a program that mostly waits on sockets and
 * has some work that blocks or takes long and cannot be split: a database, a file, a resolver, a
 * checksum. If all work blocks, use threads; if none does, the loop alone. */
#include "libev.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    /* As many threads as slots, but no more than this: work that blocks needs threads even on few
       cores, but each takes memory and other resources (database connections). 32 is also the limit
       of asyncio's default executor: min(32, cores + 4), according to Python's documentation of
       concurrent.futures.ThreadPoolExecutor. */
    POOL_THREADS_MAX = 32,
    WAKE_DESCRIPTORS = 1 /* libev aborts if it cannot open the one for ev_async */
};

STAILQ_HEAD(queue, libev_slot);

struct pool {
    struct libev_loop *loop;
    ev_async returned; /* `done` is not empty */

    pthread_mutex_t lock; /* of the queues and `closing`; whoever dequeues a slot owns it */
    pthread_cond_t work;  /* `todo` is not empty, or closing */
    struct queue todo, done;
    bool closing;

    unsigned threads_made;
    pthread_t threads[POOL_THREADS_MAX];
};

/* ---- a thread of the pool ---- */

/* Wait for the next slot with a job; NULL when closing. */
static struct libev_slot *pool_wait(struct pool *pool)
{
    struct libev_slot *slot;
    pthread_mutex_lock(&pool->lock);
    while (!(slot = STAILQ_FIRST(&pool->todo)) && !pool->closing)
        pthread_cond_wait(&pool->work, &pool->lock);
    if (slot)
        STAILQ_REMOVE_HEAD(&pool->todo, next);
    pthread_mutex_unlock(&pool->lock);
    return slot;
}

static void *pool_main(void *argument)
{
    struct pool *pool = argument;
    for (struct libev_slot *slot; (slot = pool_wait(pool));) {
        exchange_work(&slot->exchange);
        pthread_mutex_lock(&pool->lock);
        STAILQ_INSERT_TAIL(&pool->done, slot, next);
        pthread_mutex_unlock(&pool->lock);
        ev_async_send(pool->loop->ev, &pool->returned);
    }
    return NULL;
}

/* ---- the loop's thread ---- */

static void pool_give(void *argument, struct libev_slot *slot)
{
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    STAILQ_INSERT_TAIL(&pool->todo, slot, next);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_signal(&pool->work);
}

/* One call may be for several jobs, or for none if they were handled before. */
static void on_returned(struct ev_loop *ev, ev_async *returned, int events)
{
    (void)ev;
    (void)events;
    struct pool *pool = returned->data;
    struct queue done = STAILQ_HEAD_INITIALIZER(done);
    pthread_mutex_lock(&pool->lock);
    STAILQ_CONCAT(&done, &pool->done);
    pthread_mutex_unlock(&pool->lock);
    for (struct libev_slot *slot; (slot = STAILQ_FIRST(&done));) {
        STAILQ_REMOVE_HEAD(&done, next); /* it may go into `todo` at once */
        libev_slot_return(slot);
    }
}

static int offload_prepare(void *state, struct batch *batch, struct error *error)
{
    struct pool *pool = state;
    return libev_loop_prepare(pool->loop, batch, error);
}

static int offload_run(void *state, struct batch *batch, struct error *error)
{
    struct pool *pool = state;
    return libev_loop_run(pool->loop, batch, error);
}

static void offload_teardown(void *state)
{
    struct pool *pool = state;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads_made; i++)
        pthread_join(pool->threads[i], NULL);
    if (pool->loop)
        libev_loop_free(pool->loop);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static int pool_open_loop(struct pool *pool, const struct load *load, struct error *error)
{
    pool->loop = libev_loop_make(load, pool_give, pool, error);
    if (!pool->loop)
        return -1;
    if (net_try_descriptors(WAKE_DESCRIPTORS, error) < 0)
        return error_prefix(error, "libev's ev_async");
    ev_async_init(&pool->returned, on_returned);
    pool->returned.data = pool;
    ev_async_start(pool->loop->ev, &pool->returned);
    return 0;
}

static int pool_start(struct pool *pool, unsigned threads, struct error *error)
{
    while (pool->threads_made < threads) {
        /* The default stack size (RLIMIT_STACK: pthread_create(3)): a job may call any library. */
        int result = pthread_create(&pool->threads[pool->threads_made], NULL, pool_main, pool);
        if (result)
            return error_errno(error, result, "cannot create thread %u of %u",
                               pool->threads_made + 1, threads);
        pool->threads_made++;
    }
    return 0;
}

static void *offload_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    unsigned threads = load->concurrency < POOL_THREADS_MAX ? load->concurrency : POOL_THREADS_MAX;
    struct pool *pool = xcalloc(1, sizeof(*pool));
    STAILQ_INIT(&pool->todo);
    STAILQ_INIT(&pool->done);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    if (pool_open_loop(pool, load, error) == 0 && pool_start(pool, threads, error) == 0)
        return pool;
    offload_teardown(pool);
    return NULL;
}

const struct driver driver_libev_offload = {
    .name = "libev-offload",
    .summary = "one event loop, and a thread pool for work that blocks or computes",
    .model = MODEL_READINESS,
    .library = "libev",
    .kernel = "epoll",
    .version = libev_version,
    .setup = offload_setup,
    .prepare = offload_prepare,
    .run = offload_run,
    .teardown = offload_teardown,
};
