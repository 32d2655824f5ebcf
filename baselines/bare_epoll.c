/* The yardstick of the epoll and epoll-et drivers: the same system calls in the same order, and
 * nothing else. What a driver takes longer than this is the cost of its samples, its checks and the
 * exchange.
 *
 * usage: bare_epoll level|edge HOST PORT REQUESTS CONCURRENCY [keep-alive]
 * Prints the makespan in nanoseconds. The server's connection mode must be the same. */
#include "bare.h"

#include <sys/epoll.h>

enum { EVENTS_MAX = 256 }; /* as drivers/epoll.c */

static struct bare_slot *slots;
static int epoll;
static bool edge_triggered;
static uint32_t *registered; /* the events of each slot's connection */

static void epoll_register(struct bare_slot *slot, uint32_t events)
{
    size_t i = (size_t)(slot - slots);
    if (edge_triggered)
        events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    if (!slot->fresh && registered[i] == events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = slot};
    if (epoll_ctl(epoll, slot->fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, slot->fd, &event) < 0)
        bare_die("epoll_ctl");
    slot->fresh = false;
    registered[i] = events;
}

static void epoll_slot(struct bare_slot *slot, bool busy)
{
    if (busy)
        epoll_register(slot, slot->sent ? EPOLLIN : EPOLLOUT);
    else
        bare.active--;
}

static void epoll_run(void)
{
    bare.active = bare.concurrency;
    for (unsigned i = 0; i < bare.concurrency; i++)
        epoll_slot(&slots[i], bare_begin(&slots[i]));
    while (bare.active > 0) {
        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);
        if (ready < 0)
            bare_die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct bare_slot *slot = events[i].data.ptr;
            if (slot->busy &&
                events[i].events & (slot->sent ? ~(uint32_t)EPOLLOUT : ~(uint32_t)EPOLLIN))
                epoll_slot(slot, bare_continue(slot));
        }
    }
}

int main(int argc, char **argv)
{
    bare_parse(argc - 1, argv + 1, "bare_epoll level|edge");
    edge_triggered = !strcmp(argv[1], "edge");
    registered = xcalloc(bare.concurrency, sizeof(*registered));
    slots = xcalloc(bare.concurrency, sizeof(*slots));
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        bare_die("epoll_create1");
    for (unsigned i = 0; i < bare.concurrency; i++) {
        slots[i].fd = -1;
        if (!bare.keep_alive)
            continue;
        bare_connect(&slots[i], SOCK_NONBLOCK);
        epoll_register(&slots[i], EPOLLIN);
    }
    bare_measure(epoll_run);
    return 0;
}
