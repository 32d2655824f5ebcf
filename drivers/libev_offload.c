/* libev-offload: an event loop that hands blocking work to a pool of C threads behind it.
 *
 * What asyncio calls run_in_executor: the loop's thread puts a request into a queue, a thread of
 * the pool carries it with plain blocking calls (exchange_run), puts it into a second queue and
 * wakes the loop (ev_async), whose callback hands out the next. As in threadpool a thread carries
 * each request, and two hops come on top: a lock and a wake-up to get there; a lock, an eventfd and
 * a turn of the loop to get back. That is about nine system calls and two switches for a request
 * where threadpool has five and one, and a pool thread without work meanwhile. It gets nothing for
 * them here, where all of the work blocks.
 *
 * What they buy is that the loop's thread stays free. It can serve ten thousand connections of its
 * own while the pool waits for a database, a file, a resolver or the CPU; and it alone touches the
 * program's state, so results need no locks of their own. Choose it when a program that mostly
 * waits on sockets has some work that a loop cannot wait for. Where everything blocks take threads,
 * and where nothing does the loop alone. */
#include "driver.h"

#include <ev.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum {
    POOL_STACK_BYTES = 64 * 1024,
    LOOP_DESCRIPTORS = 2 /* libev aborts where the one for ev_async is missing */
};

struct task {
    size_t index; /* of its request */
    STAILQ_ENTRY(task) next;
};

STAILQ_HEAD(queue, task);

struct offload {
    struct ev_loop *ev;
    ev_async returned; /* first in `done` */
    struct batch *batch;
    unsigned tasks_out; /* the loop's thread alone knows */
    struct task *tasks; /* C of them */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t work;  /* there is some, or closing */
    struct queue todo, done;
    bool closing;

    unsigned threads_made;
    struct worker *workers;
};

struct worker {
    pthread_t thread;
    struct offload *offload;
    struct exchange exchange;
};

/* ---- a thread of the pool ---- */

/* The next task, or NULL once there will be none. */
static struct task *worker_wait(struct offload *offload)
{
    struct task *task;
    pthread_mutex_lock(&offload->lock);
    while (!(task = STAILQ_FIRST(&offload->todo)) && !offload->closing)
        pthread_cond_wait(&offload->work, &offload->lock);
    if (task)
        STAILQ_REMOVE_HEAD(&offload->todo, next);
    pthread_mutex_unlock(&offload->lock);
    return task;
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct offload *offload = worker->offload;
    for (struct task *task; (task = worker_wait(offload));) {
        exchange_run(&worker->exchange, offload->batch, task->index);
        pthread_mutex_lock(&offload->lock);
        STAILQ_INSERT_TAIL(&offload->done, task, next);
        pthread_mutex_unlock(&offload->lock);
        ev_async_send(offload->ev, &offload->returned);
    }
    return NULL;
}

/* ---- the loop's thread ---- */

static void hand_out(struct offload *offload, struct task *task)
{
    ptrdiff_t index = batch_next(offload->batch);
    if (index == BATCH_OVER)
        return;
    task->index = (size_t)index;
    offload->tasks_out++;
    pthread_mutex_lock(&offload->lock);
    STAILQ_INSERT_TAIL(&offload->todo, task, next);
    pthread_mutex_unlock(&offload->lock);
    pthread_cond_signal(&offload->work);
}

static void on_returned(struct ev_loop *ev, ev_async *returned, int events)
{
    (void)events;
    struct offload *offload = returned->data;
    struct queue done = STAILQ_HEAD_INITIALIZER(done);
    pthread_mutex_lock(&offload->lock);
    STAILQ_CONCAT(&done, &offload->done);
    pthread_mutex_unlock(&offload->lock);
    for (struct task *task; (task = STAILQ_FIRST(&done));) {
        STAILQ_REMOVE_HEAD(&done, next);
        offload->tasks_out--;
        hand_out(offload, task);
    }
    if (offload->tasks_out == 0)
        ev_break(ev, EVBREAK_ALL);
}

static int offload_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct offload *offload = state;
    offload->batch = batch;
    for (unsigned i = 0; i < offload->threads_made; i++)
        hand_out(offload, &offload->tasks[i]);
    if (offload->tasks_out > 0)
        ev_run(offload->ev, 0);
    return 0;
}

static const char *offload_version(const struct driver *self)
{
    (void)self;
    return driver_libev.version(&driver_libev);
}

static void offload_teardown(void *state)
{
    struct offload *offload = state;
    pthread_mutex_lock(&offload->lock);
    offload->closing = true;
    pthread_cond_broadcast(&offload->work);
    pthread_mutex_unlock(&offload->lock);
    for (unsigned i = 0; i < offload->threads_made; i++) {
        pthread_join(offload->workers[i].thread, NULL);
        exchange_close(&offload->workers[i].exchange);
    }
    if (offload->ev)
        ev_loop_destroy(offload->ev);
    pthread_cond_destroy(&offload->work);
    pthread_mutex_destroy(&offload->lock);
    free(offload->workers);
    free(offload->tasks);
    free(offload);
}

static int offload_open_loop(struct offload *offload, struct error *error)
{
    if (net_try_descriptors(LOOP_DESCRIPTORS, error) < 0)
        return error_prefix(error, "libev's loop needs");
    offload->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!offload->ev)
        return error_set(error, "libev has no epoll loop here");
    ev_async_init(&offload->returned, on_returned);
    offload->returned.data = offload;
    ev_async_start(offload->ev, &offload->returned);
    return 0;
}

static int offload_add_thread(struct offload *offload, const struct load *load,
                              const pthread_attr_t *attributes, struct error *error)
{
    struct worker *worker = &offload->workers[offload->threads_made];
    worker->offload = offload;
    exchange_init(&worker->exchange, load, offload->threads_made, EXCHANGE_BLOCKING);
    if (exchange_open(&worker->exchange, error) < 0)
        return -1;
    int result = pthread_create(&worker->thread, attributes, worker_main, worker);
    if (result) {
        exchange_close(&worker->exchange);
        return error_errno(error, result, "thread %u of %u", offload->threads_made + 1,
                           load->concurrency);
    }
    offload->threads_made++;
    return 0;
}

static void *offload_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct offload *offload = xcalloc(1, sizeof(*offload));
    offload->workers = xcalloc(load->concurrency, sizeof(*offload->workers));
    offload->tasks = xcalloc(load->concurrency, sizeof(*offload->tasks));
    STAILQ_INIT(&offload->todo);
    STAILQ_INIT(&offload->done);
    pthread_mutex_init(&offload->lock, NULL);
    pthread_cond_init(&offload->work, NULL);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    size_t stack_bytes = load->stack_bytes ? load->stack_bytes : POOL_STACK_BYTES;
    int result = pthread_attr_setstacksize(&attributes, stack_bytes);
    if (result)
        error_errno(error, result, "a thread's stack of %zu bytes", stack_bytes);
    if (!result)
        result = offload_open_loop(offload, error);
    while (!result && offload->threads_made < load->concurrency)
        result = offload_add_thread(offload, load, &attributes, error);
    pthread_attr_destroy(&attributes);
    if (!result)
        return offload;
    offload_teardown(offload);
    return NULL;
}

const struct driver driver_libev_offload = {
    .name = "libev-offload",
    .summary = "an event loop that hands requests to C threads and takes their results back",
    .model = MODEL_THREADS,
    .library = "libev",
    .kernel = "epoll",
    .traits = DRIVER_THREADS,
    .version = offload_version,
    .setup = offload_setup,
    .run = offload_run,
    .teardown = offload_teardown,
};
