#include "due_timer.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

int due_timer_open(struct error *error)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return timer < 0 ? error_errno(error, errno, "timerfd_create") : timer;
}

void due_timer_set(int timer, nsec_t due)
{
    const struct itimerspec when = {.it_value = clock_timespec(due)};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

int loop_timer_prepare(struct loop_timer *timer, const struct batch *batch, struct error *error)
{
    if (!batch->schedule || timer->open)
        return 0;
    timer->fd = due_timer_open(error);
    timer->open = timer->fd >= 0;
    return timer->open ? 1 : -1;
}

void loop_timer_close(struct loop_timer *timer)
{
    if (timer->open)
        close(timer->fd);
    *timer = (struct loop_timer){0};
}

bool loop_timer_start(struct loop_timer *timer, const struct intake *intake)
{
    if (timer->watched)
        return false;
    due_timer_set(timer->fd, intake_due(intake));
    timer->watched = true;
    return true;
}

bool loop_timer_stop(struct loop_timer *timer, const struct intake *intake)
{
    timer->watched = intake_is_waiting(intake);
    if (timer->watched)
        due_timer_set(timer->fd, intake_due(intake));
    return !timer->watched;
}
