/* The yardstick of the libev driver: the same system calls in the same order, and nothing else.
 * What the driver takes longer than this is what its samples and checks and the exchange cost.
 *
 * usage: bare_libev HOST PORT REQUESTS CONCURRENCY [keep-alive] Prints the makespan in nanoseconds.
 * The server must keep connections or not, as configured here. */
#include "bare.h"

#include <ev.h>

struct slot {
    ev_io watcher;
    struct bare_slot bare;
};

static struct ev_loop *loop;
static struct slot *slots;

/* Watch for what the slot waits for; one that has no request waits for nothing. */
static void slot_watch(struct slot *slot, bool busy)
{
    int events = slot->bare.sent ? EV_READ : EV_WRITE;
    if (busy && !slot->bare.fresh && ev_is_active(&slot->watcher) && slot->watcher.events == events)
        return;
    ev_io_stop(loop, &slot->watcher);
    if (busy) {
        slot->bare.fresh = false;
        ev_io_set(&slot->watcher, slot->bare.fd, events);
        ev_io_start(loop, &slot->watcher);
    } else if (--bare.active == 0) {
        ev_break(loop, EVBREAK_ALL);
    }
}

static void on_ready(struct ev_loop *unused, ev_io *watcher, int events)
{
    (void)unused;
    (void)events;
    struct slot *slot = (struct slot *)watcher; /* its first member */
    slot_watch(slot, bare_continue(&slot->bare));
}

static void run(void)
{
    bare.active = bare.concurrency;
    for (unsigned i = 0; i < bare.concurrency; i++)
        slot_watch(&slots[i], bare_begin(&slots[i].bare));
    if (bare.active > 0)
        ev_run(loop, 0);
}

int main(int argc, char **argv)
{
    bare_parse(argc, argv, "bare_libev");
    loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop)
        bare_die("epoll");
    slots = xcalloc(bare.concurrency, sizeof(*slots));
    for (unsigned i = 0; i < bare.concurrency; i++) {
        ev_init(&slots[i].watcher, on_ready);
        slots[i].bare.fd = -1;
        if (bare.keep_alive)
            bare_connect(&slots[i].bare, SOCK_NONBLOCK);
    }
    bare_measure(run);
    return 0;
}
