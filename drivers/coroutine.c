/* coroutine: one thread, and a stack for each request in flight.
 *
 * slot_run reads like blocking code: begin, step, wait, step. But a wait does not block the thread:
 * it switches to another stack, that of a request that is ready or the thread's own, which calls
 * epoll_wait. So a request is straight-line code, as with threads: its variables and its call chain
 * survive every wait, and it need not be written as a state machine. And one thread runs
 * everything, as in an event loop: no locks, and no preemption between waits.
 *
 * It costs a stack for each request in flight: 64 KiB of address space, of which only touched pages
 * are resident, here one. That makes 4.2 KiB per request with 10,000 in flight, where epoll takes
 * 0.14. The stack size has to be estimated (`--stack`); a guard page below each stack turns an
 * overflow into a crash. Stack and guard page are two memory maps, and vm.max_map_count (65,530)
 * limits them to 32,000 requests. A call that blocks outside the scheduler (a file, a name lookup,
 * a library with sockets of its own) stops all requests.
 *
 * A wait takes one switch, because each coroutine switches directly to the next that is ready. A
 * coroutine whose request starts by a schedule is ready when that is due: epoll_pwait2 waits no
 * longer.
 *
 * There are two implementations of the switch, to measure what it costs:
 *
 * `coroutine`: swapcontext() of glibc. It also saves the signal mask, which takes a system call: 3
 * per request on a kept connection instead of 2 (`--usage full` counts them). 0.4 us per switch.
 *
 * `coroutine-asm`: some twenty instructions (lib/coroutine_assembly.c). 7 ns per switch. Both are
 * measured by baselines/switch_cost. A request takes 10 to 60 us of CPU, most of it in the kernel,
 * so swapcontext() adds at most a tenth, and the assembly is not measurable.
 *
 * Choose it if a request has many steps, if there are too many requests for threads, and if
 * everything that they wait for can go through the loop. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "engine/intake.h"
#include "epoll.h"
#include "lib/coroutine_switch.h"

enum { EVENTS_MAX = 256 }; /* that one epoll_wait can return */

struct slot {
    struct exchange exchange;
    struct coroutine coroutine;
    struct scheduler *scheduler;
    uint32_t watched; /* events its connection is registered for; 0: not registered */
    bool idle;        /* it has no request: until one is due, or the next batch */
};

struct scheduler {
    const struct coroutine_backend *backend;
    struct coroutine thread; /* runs when no slot is ready */
    struct intake intake;
    int epoll, ready, acted_on; /* events reported by epoll, and how many were handled */
    unsigned slot_count, started, active;
    struct slot *slots;
    struct coroutine_stacks stacks;
    struct epoll_event events[EVENTS_MAX];
};

/* The next to run: a slot that has not started, one that is ready, one whose request is due, or
 * else the thread. */
static struct coroutine *scheduler_next(struct scheduler *scheduler)
{
    if (scheduler->started < scheduler->slot_count)
        return &scheduler->slots[scheduler->started++].coroutine;
    while (scheduler->acted_on < scheduler->ready) {
        struct slot *slot = scheduler->events[scheduler->acted_on++].data.ptr;
        if (!slot->idle)
            return &slot->coroutine;
        /* The server closed an idle kept connection; its next request will fail. If it stayed
         * registered, it would be reported forever. */
        epoll_ctl(scheduler->epoll, EPOLL_CTL_DEL, slot->exchange.fd, NULL);
        slot->watched = 0;
    }
    struct exchange *free = intake_free(&scheduler->intake);
    return free ? &((struct slot *)free)->coroutine : &scheduler->thread;
}

/* Register the slot's connection for the readiness it waits for. */
static int slot_watch(struct slot *slot, enum exchange_want want)
{
    struct epoll_event event = {.events = want == EXCHANGE_READ ? EPOLLIN : EPOLLOUT,
                                .data.ptr = slot};
    if (slot->watched == event.events)
        return 0;
    int operation = slot->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(slot->scheduler->epoll, operation, slot->exchange.fd, &event) < 0)
        return -1;
    slot->watched = event.events;
    return 0;
}

/* ---- on a slot's own stack ---- */

/* Returns when it is the next to run. */
static void slot_leave(struct slot *slot)
{
    struct coroutine *next = scheduler_next(slot->scheduler);
    if (next != &slot->coroutine) /* its request has become due in this moment */
        coroutine_switch(slot->scheduler->backend, &slot->coroutine, next);
}

/* Returns once the connection is ready; other slots run until then. */
static enum exchange_want slot_wait(struct slot *slot, enum exchange_want want)
{
    if (slot_watch(slot, want) < 0)
        return exchange_on_socket(&slot->exchange, -errno); /* unusable: epoll will not report it */
    slot_leave(slot);
    return want;
}

/* The index of the next request, when it is due, or BATCH_OVER; other slots run until then. */
static ptrdiff_t slot_next(struct slot *slot)
{
    ptrdiff_t index;
    while ((index = intake_next(&slot->scheduler->intake, &slot->exchange)) == INTAKE_LATER) {
        slot->idle = true;
        slot_leave(slot);
        slot->idle = false;
    }
    return index;
}

