/* Sleeping for 1.3 ms by three calls, to compare their overshoot: nanosleep() may exceed its time
 * by the timer slack (50 us by default), epoll_wait() takes whole milliseconds, so the time is
 * rounded up, and a timerfd takes nanoseconds and is not subject to the slack. No server; each
 * request is one sleep. */
#include "workloads.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define TIMERS_SLEEP (1300 * NSEC_PER_USEC)

static enum job_result failed(struct job *job)
{
    job->errnum = errno;
    return JOB_FAILED;
}

static enum job_result nanosleep_work(struct job *job)
{
    (void)job;
    struct timespec left = clock_timespec(TIMERS_SLEEP);
    while (nanosleep(&left, &left) < 0)
        continue;
    return JOB_DONE;
}

/* The descriptor of a slot. */
static void *open_fd(int fd, struct error *error)
{
    if (fd < 0) {
        error_errno(error, errno, "cannot open a timer's descriptor");
        return NULL;
    }
    int *kept = xcalloc(1, sizeof(*kept));
    *kept = fd;
    return kept;
}

static void close_fd(void *context)
{
    close(*(int *)context);
    free(context);
}

static void *epoll_open(const struct load *load, struct error *error)
{
    (void)load;
    return open_fd(epoll_create1(EPOLL_CLOEXEC), error);
}

static enum job_result epoll_work(struct job *job)
{
    struct epoll_event none;
    int milliseconds = (int)((TIMERS_SLEEP + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
    return epoll_wait(*(int *)job->context, &none, 1, milliseconds) == 0 ? JOB_DONE : failed(job);
}

static void *timerfd_open(const struct load *load, struct error *error)
{
    (void)load;
    return open_fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), error);
}

static enum job_result timerfd_work(struct job *job)
{
    int fd = *(int *)job->context;
    const struct itimerspec due = {.it_value = clock_timespec(TIMERS_SLEEP)};
    uint64_t expirations;
    if (timerfd_settime(fd, 0, &due, NULL) < 0 ||
        read(fd, &expirations, sizeof(expirations)) != sizeof(expirations))
        return failed(job);
    return JOB_DONE;
}

const struct workload workload_nanosleep = {
    .name = "nanosleep",
    .summary = "sleep 1.3 ms by nanosleep()",
    .local = true,
    .work = nanosleep_work,
};

const struct workload workload_epoll_timeout = {
    .name = "epoll-timeout",
    .summary = "sleep 1.3 ms by epoll_wait()'s timeout",
    .local = true,
    .open = epoll_open,
    .close = close_fd,
    .work = epoll_work,
};

const struct workload workload_timerfd = {
    .name = "timerfd",
    .summary = "sleep 1.3 ms by a timerfd",
    .local = true,
    .open = timerfd_open,
    .close = close_fd,
    .work = timerfd_work,
};
