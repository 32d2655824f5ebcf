/* epoll: one thread, and the kernel keeps the list of sockets.
 *
 * select() and poll() are passed all C sockets on every call. With epoll a socket is registered
 * once (epoll_ctl), and epoll_wait returns those that are ready, many at a time, each with the
 * pointer it was registered with: a wake-up costs what is ready, not what waits. Its timeout is in
 * milliseconds; where requests start by a schedule, epoll_pwait2 (Linux 5.11) waits until the next
 * is due, to the nanosecond. Event libraries use epoll on Linux; here it is used directly. Choose
 * it if a library is too much or in the way.
 *
 * There are two modes, which differ in when a socket is reported:
 *
 * Level-triggered (`epoll`): as long as it is ready. This is forgiving: what was not read is
 * reported again, for which the kernel checks every reported socket once more at the next call. The
 * registration has the direction, reading or writing, that a slot waits for, so each change takes a
 * system call. Changes are rare: most requests fit the socket's buffer at once, and the slot then
 * waits for responses only. A new connection costs one epoll_ctl, a kept one none after that.
 *
 * Edge-triggered (`epoll-et`): once, when it becomes ready. A socket is registered once for all
 * events, so changing direction costs no call. But the program has to remember each report until a
 * read or write moves less than it could have: if it stops earlier, or misses that the peer has
 * closed the connection, it waits forever for an event that was already reported. And events are
 * reported that nothing waits for: every new connection is writable, which wakes the loop once.
 * Choose it if directions change often or several threads share one epoll descriptor; otherwise
 * level-triggered is safer and costs about the same. */
#include "epoll.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "engine/intake.h"

enum { EVENTS_MAX = 256 }; /* that one epoll_wait can return */

struct slot {
    struct exchange exchange;
    uint32_t registered;     /* events its connection is registered for; 0: not registered */
    uint32_t edges;          /* edge-triggered: events reported and not yet exhausted */
    enum exchange_want want; /* what it waits for; OVER: no request */
};

_Static_assert(sizeof(struct slot) + sizeof(struct sample) <= CONNECTION_BYTES_MAX,
               "a million connections");

struct epoll_loop {
    int epoll;
    bool edge_triggered;
    struct intake intake;
    unsigned slot_count;
    struct slot *slots;
};

static uint32_t events_for(enum exchange_want want)
{
    return want == EXCHANGE_READ ? EPOLLIN : want == EXCHANGE_WRITE ? EPOLLOUT : 0;
}

/* Register the slot's connection for the readiness it waits for. */
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

/* Edge-triggered: step as long as the event it waits for was reported and is not exhausted. A
 * connection that is ready when it is registered is reported at once. */
static enum exchange_want slot_step(const struct epoll_loop *loop, struct slot *slot)
{
    enum exchange_want want;
    do {
        want = exchange_step(&slot->exchange);
        if (!loop->edge_triggered)
            return want;
        if (slot->exchange.exhausted && want == EXCHANGE_WRITE)
            slot->edges &= ~(uint32_t)EPOLLOUT;
        else if (slot->exchange.exhausted &&
                 !(slot->edges & EPOLLRDHUP)) /* end of file stays readable */
            slot->edges &= ~(uint32_t)EPOLLIN;
    } while (slot->edges & events_for(want));
    return want;
}

/* Wait for what the exchange needs; when its request is over, begin the next. Returns false if
 * there is none, or none yet. */
static bool slot_continue(struct epoll_loop *loop, struct slot *slot, enum exchange_want want)
{
    struct exchange *exchange = &slot->exchange;
    for (;;) {
        while (want == EXCHANGE_OVER) {
            if (exchange->fd < 0)
                slot->registered = slot->edges = 0; /* closing it removed it from epoll */
            slot->want = EXCHANGE_OVER;
            ptrdiff_t index = intake_next(&loop->intake, exchange);
            if (index < 0)
                return false;
            want = exchange_begin(exchange, loop->intake.batch, (size_t)index);
            if (want != EXCHANGE_OVER)
                want = slot_step(loop, slot);
        }
        slot->want = want;
        if (slot_register(loop, slot) == 0)
            return true;
        want = exchange_on_socket(exchange, -errno); /* unusable: epoll will not report it */
    }
}

