/* The yardstick of the libev driver: the same system calls in the same order, and nothing else.
 * What the driver takes longer than this is what its samples and checks and the exchange cost.
 *
 * usage: bare_libev HOST PORT REQUESTS CONCURRENCY [keep-alive]
 * Prints the makespan in nanoseconds. The server must keep connections or not as asked for here. */
#include "bare.h"

#include <ev.h>

struct lane {
    ev_io watcher;
    struct bare_lane bare;
};

static struct ev_loop *loop;
static struct lane *lanes;

/* Watch for what the lane waits for; one that has no request waits for nothing. */
static void lane_watch(struct lane *lane, bool busy)
{
    int events = lane->bare.sent ? EV_READ : EV_WRITE;
    if (busy && !lane->bare.fresh && ev_is_active(&lane->watcher) && lane->watcher.events == events)
        return;
    ev_io_stop(loop, &lane->watcher);
    if (busy) {
        lane->bare.fresh = false;
        ev_io_set(&lane->watcher, lane->bare.fd, events);
        ev_io_start(loop, &lane->watcher);
    } else if (--bare.active == 0) {
        ev_break(loop, EVBREAK_ALL);
    }
}

static void on_ready(struct ev_loop *unused, ev_io *watcher, int events)
{
    (void)unused;
    (void)events;
    struct lane *lane = (struct lane *)watcher; /* its first member */
    lane_watch(lane, bare_continue(&lane->bare));
}

static void run(void)
{
    bare.active = bare.concurrency;
    for (unsigned i = 0; i < bare.concurrency; i++)
        lane_watch(&lanes[i], bare_begin(&lanes[i].bare));
    if (bare.active > 0)
        ev_run(loop, 0);
}

int main(int argc, char **argv)
{
    bare_parse(argc, argv, "bare_libev");
    loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop)
        bare_die("epoll");
    lanes = xcalloc(bare.concurrency, sizeof(*lanes));
    for (unsigned i = 0; i < bare.concurrency; i++) {
        ev_init(&lanes[i].watcher, on_ready);
        lanes[i].bare.fd = -1;
        if (bare.keep_alive)
            bare_connect(&lanes[i].bare, SOCK_NONBLOCK);
    }
    bare_measure(run);
    return 0;
}
