/* The yardsticks of the select, poll, epoll and epoll-et drivers: the same system calls in the same
 * order, and nothing else. What a driver takes longer than its yardstick is what its samples and
 * checks and the exchange cost.
 *
 * usage: bare_readiness MODEL HOST PORT REQUESTS CONCURRENCY [keep-alive]
 * Prints the makespan in nanoseconds. The server must keep connections or not as asked for here. */
#include "bare.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

enum { EVENTS_MAX = 256 }; /* as drivers/epoll.c */

static struct bare_slot *slots;

/* ---- select ---- */

static fd_set readers, writers;
static struct bare_slot *slot_of[FD_SETSIZE];
static int highest;

static void select_wait(struct bare_slot *slot, bool busy)
{
    if (!busy) {
        bare.active--;
        return;
    }
    if (slot->fd >= FD_SETSIZE) {
        errno = EMFILE;
        bare_die("select");
    }
    FD_SET(slot->fd, slot->sent ? &readers : &writers);
    slot_of[slot->fd] = slot;
    highest = slot->fd > highest ? slot->fd : highest;
}

static void select_run(void)
{
    highest = -1;
    bare.active = bare.concurrency;
    for (unsigned i = 0; i < bare.concurrency; i++)
        select_wait(&slots[i], bare_begin(&slots[i]));
    while (bare.active > 0) {
        fd_set readable = readers, writable = writers;
        int ready = select(highest + 1, &readable, &writable, NULL, NULL);
        if (ready < 0)
            bare_die("select");
        for (int fd = 0; ready > 0; fd++)
            if (FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable)) {
                ready--;
                FD_CLR(fd, &readers);
                FD_CLR(fd, &writers);
                select_wait(slot_of[fd], bare_continue(slot_of[fd]));
            }
    }
}

/* ---- poll ---- */

static struct pollfd *polled;

static void poll_wait(unsigned i, bool busy)
{
    bare.active -= !busy;
    polled[i] =
        (struct pollfd){.fd = busy ? slots[i].fd : -1, .events = slots[i].sent ? POLLIN : POLLOUT};
}

static void poll_run(void)
{
    unsigned last = bare.concurrency;
    bare.active = bare.concurrency;
    for (unsigned i = 0; i < bare.concurrency; i++)
        poll_wait(i, bare_begin(&slots[i]));
    while (bare.active > 0) {
        while (polled[last - 1].fd < 0)
            last--;
        int ready = poll(polled, last, -1);
        if (ready < 0)
            bare_die("poll");
        for (unsigned i = 0; i < last && ready > 0; i++)
            if (polled[i].revents) {
                ready--;
                poll_wait(i, bare_continue(&slots[i]));
            }
    }
}

/* ---- epoll, both ways ---- */

static int epoll;
static bool edge_triggered;
static uint32_t *registered; /* the events of each lane's connection */

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

/* Ready the model of that name; what runs it, or NULL where there is none. */
typedef void run_function(void);
static run_function *model_open(const char *name)
{
    if (!strcmp(name, "select"))
        return select_run;
    if (!strcmp(name, "poll")) {
        polled = xcalloc(bare.concurrency, sizeof(*polled));
        return poll_run;
    }
    edge_triggered = !strcmp(name, "epoll-et");
    if (!edge_triggered && strcmp(name, "epoll") != 0)
        return NULL;
    registered = xcalloc(bare.concurrency, sizeof(*registered));
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        bare_die("epoll_create1");
    return epoll_run;
}

int main(int argc, char **argv)
{
    bare_parse(argc - 1, argv + 1, "bare_readiness MODEL");
    run_function *run = model_open(argv[1]);
    if (!run) {
        fprintf(stderr, "bare_readiness: the models are select, poll, epoll, epoll-et\n");
        return 2;
    }
    slots = xcalloc(bare.concurrency, sizeof(*slots));
    for (unsigned i = 0; i < bare.concurrency; i++) {
        slots[i].fd = -1;
        if (!bare.keep_alive)
            continue;
        bare_connect(&slots[i], SOCK_NONBLOCK);
        if (run == epoll_run)
            epoll_register(&slots[i], EPOLLIN);
    }
    bare_measure(run);
    return 0;
}