/* Handle an event. Returns false if it ended the slot's request and there is no other for it. */
static bool slot_reported(struct epoll_loop *loop, struct slot *slot, uint32_t events)
{
    if (loop->edge_triggered) {
        slot->edges |= events;
        if (events & (EPOLLERR | EPOLLHUP))
            slot->edges |= EPOLLIN | EPOLLOUT; /* the next operation will return the error */
        if (!(slot->edges & events_for(slot->want)))
            return true;
    } else if (slot->want == EXCHANGE_OVER) {
        /* The server closed an idle kept connection; its next request will fail. If it stayed
         * registered, it would be reported forever. */
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, slot->exchange.fd, NULL);
        slot->registered = 0;
        return true;
    }
    return slot_continue(loop, slot, slot_step(loop, slot));
}

int epoll_loop_run(void *state, struct batch *batch, struct error *error)
{
    struct epoll_loop *loop = state;
    struct exchange *free;
    unsigned active = 0;
    intake_begin(&loop->intake, batch);
    /* EXCHANGE_OVER: each slot begins its first request. */
    for (unsigned i = 0; i < loop->slot_count; i++)
        active += slot_continue(loop, &loop->slots[i], EXCHANGE_OVER);
    while (active > 0 || intake_is_waiting(&loop->intake)) {
        struct epoll_event events[EVENTS_MAX];
        int ready = intake_epoll_wait(&loop->intake, loop->epoll, events, EVENTS_MAX);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "epoll_wait");
        for (int i = 0; i < ready; i++)
            active -= !slot_reported(loop, events[i].data.ptr, events[i].events);
        while ((free = intake_free(&loop->intake)))
            active += slot_continue(loop, (struct slot *)free, EXCHANGE_OVER);
    }
    return 0;
}

void epoll_loop_free(void *state)
{
    struct epoll_loop *loop = state;
    exchange_close_slots(loop->slots, loop->slot_count, sizeof(*loop->slots));
    if (loop->epoll >= 0)
        close(loop->epoll);
    free(loop);
}

struct epoll_loop *epoll_loop_make(const struct load *load, unsigned first, unsigned slots,
                                   bool edge_triggered, struct error *error)
{
    struct epoll_loop *loop = xcalloc(1, sizeof(*loop));
    loop->edge_triggered = edge_triggered;
    loop->slot_count = slots;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    int result = loop->epoll < 0 ? error_errno(error, errno, "epoll_create1") : 0;
    if (result == 0)
        loop->slots = exchange_open_slots(load, first, slots, sizeof(*loop->slots),
                                          EXCHANGE_NONBLOCKING, error);
    for (unsigned i = 0; loop->slots && i < slots && result == 0; i++) {
        struct slot *slot = &loop->slots[i];
        slot->want = EXCHANGE_READ; /* what a kept connection waits for */
        if (slot->exchange.fd >= 0 && slot_register(loop, slot) < 0)
            result = error_errno(error, errno, "connection %u: epoll_ctl", first + i);
        slot->want = EXCHANGE_OVER;
    }
    if (loop->slots && result == 0)
        return loop;
    epoll_loop_free(loop);
    return NULL;
}

int epoll_probe_schedule(const struct driver *self, struct error *why)
{
    const struct timespec none = {0};
    struct epoll_event event;
    if (epoll_pwait2(-1, &event, 1, &none, NULL) == 0 || errno != ENOSYS)
        return 0;
    return error_set(why,
                     "%s waits for the time of a request with epoll_pwait2, which this kernel "
                     "lacks: Linux 5.11 or later is needed for open arrivals",
                     self->name);
}

static void *epoll_setup(const struct driver *self, const struct load *load, struct error *error)
{
    return epoll_loop_make(load, 0, load->concurrency, self->config != NULL, error);
}

const struct driver driver_epoll = {
    .name = "epoll",
    .summary = "one thread, epoll without a library, level-triggered",
    .model = MODEL_READINESS,
    .kernel = "epoll",
    .probe_schedule = epoll_probe_schedule,
    .setup = epoll_setup,
    .run = epoll_loop_run,
    .teardown = epoll_loop_free,
};

const struct driver driver_epoll_et = {
    .name = "epoll-et",
    .summary = "one thread, epoll without a library, edge-triggered",
    .model = MODEL_READINESS,
    .kernel = "epoll",
    .config = "edge-triggered",
    .probe_schedule = epoll_probe_schedule,
    .setup = epoll_setup,
    .run = epoll_loop_run,
    .teardown = epoll_loop_free,
};
