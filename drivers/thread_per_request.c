/* thread-per-request: a POSIX thread created for each request, and ended with it.
 *
 * The shortest code that does more than one thing at a time: create a thread, let it block, wait
 * for its end. There is no queue and no state to keep. Each request pays for creating a thread and
 * joining it (tens of microseconds), in addition to a pool's stack and its context switch per wait,
 * and one thread creates all the others, so the last of C requests starts after C creations. The
 * limit C is kept by counting: without it, a burst creates as many threads as there are requests,
 * until the kernel refuses. Where requests start by a schedule, the creating thread sleeps until
 * each is due, so its creation is part of its latency. Choose it if requests are few and long, or
 * for a first version; otherwise a pool. */
#include "driver.h"
#include "engine/thread_stack.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREAD_STACK_BYTES = 64 * 1024 };

struct spawner {
    pthread_mutex_t lock;
    pthread_cond_t freed; /* free_count > 0 */
    pthread_attr_t attributes;
    struct batch *batch;
    unsigned slot_count, free_count;
    unsigned *free; /* the free slots: the first free_count */
    struct slot *slots;
};

struct slot {
    struct exchange exchange;
    pthread_t thread;
    bool made; /* the thread was created and not yet joined */
    size_t index;
    struct spawner *spawner;
};

static void slot_release(struct slot *slot)
{
    struct spawner *spawner = slot->spawner;
    pthread_mutex_lock(&spawner->lock);
    spawner->free[spawner->free_count++] = slot->exchange.slot;
    pthread_cond_signal(&spawner->freed);
    pthread_mutex_unlock(&spawner->lock);
}

static struct slot *slot_take(struct spawner *spawner)
{
    pthread_mutex_lock(&spawner->lock);
    while (spawner->free_count == 0)
        pthread_cond_wait(&spawner->freed, &spawner->lock);
    struct slot *slot = &spawner->slots[spawner->free[--spawner->free_count]];
    pthread_mutex_unlock(&spawner->lock);
    return slot;
}

static void *thread_main(void *argument)
{
    struct slot *slot = argument;
    exchange_run(&slot->exchange, slot->spawner->batch, slot->index);
    slot_release(slot);
    return NULL;
}

/* A slot is freed just before its thread ends: join that thread before creating another. */
static void slot_join(struct slot *slot)
{
    if (slot->made)
        pthread_join(slot->thread, NULL);
    slot->made = false;
}

static int spawner_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct spawner *spawner = state;
    spawner->batch = batch;
    for (;;) {
        struct slot *slot = slot_take(spawner);
        slot_join(slot);
        ptrdiff_t index = batch_next(batch);
        if (index == BATCH_OVER) {
            slot_release(slot);
            break;
        }
        slot->index = (size_t)index;
        batch_await(batch, slot->index);
        int result = pthread_create(&slot->thread, &spawner->attributes, thread_main, slot);
        slot->made = result == 0;
        if (result) {
            exchange_fail(batch, slot->index, slot->exchange.slot, OUTCOME_NO_WORKER, result);
            slot_release(slot);
        }
    }
    for (unsigned i = 0; i < spawner->slot_count; i++)
        slot_join(&spawner->slots[i]);
    return 0;
}

static void spawner_teardown(void *state)
{
    struct spawner *spawner = state;
    exchange_close_slots(spawner->slots, spawner->slot_count, sizeof(*spawner->slots));
    pthread_attr_destroy(&spawner->attributes);
    pthread_cond_destroy(&spawner->freed);
    pthread_mutex_destroy(&spawner->lock);
    free(spawner->free);
    free(spawner);
}

static void *spawner_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct spawner *spawner = xcalloc(1, sizeof(*spawner));
    spawner->slot_count = load->concurrency;
    spawner->free = xcalloc(load->concurrency, sizeof(*spawner->free));
    pthread_mutex_init(&spawner->lock, NULL);
    pthread_cond_init(&spawner->freed, NULL);
    pthread_attr_init(&spawner->attributes);

    if (thread_stack_set(&spawner->attributes, load->stack_bytes, THREAD_STACK_BYTES, error) == 0)
        spawner->slots = exchange_open_slots(load, 0, load->concurrency, sizeof(*spawner->slots),
                                             EXCHANGE_BLOCKING, error);
    for (unsigned i = 0; spawner->slots && i < load->concurrency; i++) {
        spawner->slots[i].spawner = spawner;
        spawner->free[spawner->free_count++] = i;
    }
    if (spawner->slots)
        return spawner;
    spawner_teardown(spawner);
    return NULL;
}

const struct driver driver_thread_per_request = {
    .name = "thread-per-request",
    .summary = "a POSIX thread created for each request, at most C at a time",
    .model = MODEL_THREADS,
    .traits = DRIVER_THREADS,
    .setup = spawner_setup,
    .run = spawner_run,
    .teardown = spawner_teardown,
};
