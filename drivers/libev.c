/* libev: one thread, one event loop, non-blocking sockets.
 *
 * The loop asks the kernel (epoll) which of C sockets are ready and steps only those, so one
 * thread waits for all of them at once: no stacks, no locks, no switches between threads. The
 * price is the shape of the code: a request is a state machine (exchange_step) that must never
 * block, for while a callback runs, nobody else does. Choose it for many connections that mostly
 * wait. */
#include "driver.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>

struct lane {
    ev_io watcher;
    struct exchange exchange;
    struct loop *loop;
};

struct loop {
    struct ev_loop *ev;
    struct batch *batch;
    unsigned lanes_made, active;
    struct lane *lanes;
};

/* Watch for what the exchange wants; a request that is over hands its lane to the next one. */
static void lane_continue(struct lane *lane, enum exchange_want want)
{
    struct loop *loop = lane->loop;
    while (want == EXCHANGE_OVER) {
        /* A kept connection stays watched: stopping and starting costs an epoll_ctl. */
        if (lane->exchange.fd < 0)
            ev_io_stop(loop->ev, &lane->watcher);
        ptrdiff_t index = batch_next(loop->batch);
        if (index == BATCH_OVER) {
            ev_io_stop(loop->ev, &lane->watcher);
            if (--loop->active == 0)
                ev_break(loop->ev, EVBREAK_ALL);
            return;
        }
        want = exchange_begin(&lane->exchange, loop->batch, (size_t)index);
        if (want != EXCHANGE_OVER)
            want = exchange_step(&lane->exchange);
    }
    int events = want == EXCHANGE_READ ? EV_READ : EV_WRITE;
    if (ev_is_active(&lane->watcher) && lane->watcher.events == events)
        return;
    ev_io_stop(loop->ev, &lane->watcher);
    ev_io_set(&lane->watcher, lane->exchange.fd, events);
    ev_io_start(loop->ev, &lane->watcher);
}

static void on_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)ev;
    (void)events;
    struct lane *lane = (struct lane *)watcher; /* its first member */
    lane_continue(lane, exchange_step(&lane->exchange));
}

static const char *libev_version(const struct driver *self)
{
    (void)self;
    static char text[16];
    snprintf(text, sizeof(text), "%d.%d", ev_version_major(), ev_version_minor());
    return text;
}

static void libev_teardown(void *state)
{
    struct loop *loop = state;
    for (unsigned i = 0; i < loop->lanes_made; i++)
        exchange_close(&loop->lanes[i].exchange);
    if (loop->ev)
        ev_loop_destroy(loop->ev);
    free(loop->lanes);
    free(loop);
}

static void *libev_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->lanes = xcalloc(load->concurrency, sizeof(*loop->lanes));
    loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop->ev) {
        error_set(error, "libev has no epoll loop here");
        goto fail;
    }
    for (; loop->lanes_made < load->concurrency; loop->lanes_made++) {
        struct lane *lane = &loop->lanes[loop->lanes_made];
        lane->loop = loop;
        ev_init(&lane->watcher, on_ready);
        exchange_init(&lane->exchange, load, loop->lanes_made, EXCHANGE_NONBLOCKING);
        if (exchange_open(&lane->exchange, error) < 0)
            goto fail;
    }
    return loop;
fail:
    libev_teardown(loop);
    return NULL;
}

static int libev_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct loop *loop = state;
    loop->batch = batch;
    loop->active = loop->lanes_made;
    /* A lane without a request is over already: it takes its first. */
    for (unsigned i = 0; i < loop->lanes_made; i++)
        lane_continue(&loop->lanes[i], EXCHANGE_OVER);
    if (loop->active > 0)
        ev_run(loop->ev, 0);
    return 0;
}

const struct driver driver_libev = {
    .name = "libev",
    .summary = "one thread, one event loop, non-blocking sockets",
    .model = MODEL_READINESS,
    .library = "libev",
    .kernel = "epoll",
    .version = libev_version,
    .setup = libev_setup,
    .run = libev_run,
    .teardown = libev_teardown,
};
