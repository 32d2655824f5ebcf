/* epoll: one thread, and the kernel keeps the list of sockets.
 *
 * select() and poll() are handed all C sockets on every call. epoll is told of a socket once
 * (epoll_ctl), and epoll_wait returns those that are ready, many at a time, each with the pointer
 * that we gave it: waking up costs what is ready, not what waits. It is what event libraries use on
 * Linux, without the library. Choose it where a library is too much, or in the way.
 *
 * It comes in two ways, which differ in when a socket is reported:
 *
 * Level-triggered (`epoll`): as long as it is ready. It forgives: what was not read is reported
 * again, for which the kernel looks at every reported socket once more at the next call. It must
 * know what a slot waits for, reading or writing, so a system call tells it whenever that changes.
 * That is rare: a request mostly fits the socket's buffer at once and a slot then waits for
 * responses only. A connection costs one call, a kept one none after that.
 *
 * Edge-triggered (`epoll-et`): once, when it becomes ready. A socket is registered for everything
 * and never again, so no change of mind costs a call. But each report must be remembered until it
 * is used up, until a read or write moves less than it could have: whoever stops before, or forgets
 * that the other side has hung up, waits for ever for what he was told already. And it reports what
 * nobody waits for: every new connection is writable, which wakes the loop once. Choose it where
 * directions change often or several threads share one epoll descriptor; else the level is safer
 * and costs about the same. */
#include "epoll.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_MAX = 256 }; /* that one epoll_wait can return */

struct slot {
    uint32_t registered;     /* the events its connection is registered for; 0: it is not */
    uint32_t edges;          /* edge-triggered: what was reported and is not used up */
    enum exchange_want want; /* what it waits for; OVER: it has no request */
    struct exchange exchange;
};

struct epoll_loop {
    int epoll;
    bool edge_triggered;
    unsigned slots_made;
    struct slot *slots;
};

static uint32_t events_for(enum exchange_want want)
{
    return want == EXCHANGE_READ ? EPOLLIN : want == EXCHANGE_WRITE ? EPOLLOUT : 0;
}

/* Have the slot's connection reported when it is ready for what it waits for. */
static int slot_register(struct epoll_loop *loop, struct slot *slot)
{
    struct epoll_event event = {.events = events_for(slot->want), .data.ptr = slot};
    if (loop->edge_triggered)
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    if (slot->registered == event.events)
        return 0;
    int operation = slot->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll, operation, slot->exchange.fd, &event) < 0)
        return -1;
    slot->registered = event.events;
    return 0;
}

/* Edge-triggered: step as long as what it wants was reported and is not used up. A connection that
 * is new to epoll is reported when it is registered, if it is ready by then. */
static enum exchange_want slot_step(const struct epoll_loop *loop, struct slot *slot)
{
    enum exchange_want want;
    do {
        want = exchange_step(&slot->exchange);
        if (!loop->edge_triggered)
            return want;
        if (slot->exchange.exhausted && want == EXCHANGE_WRITE)
            slot->edges &= ~(uint32_t)EPOLLOUT;
        else if (slot->exchange.exhausted && !(slot->edges & EPOLLRDHUP)) /* the end stays */
            slot->edges &= ~(uint32_t)EPOLLIN;
    } while (slot->edges & events_for(want));
    return want;
}

/* Wait for what the exchange wants; a request that is over hands its slot to the next one. Returns
 * false once there is none. */
static bool slot_continue(struct epoll_loop *loop, struct slot *slot, struct batch *batch,
                          enum exchange_want want)
{
    struct exchange *exchange = &slot->exchange;
    for (;;) {
        while (want == EXCHANGE_OVER) {
            if (exchange->fd < 0)
                slot->registered = slot->edges = 0; /* closing it took it off the kernel's list */
            slot->want = EXCHANGE_OVER;
            ptrdiff_t index = batch_next(batch);
            if (index == BATCH_OVER)
                return false;
            want = exchange_begin(exchange, batch, (size_t)index);
            if (want != EXCHANGE_OVER)
                want = slot_step(loop, slot);
        }
        slot->want = want;
        if (slot_register(loop, slot) == 0)
            return true;
        want = exchange_on_socket(exchange, -errno); /* as good as none: nobody would report it */
    }
}

