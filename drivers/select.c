/* select: one thread, one select() over all sockets.
 *
 * The oldest of the calls that wait for many descriptors: two bit sets go in, one bit for each
 * descriptor to read or write, and come back with only the ready ones set. So they are copied for
 * every call, the kernel checks each socket in them, and the program scans all bits to find the
 * ready ones: a wake-up costs O(highest descriptor). Where requests start by a schedule, pselect()
 * waits until the next is due.
 *
 * The limit is worse than the cost. A set has FD_SETSIZE (1024) bits, and the number of a
 * descriptor must fit, not the count of those waited for. FD_SET does not check: a program that
 * happens to have a thousand files open writes its 1025th bit beyond the set. So every descriptor
 * is checked here before it is added, and one that does not fit is a request that failed with
 * EMFILE. Choose poll() instead: it is as portable today. */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/select.h>

#include "engine/intake.h"

/* Allowance for other descriptors of the process: standard streams, the server's pipes, records,
 * counters, inherited ones. Setup counts the free ones exactly. */
enum { OTHER_DESCRIPTORS = 64 };

struct loop {
    struct intake intake;
    unsigned slots;
    struct exchange *exchanges;
    int highest;                     /* of the descriptors waited for in this batch */
    fd_set readers, writers;         /* descriptors that wait, each in at most one set */
    struct exchange *of[FD_SETSIZE]; /* the exchange of each descriptor that waits */
};

static void slot_wait(struct loop *loop, struct exchange *exchange, enum exchange_want want)
{
    int fd = exchange->fd; /* below FD_SETSIZE: checked in slot_continue */
    FD_SET(fd, want == EXCHANGE_READ ? &loop->readers : &loop->writers);
    loop->of[fd] = exchange;
    if (fd > loop->highest)
        loop->highest = fd;
}

/* Wait for what the exchange needs; when its request is over, begin the next. Returns false if
 * there is none, or none yet. */
static bool slot_continue(struct loop *loop, struct exchange *exchange, enum exchange_want want)
{
    while (want == EXCHANGE_OVER) {
        ptrdiff_t index = intake_next(&loop->intake, exchange);
        if (index < 0)
            return false;
        want = exchange_begin(exchange, loop->intake.batch, (size_t)index);
        if (want != EXCHANGE_OVER && exchange->fd >= FD_SETSIZE)
            want = exchange_on_socket(exchange, -EMFILE); /* closes it */
        if (want != EXCHANGE_OVER)
            want = exchange_step(exchange);
    }
    slot_wait(loop, exchange, want);
    return true;
}

/* Step the exchanges of the `ready` descriptors set in the sets. Returns how many slots have no
 * request now. */
static unsigned step_ready(struct loop *loop, const fd_set *readable, const fd_set *writable,
                           int ready)
{
    unsigned done = 0;
    for (int fd = 0; ready > 0; fd++) {
        if (!FD_ISSET(fd, readable) && !FD_ISSET(fd, writable))
            continue;
        ready--;
        FD_CLR(fd, &loop->readers);
        FD_CLR(fd, &loop->writers);
        done += !slot_continue(loop, loop->of[fd], exchange_step(loop->of[fd]));
    }
    return done;
}

/* Sleep until a socket is ready, or a request due for which a slot is free. */
static int loop_wait(const struct loop *loop, fd_set *readable, fd_set *writable)
{
    nsec_t left = intake_wait(&loop->intake);
    *readable = loop->readers;
    *writable = loop->writers;
    if (left == INT64_MAX)
        return select(loop->highest + 1, readable, writable, NULL, NULL);
    const struct timespec timeout = clock_timespec(left); /* select's are in microseconds */
    return pselect(loop->highest + 1, readable, writable, NULL, &timeout, NULL);
}

static int select_run(void *state, struct batch *batch, struct error *error)
{
    struct loop *loop = state;
    struct exchange *free;
    unsigned active = 0;
    loop->highest = -1;
    intake_begin(&loop->intake, batch);
    /* EXCHANGE_OVER: each slot begins its first request. */
    for (unsigned i = 0; i < loop->slots; i++)
        active += slot_continue(loop, &loop->exchanges[i], EXCHANGE_OVER);
    while (active > 0 || intake_is_waiting(&loop->intake)) {
        fd_set readable, writable;
        int ready = loop_wait(loop, &readable, &writable);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "select() up to descriptor %d", loop->highest);
        active -= step_ready(loop, &readable, &writable, ready);
        while ((free = intake_free(&loop->intake)))
            active += slot_continue(loop, free, EXCHANGE_OVER);
    }
    return 0;
}

static void select_teardown(void *state)
{
    struct loop *loop = state;
    exchange_close_slots(loop->exchanges, loop->slots, sizeof(*loop->exchanges));
    free(loop);
}

/* How many free descriptors fit into a set: open() returns the lowest free number. */
static unsigned free_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        count += fcntl(fd, F_GETFD) < 0;
    return count;
}

static void *select_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    unsigned available = free_descriptors();
    if (available < load->concurrency) {
        error_set(error,
                  "select() is limited to descriptors below %d: %u of them are free, %u are "
                  "needed; lower the concurrency, or use poll",
                  FD_SETSIZE, available, load->concurrency);
        return NULL;
    }
    struct loop *loop = xcalloc(1, sizeof(*loop));
    loop->slots = load->concurrency;
    loop->exchanges = exchange_open_slots(load, 0, loop->slots, sizeof(*loop->exchanges),
                                          EXCHANGE_NONBLOCKING, error);
    if (loop->exchanges)
        return loop;
    select_teardown(loop);
    return NULL;
}

const struct driver driver_select = {
    .name = "select",
    .summary = "one thread, select() over non-blocking sockets below descriptor 1024",
    .model = MODEL_READINESS,
    .concurrency_max = FD_SETSIZE - OTHER_DESCRIPTORS,
    .limited_by = "FD_SETSIZE",
    .setup = select_setup,
    .run = select_run,
    .teardown = select_teardown,
};
