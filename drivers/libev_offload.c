/* libev-offload: an event loop, and a pool of threads behind it for work that a loop cannot wait
 * for.
 *
 * The loop (drivers/libev.c) carries all conversations with sockets itself. What blocks or computes
 * it hands over, as asyncio does with run_in_executor(): the request goes into a queue, a thread of
 * the pool takes it, does the work and puts it into a second queue, and wakes the loop (ev_async).
 * Meanwhile the loop serves the others, and it alone touches the program's state, so results need
 * no locks of their own.
 *
 * A request that is not handed over costs what it costs on the plain loop. What is handed over
 * pays two hops: a lock and the wake-up of a thread to get there; a lock, a write to an eventfd
 * and a turn of the loop to get back. Against work of milliseconds that is little. Against work of
 * microseconds it is the larger part, and doing it in the loop is cheaper. The threads' memory
 * lies idle beside it, and the pool has an end: once all of its threads are blocked, further work
 * waits in the queue, while the loop still responses its sockets.
 *
 * Offloaded work does not vanish, it moves: a thread that computes wants a core, and where the loop
 * has to share its own, the scheduler now decides who is late. Choose it when a program that mostly
 * waits on sockets has some work that blocks or takes long and cannot be cut into slices: a
 * database, a file, a resolver, a checksum. Where everything blocks take threads, and where nothing
 * does the loop alone. */
#include "libev.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    /* As many threads as slots, but no more than this: work that blocks wants threads, however few
     * the cores, and each is memory and a share of what is under it (connections to a database). 32
     * is where asyncio's default executor ends too: min(32, cores + 4), says Python's
     * documentation of concurrent.futures.ThreadPoolExecutor. */
    POOL_THREADS_MAX = 32,
    WAKE_DESCRIPTORS = 1 /* libev aborts where the one for ev_async is missing */
};

STAILQ_HEAD(queue, libev_slot);

struct pool {
    struct libev_loop *loop;
    ev_async returned; /* there is some in `done` */

    pthread_mutex_t lock; /* of what follows, and whoever takes a slot from a queue has it */
    pthread_cond_t work;  /* there is some in `todo`, or closing */
    struct queue todo, done;
    bool closing;

    unsigned threads_made;
    pthread_t threads[POOL_THREADS_MAX];
};

/* ---- a thread of the pool ---- */

/* The next slot with a job, or NULL once there will be none. */
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

/* One call may stand for several jobs, and one that comes late for none. */
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

static int offload_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct pool *pool = state;
    libev_loop_run(pool->loop, batch);
    return 0;
}

static const char *offload_version(const struct driver *self)
{
    (void)self;
    return driver_libev.version(&driver_libev);
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
        return error_prefix(error, "waking libev's loop needs");
    ev_async_init(&pool->returned, on_returned);
    pool->returned.data = pool;
    ev_async_start(pool->loop->ev, &pool->returned);
    return 0;
}

static int pool_start(struct pool *pool, unsigned threads, struct error *error)
{
    while (pool->threads_made < threads) {
        /* A stack of the usual size: a job may call any library. */
        int result = pthread_create(&pool->threads[pool->threads_made], NULL, pool_main, pool);
        if (result)
            return error_errno(error, result, "thread %u of %u", pool->threads_made + 1, threads);
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
    .summary = "one event loop, and a pool of threads for work that blocks or computes",
    .model = MODEL_READINESS,
    .library = "libev",
    .kernel = "epoll",
    .version = offload_version,
    .setup = offload_setup,
    .run = offload_run,
    .teardown = offload_teardown,
};