static void slot_run(struct slot *slot, size_t index)
{
    struct batch *batch = slot->scheduler->intake.batch;
    enum exchange_want want = exchange_begin(&slot->exchange, batch, index);
    while (want != EXCHANGE_OVER) {
        want = exchange_step(&slot->exchange);
        if (want != EXCHANGE_OVER)
            want = slot_wait(slot, want);
    }
    if (slot->exchange.fd < 0)
        slot->watched = 0; /* closing it removed it from epoll */
}

static void slot_main(void *argument)
{
    struct slot *slot = argument;
    for (;;) {
        ptrdiff_t index;
        slot->idle = false;
        while ((index = slot_next(slot)) != BATCH_OVER)
            slot_run(slot, (size_t)index);
        slot->idle = true;
        slot->scheduler->active--;
        slot_leave(slot); /* returns with the next batch */
    }
}

/* ---- on the thread's own stack ---- */

static int coroutine_run(void *state, struct batch *batch, struct error *error)
{
    struct scheduler *scheduler = state;
    intake_begin(&scheduler->intake, batch);
    scheduler->active = scheduler->slot_count;
    scheduler->started = 0;
    for (;;) {
        struct coroutine *next = scheduler_next(scheduler);
        if (next != &scheduler->thread)
            coroutine_switch(scheduler->backend, &scheduler->thread, next);
        if (scheduler->active == 0)
            return 0;
        scheduler->acted_on = 0;
        scheduler->ready =
            intake_epoll_wait(&scheduler->intake, scheduler->epoll, scheduler->events, EVENTS_MAX);
        if (scheduler->ready < 0 && errno != EINTR)
            return error_errno(error, errno, "epoll_wait");
    }
}

/* A slot may be left at any point: its stack holds nothing that has to be released. */
static void coroutine_teardown(void *state)
{
    struct scheduler *scheduler = state;
    for (unsigned i = 0; i < scheduler->slot_count; i++)
        coroutine_release(&scheduler->slots[i].coroutine);
    exchange_close_slots(scheduler->slots, scheduler->slot_count, sizeof(*scheduler->slots));
    if (scheduler->epoll >= 0)
        close(scheduler->epoll);
    coroutine_stacks_unmap(&scheduler->stacks);
    free(scheduler);
}

static int scheduler_open(struct scheduler *scheduler, const struct load *load, struct error *error)
{
    size_t stack_bytes = load->stack_bytes ? load->stack_bytes : coroutine_stack_bytes;
    scheduler->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (scheduler->epoll < 0)
        return error_errno(error, errno, "epoll_create1");
    if (coroutine_stacks_map(&scheduler->stacks, load->concurrency, stack_bytes, error) < 0)
        return -1;
    scheduler->slots = exchange_open_slots(load, 0, load->concurrency, sizeof(*scheduler->slots),
                                           EXCHANGE_NONBLOCKING, error);
    if (!scheduler->slots)
        return -1;
    for (; scheduler->slot_count < load->concurrency; scheduler->slot_count++) {
        struct slot *slot = &scheduler->slots[scheduler->slot_count];
        slot->scheduler = scheduler;
        coroutine_make(&slot->coroutine, scheduler->backend,
                       coroutine_stack(&scheduler->stacks, scheduler->slot_count),
                       scheduler->stacks.stack_bytes, slot_main, slot);
    }
    for (unsigned i = 0; i < load->concurrency; i++)
        if (scheduler->slots[i].exchange.fd >= 0 &&
            slot_watch(&scheduler->slots[i], EXCHANGE_READ) < 0)
            return error_errno(error, errno, "connection %u: epoll_ctl", i);
    return 0;
}

static void *coroutine_setup(const struct driver *self, const struct load *load,
                             struct error *error)
{
    struct scheduler *scheduler = xcalloc(1, sizeof(*scheduler));
    scheduler->backend = self->config;
    if (scheduler_open(scheduler, load, error) == 0)
        return scheduler;
    coroutine_teardown(scheduler);
    return NULL;
}

static int coroutine_probe(const struct driver *self, struct error *why)
{
    const struct coroutine_backend *backend = self->config;
    return backend->missing ? error_set(why, "%s", backend->missing) : 0;
}

const struct driver driver_coroutine = {
    .name = "coroutine",
    .summary = "one thread, a stack for each request, switched by swapcontext()",
    .model = MODEL_COROUTINES,
    .kernel = "epoll",
    .config = &coroutine_ucontext,
    .probe_schedule = epoll_probe_schedule,
    .setup = coroutine_setup,
    .run = coroutine_run,
    .teardown = coroutine_teardown,
};

const struct driver driver_coroutine_asm = {
    .name = "coroutine-asm",
    .summary = "the same, switched by hand-written assembly (x86-64, aarch64)",
    .model = MODEL_COROUTINES,
    .kernel = "epoll",
    .config = &coroutine_assembly,
    .probe = coroutine_probe,
    .probe_schedule = epoll_probe_schedule,
    .setup = coroutine_setup,
    .run = coroutine_run,
    .teardown = coroutine_teardown,
};
