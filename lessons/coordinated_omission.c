/* Lesson 14: in a closed loop a server stall hardly shows in the percentiles. */
#include "bench/judge/lesson.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/clock.h"

/* The time of a request without a stall: the basis of the intended send interval. */
static double usual_interval(const struct run_view *view, double *scratch)
{
    for (size_t i = 0; i < view->sample_count; i++)
        scratch[i] = clock_seconds(view->samples[i].end - view->samples[i].start);
    return stats_median(scratch, view->sample_count);
}

/* p99 of the latency that a schedule would have given: intended starts and latencies are computed
 * afterwards, from the measured service times. No request was sent on that schedule. */
static double intended_p99(const struct run_view *view)
{
    if (!view->sample_count)
        return NAN;
    double *latencies = xcalloc(view->sample_count, sizeof(*latencies));
    /* With 25% to spare, the schedule is kept unless the server stalls. */
    double interval = 1.25 * usual_interval(view, latencies);
    double first = clock_seconds(view->samples[0].start), behind = 0;
    for (size_t i = 0; i < view->sample_count; i++) {
        double took = clock_seconds(view->samples[i].end - view->samples[i].start);
        double intended = first + interval * (double)i;
        double started = intended > behind ? intended : behind; /* the previous one must be over */
        behind = started + took;
        latencies[i] = behind - intended;
    }
    qsort(latencies, view->sample_count, sizeof(*latencies), stats_compare_doubles);
    double p99 = stats_quantile(latencies, view->sample_count, 0.99);
    free(latencies);
    return p99;
}

static const struct evidence_rule evidence[] = {
    VALUE("paused", figure_latency_max, "s", AT_LEAST, 0.9, "longest request: the stall"),
    VALUE("paused", figure_latency_p99, "s", AT_MOST, 0.1, "p99 from the actual start"),
    VALUE("paused", intended_p99, "s", AT_LEAST, 0.5, "p99 from the intended start, computed"),
    VALUE("steady", intended_p99, "s", AT_MOST, 0.1,
          "p99 from the intended start, computed, without a stall"),
    {0},
};

LESSON(coordinated_omission) = {
    .number = 14,
    .name = "coordinated-omission",
    .title = "Coordinated omission: a closed loop hides a stall",
    .question = "The server stalls once, for 1 s. Does p99 show it?",
    .claim = "Measured from each request's actual start, p99 does not show the stall; computed "
             "from an intended start on a schedule, it is most of a second",
    .theory = "a closed loop sends nothing while it waits, so the requests that the stall would "
              "have delayed are never sent (Tene, 2013). The schedule is applied afterwards to "
              "the measured times",
    .variants = {{"paused", "-d sequential -w pause -k -n 1000 -t 1ms --time-box 0"},
                 {"steady", "-d sequential -w randint -k -n 1000 -t 1ms --time-box 0"}},
    .repetitions = 6,
    .samples = true,
    .evidence = evidence,
};
