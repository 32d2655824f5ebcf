#include "due_timer.h"

#include <errno.h>
#include <sys/timerfd.h>

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
