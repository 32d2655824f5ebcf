/* libev: one thread, one event loop, non-blocking sockets.
 *
 * The loop learns from the kernel (epoll) which of C sockets are ready and steps only those, so one
 * thread waits for all of them at once: no stacks, no locks, no switches between threads. The price
 * is the form of the code: a request is a state machine (exchange_step) that must never block,
 * because all other requests wait while a callback runs. Its timers are rounded up to milliseconds,
 * so requests that start by a schedule are awaited with a timerfd, watched like a socket. Choose it
 * for many connections that mostly wait. */
#include "libev.h"

#include <stdio.h>
#include <stdlib.h>

/* Wait for what the exchange needs; when its request is over, begin the next. */
static void slot_continue(struct libev_slot *slot, enum exchange_want want)
{
    struct libev_loop *loop = slot->loop;
    slot->idle = false;
    while (want == EXCHANGE_OVER) {
        /* A kept connection stays watched: stopping and starting costs an epoll_ctl. */
        if (slot->exchange.fd < 0)
            ev_io_stop(loop->ev, &slot->watcher);
        ptrdiff_t index = intake_next(&loop->intake, &slot->exchange);
        if (index == INTAKE_LATER) {
            slot->idle = true;
            if (loop_timer_start(&loop->timer, &loop->intake))
                ev_io_start(loop->ev, &loop->due);
            return;
        }
        if (index == BATCH_OVER) {
            ev_io_stop(loop->ev, &slot->watcher);
            if (--loop->active == 0)
                ev_break(loop->ev, EVBREAK_ALL);
            return;
        }
        want = exchange_begin(&slot->exchange, loop->intake.batch, (size_t)index);
        if (want == EXCHANGE_WORK) {
            ev_io_stop(loop->ev, &slot->watcher);
            loop->offload(loop->pool, slot);
            return;
        }
        if (want != EXCHANGE_OVER)
            want = exchange_step(&slot->exchange);
    }
    int events = want == EXCHANGE_READ ? EV_READ : EV_WRITE;
    if (ev_is_active(&slot->watcher) && slot->watcher.events == events)
        return;
    ev_io_stop(loop->ev, &slot->watcher);
    ev_io_set(&slot->watcher, slot->exchange.fd, events);
    ev_io_start(loop->ev, &slot->watcher);
}

static void on_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)events;
    struct libev_slot *slot = watcher->data;
    if (slot->idle) /* the server closed its kept connection; its next request will fail */
        ev_io_stop(ev, watcher);
    else
        slot_continue(slot, exchange_step(&slot->exchange));
}

static void on_due(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)events;
    struct libev_loop *loop = watcher->data;
    struct exchange *free;
    while ((free = intake_free(&loop->intake)))
        slot_continue((struct libev_slot *)free, EXCHANGE_OVER);
    if (loop_timer_stop(&loop->timer, &loop->intake))
        ev_io_stop(ev, watcher);
}

void libev_slot_return(struct libev_slot *slot)
{
    slot_continue(slot, EXCHANGE_OVER);
}

int libev_loop_prepare(void *state, struct batch *batch, struct error *error)
{
    struct libev_loop *loop = state;
    int opened = loop_timer_prepare(&loop->timer, batch, error);
    if (opened <= 0)
        return opened;
    ev_io_init(&loop->due, on_due, loop->timer.fd, EV_READ);
    loop->due.data = loop;
    return 0;
}

int libev_loop_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct libev_loop *loop = state;
    intake_begin(&loop->intake, batch);
    loop->active = loop->slot_count;
    /* EXCHANGE_OVER: each slot begins its first request. */
    for (unsigned i = 0; i < loop->slot_count; i++)
        slot_continue(&loop->slots[i], EXCHANGE_OVER);
    if (loop->active > 0)
        ev_run(loop->ev, 0);
    return 0;
}

void libev_loop_free(void *state)
{
    struct libev_loop *loop = state;
    exchange_close_slots(loop->slots, loop->slot_count, sizeof(*loop->slots));
    if (loop->ev)
        ev_loop_destroy(loop->ev);
    loop_timer_close(&loop->timer);
    free(loop);
}

struct libev_loop *libev_loop_make(const struct load *load, libev_offload_fn *offload, void *pool,
                                   struct error *error)
{
    enum exchange_kind kind = offload ? EXCHANGE_OFFLOADING : EXCHANGE_NONBLOCKING;
    struct libev_loop *loop = xcalloc(1, sizeof(*loop));
    loop->offload = offload;
    loop->pool = pool;
    loop->slot_count = load->concurrency;
    loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop->ev)
        error_set(error, "libev cannot create an epoll loop");
    else
        loop->slots =
            exchange_open_slots(load, 0, loop->slot_count, sizeof(*loop->slots), kind, error);
    if (!loop->slots) {
        libev_loop_free(loop);
        return NULL;
    }
    for (unsigned i = 0; i < loop->slot_count; i++) {
        struct libev_slot *slot = &loop->slots[i];
        slot->loop = loop;
        ev_init(&slot->watcher, on_ready);
        slot->watcher.data = slot;
    }
    return loop;
}

/* ---- the driver: one such loop, without offloading ---- */

const char *libev_version(const struct driver *self)
{
    (void)self;
    static char text[16];
    snprintf(text, sizeof(text), "%d.%d", ev_version_major(), ev_version_minor());
    return text;
}

static void *libev_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    return libev_loop_make(load, NULL, NULL, error);
}

const struct driver driver_libev = {
    .name = "libev",
    .summary = "one thread, one event loop, non-blocking sockets",
    .model = MODEL_READINESS,
    .library = "libev",
    .kernel = "epoll",
    .version = libev_version,
    .setup = libev_setup,
    .prepare = libev_loop_prepare,
    .run = libev_loop_run,
    .teardown = libev_loop_free,
};
