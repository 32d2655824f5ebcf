/* What one switch between coroutines costs, by itself: nanoseconds, each way, hot and cold.
 *
 * Hot, two stacks take turns and stay in the cache; cold, 10,000 take turns, as in a loop with that
 * many requests in flight. The least of several rounds: whatever else the machine does only adds.
 *
 * usage: switch_cost */
#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/coroutine_switch.h"

enum { ROUNDS = 9, SWITCHES = 200000, COLD = 10000 };

struct place {
    struct coroutine coroutine, *thread;
    const struct coroutine_backend *backend;
};

static void turn(void *argument)
{
    struct place *place = argument;
    for (;;)
        coroutine_switch(place->backend, &place->coroutine, place->thread);
}

static double nanoseconds(const struct coroutine_backend *backend, struct place *places,
                          unsigned count)
{
    struct coroutine *thread = places[0].thread;
    nsec_t least = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        nsec_t before = clock_now();
        for (unsigned i = 0, next = 0; i < SWITCHES / 2; i++, next = (next + 1) % count)
            coroutine_switch(backend, thread, &places[next].coroutine); /* and back */
        nsec_t took = clock_now() - before;
        least = took < least ? took : least;
    }
    return (double)least / SWITCHES;
}

static void measure(const struct coroutine_backend *backend, struct place *places,
                    const struct coroutine_stacks *stacks)
{
    struct coroutine thread = {0};
    if (backend->missing) {
        printf("%-9s  %s\n", backend->name, backend->missing);
        return;
    }
    for (unsigned i = 0; i < COLD; i++) {
        places[i] = (struct place){.thread = &thread, .backend = backend};
        coroutine_make(&places[i].coroutine, backend, coroutine_stack(stacks, i),
                       stacks->stack_bytes, turn, &places[i]);
    }
    double hot = nanoseconds(backend, places, 1), cold = nanoseconds(backend, places, COLD);
    printf("%-9s  %6.1f ns a switch between two, %6.1f ns among %d\n", backend->name, hot, cold,
           COLD);
    for (unsigned i = 0; i < COLD; i++)
        coroutine_release(&places[i].coroutine);
}

int main(void)
{
    struct coroutine_stacks stacks;
    struct error error;
    if (coroutine_stacks_map(&stacks, COLD, coroutine_stack_bytes, &error) < 0) {
        fprintf(stderr, "switch_cost: %s\n", error.text);
        return 1;
    }
    struct place *places = xcalloc(COLD, sizeof(*places));
    measure(&coroutine_ucontext, places, &stacks);
    measure(&coroutine_assembly, places, &stacks);
    free(places);
    coroutine_stacks_unmap(&stacks);
    return 0;
}
