/* A 4-ary heap in one array, and a timerfd for its earliest entry.
 *
 * libev's own timers sleep in epoll_wait, whose timeout libev rounds up to a millisecond: as long
 * as a whole batch of responses takes. A timerfd wakes within tens of microseconds, at the cost of
 * a timerfd_settime each time the earliest deadline changes (at most once per loop iteration).
 * Setting it also clears its readability, so it is never read. */
#include "deadlines.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    ARITY = 4,    /* flatter than binary; four children share a cache line */
    AT_ONCE = 16, /* most calls per timer event */
};

static void on_timer(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    deadlines_run(watcher->data, AT_ONCE);
}

/* Before the loop sleeps: set the timer to the earliest deadline, or off. A time in the past makes
 * it fire at once. */
static void on_prepare(struct ev_loop *loop, ev_prepare *watcher, int events)
{
    (void)loop;
    (void)events;
    struct deadlines *deadlines = watcher->data;
    nsec_t next = deadlines->count ? deadlines->heap[0].due : 0;
    if (next == deadlines->armed)
        return;
    struct itimerspec when = {.it_value = clock_timespec(next)};
    timerfd_settime(deadlines->watcher.fd, TFD_TIMER_ABSTIME, &when, NULL);
    deadlines->armed = next;
}

int deadlines_init(struct deadlines *deadlines, struct ev_loop *loop, deadlines_due_fn *on_due,
                   struct error *error)
{
    *deadlines = (struct deadlines){.on_due = on_due};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    ev_io_init(&deadlines->watcher, on_timer, fd, EV_READ);
    ev_prepare_init(&deadlines->prepare, on_prepare);
    if (fd < 0)
        return error_errno(error, errno, "cannot create a timer");
    deadlines->watcher.data = deadlines->prepare.data = deadlines;
    ev_set_priority(&deadlines->watcher, EV_MAXPRI); /* due responses before new requests */
    ev_io_start(loop, &deadlines->watcher);
    ev_prepare_start(loop, &deadlines->prepare);
    return 0;
}

void deadlines_release(struct deadlines *deadlines, struct ev_loop *loop)
{
    ev_io_stop(loop, &deadlines->watcher);
    ev_prepare_stop(loop, &deadlines->prepare);
    if (deadlines->watcher.fd >= 0)
        close(deadlines->watcher.fd);
    free(deadlines->heap);
    *deadlines = (struct deadlines){.watcher.fd = -1};
}

int deadlines_reserve(struct deadlines *deadlines, size_t capacity)
{
    if (capacity <= deadlines->capacity)
        return 0;
    if (capacity < 2 * deadlines->capacity)
        capacity = 2 * deadlines->capacity;
    struct deadline *heap = realloc(deadlines->heap, capacity * sizeof(*heap));
    if (!heap)
        return -1;
    deadlines->heap = heap;
    deadlines->capacity = capacity;
    return 0;
}

void deadlines_add(struct deadlines *deadlines, nsec_t due, void *owner)
{
    struct deadline *heap = deadlines->heap;
    size_t hole = deadlines->count++;
    while (hole > 0) {
        size_t parent = (hole - 1) / ARITY;
        if (heap[parent].due <= due)
            break;
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = (struct deadline){.due = due, .owner = owner};
}

/* Remove the earliest entry, and sift the last one down from the top. */
static struct deadline heap_pop(struct deadlines *deadlines)
{
    struct deadline *heap = deadlines->heap;
    struct deadline first = heap[0];
    struct deadline last = heap[--deadlines->count];
    size_t hole = 0;
    for (;;) {
        size_t child = hole * ARITY + 1;
        if (child >= deadlines->count)
            break;
        size_t end = child + ARITY < deadlines->count ? child + ARITY : deadlines->count;
        size_t least = child;
        while (++child < end)
            if (heap[child].due < heap[least].due)
                least = child;
        if (last.due <= heap[least].due)
            break;
        heap[hole] = heap[least];
        hole = least;
    }
    heap[hole] = last;
    return first;
}

void deadlines_run(struct deadlines *deadlines, unsigned most)
{
    /* The clock is read for each: the previous response took time, so more may be due. */
    while (most-- > 0 && deadlines->count && deadlines->heap[0].due <= clock_now()) {
        struct deadline first = heap_pop(deadlines);
        deadlines->on_due(first.owner, first.due);
    }
}
