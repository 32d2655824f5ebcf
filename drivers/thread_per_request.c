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
    unsigned slots_made, free_count;
    unsigned *free; /* the slots that carry nothing: the first free_count */
    struct slot *slots;
};

struct slot {
    pthread_t thread;
    bool made; /* the thread was made and not yet joined */
    size_t index;
    struct crew *crew;
    struct exchange exchange;
};

static void slot_give_back(struct slot *slot)
{
    struct crew *crew = slot->crew;
    pthread_mutex_lock(&crew->lock);
    crew->free[crew->free_count++] = slot->exchange.slot;
    pthread_cond_signal(&crew->freed);
    pthread_mutex_unlock(&crew->lock);
}

static struct slot *slot_take(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->free_count == 0)
        pthread_cond_wait(&crew->freed, &crew->lock);
    struct slot *slot = &crew->slots[crew->free[--crew->free_count]];
    pthread_mutex_unlock(&crew->lock);
    return slot;
}

static void *thread_main(void *argument)
{
    struct slot *slot = argument;
    exchange_run(&slot->exchange, slot->crew->batch, slot->index);
    slot_give_back(slot);
    return NULL;
}

/* A slot comes back just before its thread ends: only then is there room for another thread. */
static void slot_join(struct slot *slot)
{
    if (slot->made)
        pthread_join(slot->thread, NULL);
    slot->made = false;
}

static int crew_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct crew *crew = state;
    crew->batch = batch;
    for (;;) {
        struct slot *slot = slot_take(crew);
        slot_join(slot);
        ptrdiff_t index = batch_next(batch);
        if (index == BATCH_OVER) {
            slot_give_back(slot);
            break;
        }
        slot->index = (size_t)index;
        int result = pthread_create(&slot->thread, &crew->attributes, thread_main, slot);
        slot->made = result == 0;
        if (result) {
            exchange_fail(batch, slot->index, slot->exchange.slot, OUTCOME_NO_WORKER, result);
            slot_give_back(slot);
        }
    }
    for (unsigned i = 0; i < crew->slots_made; i++)
        slot_join(&crew->slots[i]);
    return 0;
}

static void crew_teardown(void *state)
{
    struct crew *crew = state;
    for (unsigned i = 0; i < crew->slots_made; i++)
        exchange_close(&crew->slots[i].exchange);
    pthread_attr_destroy(&crew->attributes);
    pthread_cond_destroy(&crew->freed);
    pthread_mutex_destroy(&crew->lock);
    free(crew->slots);
    free(crew->free);
    free(crew);
}

static int crew_add_slot(struct crew *crew, const struct load *load, struct error *error)
{
    struct slot *slot = &crew->slots[crew->slots_made];
    slot->crew = crew;
    exchange_init(&slot->exchange, load, crew->slots_made, EXCHANGE_BLOCKING);
    if (exchange_open(&slot->exchange, error) < 0)
        return -1;
    crew->free[crew->free_count++] = crew->slots_made++;
    return 0;
}

static void *crew_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct crew *crew = xcalloc(1, sizeof(*crew));
    crew->slots = xcalloc(load->concurrency, sizeof(*crew->slots));
    crew->free = xcalloc(load->concurrency, sizeof(*crew->free));
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->freed, NULL);
    pthread_attr_init(&crew->attributes);

    size_t stack_bytes = load->stack_bytes ? load->stack_bytes : THREAD_STACK_BYTES;
    int result = pthread_attr_setstacksize(&crew->attributes, stack_bytes);
    if (result)
        error_errno(error, result, "a thread's stack of %zu bytes", stack_bytes);
    while (!result && crew->slots_made < load->concurrency)
        result = crew_add_slot(crew, load, error);
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
