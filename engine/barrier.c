#include "barrier.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sleep while the state is this one, for at most `timeout` (0: for ever). Shared: the two processes
 * map the barrier at different addresses. */
static void futex_wait(struct barrier *barrier, enum barrier_state state, nsec_t timeout)
{
    struct timespec left = clock_timespec(timeout);
    syscall(SYS_futex, &barrier->state, FUTEX_WAIT, state, timeout ? &left : NULL, NULL, 0);
}

static void change(struct barrier *barrier, enum barrier_state state)
{
    atomic_store(&barrier->state, state);
    syscall(SYS_futex, &barrier->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void barrier_close(struct barrier *barrier)
{
    atomic_store(&barrier->state, BARRIER_CLOSED);
}

bool barrier_is_reached(struct barrier *barrier, nsec_t timeout)
{
    if (atomic_load(&barrier->state) == BARRIER_CLOSED && timeout > 0)
        futex_wait(barrier, BARRIER_CLOSED, timeout);
    return atomic_load(&barrier->state) >= BARRIER_REACHED;
}

void barrier_open(struct barrier *barrier, nsec_t instant)
{
    barrier->instant = instant;
    change(barrier, BARRIER_OPEN);
}

/* Without the timer slack of 50 us, which is put back: a driver's threads inherit it. */
static void sleep_until(nsec_t instant)
{
    const struct timespec point = clock_timespec(instant);
    int slack = prctl(PR_GET_TIMERSLACK);
    prctl(PR_SET_TIMERSLACK, 1);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &point, NULL) == EINTR)
        continue;
    prctl(PR_SET_TIMERSLACK, slack);
}

bool barrier_is_there(const struct barrier *barrier)
{
    return atomic_load_explicit(&barrier->state, memory_order_relaxed) != BARRIER_NONE;
}

void barrier_wait(struct barrier *barrier, nsec_t ahead)
{
    if (!barrier_is_there(barrier))
        return;
    change(barrier, BARRIER_REACHED);
    while (atomic_load(&barrier->state) == BARRIER_REACHED)
        futex_wait(barrier, BARRIER_REACHED, 0);
    sleep_until(barrier->instant - ahead);
}

nsec_t barrier_pass(struct barrier *barrier)
{
    if (!barrier_is_there(barrier))
        return clock_now();
    sleep_until(barrier->instant);
    barrier->lag = clock_now() - barrier->instant;
    return barrier->instant;
}
