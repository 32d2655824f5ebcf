/* thread-per-request: a POSIX thread made for each request, and gone with it.
 *
 * The shortest code that does more than one thing at a time: make a thread, let it block, wait for
 * its end. Nothing is queued and nothing has to be kept. Each request pays for making a thread and
 * joining it (tens of microseconds) on top of a pool's stack and two switches, and one thread makes
 * all the others, so the last of C requests starts after C makings. C is kept by counting: without
 * that, a burst makes as many threads as there are requests, until the kernel refuses. Choose it
 * where requests are few and long, or for a first version; else a pool. */
#include "driver.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREAD_STACK_BYTES = 64 * 1024 };

struct crew {
    pthread_mutex_t lock;
    pthread_cond_t freed; /* free_count > 0 */
    pthread_attr_t attributes;
    struct batch *batch;
    unsigned lanes_made, free_count;
    unsigned *free; /* the lanes that carry nothing: the first free_count */
    struct lane *lanes;
};

struct lane {
    pthread_t thread;
    bool made; /* the thread was made and not yet joined */
    size_t index;
    struct crew *crew;
    struct exchange exchange;
};

static void lane_give_back(struct lane *lane)
{
    struct crew *crew = lane->crew;
    pthread_mutex_lock(&crew->lock);
    crew->free[crew->free_count++] = lane->exchange.lane;
    pthread_cond_signal(&crew->freed);
    pthread_mutex_unlock(&crew->lock);
}

static struct lane *lane_take(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->free_count == 0)
        pthread_cond_wait(&crew->freed, &crew->lock);
    struct lane *lane = &crew->lanes[crew->free[--crew->free_count]];
    pthread_mutex_unlock(&crew->lock);
    return lane;
}

static void *thread_main(void *argument)
{
    struct lane *lane = argument;
    exchange_run(&lane->exchange, lane->crew->batch, lane->index);
    lane_give_back(lane);
    return NULL;
}

/* A lane comes back just before its thread ends: only then is there room for another thread. */
static void lane_join(struct lane *lane)
{
    if (lane->made)
        pthread_join(lane->thread, NULL);
    lane->made = false;
}

static int crew_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct crew *crew = state;
    crew->batch = batch;
    for (;;) {
        struct lane *lane = lane_take(crew);
        lane_join(lane);
        ptrdiff_t index = batch_next(batch);
        if (index == BATCH_OVER) {
            lane_give_back(lane);
            break;
        }
        lane->index = (size_t)index;
        int result = pthread_create(&lane->thread, &crew->attributes, thread_main, lane);
        lane->made = result == 0;
        if (result) {
            exchange_fail(batch, lane->index, lane->exchange.lane, OUTCOME_NO_WORKER, result);
            lane_give_back(lane);
        }
    }
    for (unsigned i = 0; i < crew->lanes_made; i++)
        lane_join(&crew->lanes[i]);
    return 0;
}

static void crew_teardown(void *state)
{
    struct crew *crew = state;
    for (unsigned i = 0; i < crew->lanes_made; i++)
        exchange_close(&crew->lanes[i].exchange);
    pthread_attr_destroy(&crew->attributes);
    pthread_cond_destroy(&crew->freed);
    pthread_mutex_destroy(&crew->lock);
    free(crew->lanes);
    free(crew->free);
    free(crew);
}

static int crew_add_lane(struct crew *crew, const struct load *load, struct error *error)
{
    struct lane *lane = &crew->lanes[crew->lanes_made];
    lane->crew = crew;
    exchange_init(&lane->exchange, load, crew->lanes_made, EXCHANGE_BLOCKING);
    if (exchange_open(&lane->exchange, error) < 0)
        return -1;
    crew->free[crew->free_count++] = crew->lanes_made++;
    return 0;
}

static void *crew_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct crew *crew = xcalloc(1, sizeof(*crew));
    crew->lanes = xcalloc(load->concurrency, sizeof(*crew->lanes));
    crew->free = xcalloc(load->concurrency, sizeof(*crew->free));
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->freed, NULL);
    pthread_attr_init(&crew->attributes);

    size_t stack_bytes = load->stack_bytes ? load->stack_bytes : THREAD_STACK_BYTES;
    int result = pthread_attr_setstacksize(&crew->attributes, stack_bytes);
    if (result)
        error_errno(error, result, "a thread's stack of %zu bytes", stack_bytes);
    while (!result && crew->lanes_made < load->concurrency)
        result = crew_add_lane(crew, load, error);
    if (!result)
        return crew;
    crew_teardown(crew);
    return NULL;
}

const struct driver driver_thread_per_request = {
    .name = "thread-per-request",
    .summary = "a POSIX thread made for each request, at most C at a time",
    .model = MODEL_THREADS,
    .traits = DRIVER_THREADS,
    .setup = crew_setup,
    .run = crew_run,
    .teardown = crew_teardown,
};
