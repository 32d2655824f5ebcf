/* Lesson 16: timers. How much longer than asked for does a sleep take? */
#include "bench/judge/lesson.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/clock.h"

static double overshoot(const struct run_view *view)
{
    static const nsec_t requested = 1300 * NSEC_PER_USEC; /* workloads/timers.c */
    double *late = calloc(view->sample_count + 1, sizeof(*late));
    if (!late || !view->sample_count) {
        free(late);
        return NAN;
    }
    for (size_t i = 0; i < view->sample_count; i++)
        late[i] = clock_seconds(view->samples[i].end - view->samples[i].start - requested);
    double median = stats_median(late, view->sample_count);
    free(late);
    return median;
}

static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "epoll", overshoot, "s", AT_LEAST, 0.0006,
                   "epoll_wait() sleeps 1.3 ms as 2 ms: late by");
    evidence_value(evidence, "nanosleep", overshoot, "s", AT_MOST, 0.0003,
                   "nanosleep() is late by its slack of 50 us and the wake-up");
    evidence_value(evidence, "timerfd", overshoot, "s", AT_MOST, 0.0003,
                   "a timerfd is late by the wake-up");
    evidence_ratio(evidence, "epoll", "timerfd", overshoot, AT_LEAST, 2,
                   "epoll_wait()'s over the timerfd's");
    evidence_ratio(evidence, "nanosleep", "timerfd", overshoot, AT_LEAST, 1,
                   "nanosleep()'s over the timerfd's");
}

LESSON(timers) = {
    .number = 16,
    .name = "timers",
    .title = "Timers: nanosleep, epoll's milliseconds, timerfd",
    .question = "A program wants to sleep for 1.3 ms. When does it wake?",
    .claim = "epoll_wait() counts in whole milliseconds, so that 1.3 becomes 2; nanosleep() adds "
             "the timer slack; a timerfd is closest",
    .theory = "epoll_wait() takes milliseconds, so 1.3 must become 2; a sleep may be late by the "
              "slack, 50 us unless prctl(PR_SET_TIMERSLACK) says otherwise",
    .variants = {{"nanosleep", "-d sequential -w nanosleep -n 300"},
                 {"epoll", "-d sequential -w epoll-timeout -n 300"},
                 {"timerfd", "-d sequential -w timerfd -n 300"}},
    .samples = true,
    .judge = judge,
};