/* Act on what epoll reported. Returns false if that was the end of the slot's last request. */
static bool slot_reported(struct epoll_loop *loop, struct slot *slot, uint32_t events,
                          struct batch *batch)
{
    if (loop->edge_triggered) {
        slot->edges |= events;
        if (events & (EPOLLERR | EPOLLHUP))
            slot->edges |= EPOLLIN | EPOLLOUT; /* either would find out */
        if (!(slot->edges & events_for(slot->want)))
            return true;
    } else if (slot->want == EXCHANGE_OVER) {
        /* The server closed a kept connection that has no request: the next one will find out. Left
         * registered it would be reported for ever. */
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, slot->exchange.fd, NULL);
        slot->registered = 0;
        return true;
    }
    return slot_continue(loop, slot, batch, slot_step(loop, slot));
}

int epoll_loop_run(struct epoll_loop *loop, struct batch *batch, struct error *error)
{
    unsigned active = 0;
    /* A slot without a request is over already: it takes its first. */
    for (unsigned i = 0; i < loop->slots_made; i++)
        active += slot_continue(loop, &loop->slots[i], batch, EXCHANGE_OVER);
    while (active > 0) {
        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_wait(loop->epoll, events, EVENTS_MAX, -1);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "epoll_wait");
        for (int i = 0; i < ready; i++)
            active -= !slot_reported(loop, events[i].data.ptr, events[i].events, batch);
    }
    return 0;
}

void epoll_loop_free(struct epoll_loop *loop)
{
    for (unsigned i = 0; i < loop->slots_made; i++)
        exchange_close(&loop->slots[i].exchange);
    if (loop->epoll >= 0)
        close(loop->epoll);
    free(loop->slots);
    free(loop);
}

struct epoll_loop *epoll_loop_make(const struct load *load, unsigned first, unsigned slots,
                                   bool edge_triggered, struct error *error)
{
    struct epoll_loop *loop = xcalloc(1, sizeof(*loop));
    loop->edge_triggered = edge_triggered;
    loop->slots = xcalloc(slots, sizeof(*loop->slots));
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        error_errno(error, errno, "epoll_create1");
        goto fail;
    }
    while (loop->slots_made < slots) {
        struct slot *slot = &loop->slots[loop->slots_made];
        exchange_init(&slot->exchange, load, first + loop->slots_made++, EXCHANGE_NONBLOCKING);
        if (exchange_open(&slot->exchange, error) < 0)
            goto fail;
        slot->want = EXCHANGE_READ; /* what a kept connection will wait for */
        if (slot->exchange.fd >= 0 && slot_register(loop, slot) < 0) {
            error_errno(error, errno, "connection %u: epoll_ctl", slot->exchange.slot);
            goto fail;
        }
        slot->want = EXCHANGE_OVER;
    }
    return loop;
fail:
    epoll_loop_free(loop);
    return NULL;
}

static void *epoll_setup(const struct driver *self, const struct load *load, struct error *error)
{
    return epoll_loop_make(load, 0, load->concurrency, self->config != NULL, error);
}

static int epoll_run(void *state, struct batch *batch, struct error *error)
{
    return epoll_loop_run(state, batch, error);
}

static void epoll_teardown(void *state)
{
    epoll_loop_free(state);
}

const struct driver driver_epoll = {
    .name = "epoll",
    .summary = "one thread, epoll by hand, level-triggered",
    .model = MODEL_READINESS,
    .kernel = "epoll",
    .setup = epoll_setup,
    .run = epoll_run,
    .teardown = epoll_teardown,
};

const struct driver driver_epoll_et = {
    .name = "epoll-et",
    .summary = "one thread, epoll by hand, edge-triggered",
    .model = MODEL_READINESS,
    .kernel = "epoll",
    .config = "edge-triggered",
    .setup = epoll_setup,
    .run = epoll_run,
    .teardown = epoll_teardown,
};
