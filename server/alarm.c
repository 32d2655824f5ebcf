#include "alarm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

static const nsec_t FIRED = -1;

int alarm_open(struct alarm *alarm, struct error *error)
{
    alarm->set = INT64_MAX;
    alarm->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return alarm->fd < 0 ? error_errno(error, errno, "cannot create a timer") : 0;
}

void alarm_close(struct alarm *alarm)
{
    close(alarm->fd);
}

void alarm_set(struct alarm *alarm, nsec_t when)
{
    if (alarm->set != FIRED && when >= alarm->set)
        return;
    struct itimerspec setting = {.it_value = clock_timespec(when == INT64_MAX ? 0 : when)};
    timerfd_settime(alarm->fd, TFD_TIMER_ABSTIME, &setting, NULL);
    alarm->set = when;
}

void alarm_fired(struct alarm *alarm)
{
    alarm->set = FIRED;
}
