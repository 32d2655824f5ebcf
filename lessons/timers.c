/* Lesson 16: timers. By how much does a sleep exceed its time? */
#include "bench/judge/lesson.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/clock.h"

static double overshoot(const struct run_view *view)
{
    static const nsec_t requested = 1300 * NSEC_PER_USEC; /* workloads/timers.c */
    if (!view->sample_count)
        return NAN;
    double *overshoots = xcalloc(view->sample_count, sizeof(*overshoots));
    for (size_t i = 0; i < view->sample_count; i++)
        overshoots[i] = clock_seconds(view->samples[i].end - view->samples[i].start - requested);
    double median = stats_median(overshoots, view->sample_count);
    free(overshoots);
    return median;
}

static const struct evidence_rule evidence[] = {
    VALUE("epoll", overshoot, "s", AT_LEAST, 0.0006,
          "overshoot of epoll_wait(), which sleeps 2 ms"),
    VALUE("nanosleep", overshoot, "s", AT_MOST, 0.0003,
          "overshoot of nanosleep(): timer slack of 50 us and wake-up"),
    VALUE("timerfd", overshoot, "s", AT_MOST, 0.0003, "overshoot of a timerfd: wake-up"),
    RATIO("epoll", "timerfd", overshoot, AT_LEAST, 2, "overshoot, epoll_wait() / timerfd"),
    RATIO("nanosleep", "timerfd", overshoot, AT_LEAST, 1, "overshoot, nanosleep() / timerfd"),
    {0},
};

LESSON(timers) = {
    .number = 16,
    .name = "timers",
    .title = "Timers: nanosleep, epoll's milliseconds, timerfd",
    .question = "A program sleeps for 1.3 ms. When does it wake?",
    .claim = "epoll_wait() takes whole milliseconds, so 1.3 becomes 2; nanosleep() adds the timer "
             "slack; a timerfd is the most precise",
    .theory = "epoll_wait() takes milliseconds, so 1.3 is rounded up to 2; a sleep may exceed its "
              "time by the slack, 50 us unless changed by prctl(PR_SET_TIMERSLACK)",
    .variants = {{"nanosleep", "-d sequential -w nanosleep -n 300"},
                 {"epoll", "-d sequential -w epoll-timeout -n 300"},
                 {"timerfd", "-d sequential -w timerfd -n 300"}},
    .samples = true,
    .evidence = evidence,
};
