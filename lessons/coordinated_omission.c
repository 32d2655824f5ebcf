/* Lesson 14: a closed loop does not see the stall it meets. */
#include "bench/judge/lesson.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/clock.h"

/* The interval at which requests were meant to be sent: what one takes when nothing stalls. */
static double usual_interval(const struct run_view *view, double *scratch)
{
    for (size_t i = 0; i < view->sample_count; i++)
        scratch[i] = clock_seconds(view->samples[i].end - view->samples[i].start);
    return stats_median(scratch, view->sample_count);
}

/* p99 of the latency from when each request was meant to start, on a schedule. */
static double intended_p99(const struct run_view *view)
{
    double *latencies = calloc(view->sample_count + 1, sizeof(*latencies));
    if (!latencies || !view->sample_count) {
        free(latencies);
        return NAN;
    }
    /* A quarter of room: a schedule that is met when nothing stalls. */
    double interval = 1.25 * usual_interval(view, latencies);
    double first = clock_seconds(view->samples[0].start), behind = 0;
    for (size_t i = 0; i < view->sample_count; i++) {
        double took = clock_seconds(view->samples[i].end - view->samples[i].start);
        double meant = first + interval * (double)i;
        double started = meant > behind ? meant : behind; /* the one before must be over */
        behind = started + took;
        latencies[i] = behind - meant;
    }
    qsort(latencies, view->sample_count, sizeof(*latencies), stats_compare_doubles);
    double p99 = stats_quantile(latencies, view->sample_count, 0.99);
    free(latencies);
    return p99;
}

static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "paused", figure_latency_max, "s", AT_LEAST, 0.9,
                   "the stall: the longest request");
    evidence_value(evidence, "paused", figure_latency_p99, "s", AT_MOST, 0.1,
                   "p99 from the real start: the stall is one request of a thousand");
    evidence_value(evidence, "paused", intended_p99, "s", AT_LEAST, 0.5,
                   "p99 from the intended start: everyone behind it waited");
    evidence_value(evidence, "steady", intended_p99, "s", AT_MOST, 0.1,
                   "p99 from the intended start, without a stall");
}

LESSON(coordinated_omission) = {
    .number = 14,
    .name = "coordinated-omission",
    .title = "Coordinated omission: a closed loop hides the stall it meets",
    .question = "The server stands still once, for 1 s. What does p99 say?",
    .claim = "Timed from when each request really started, p99 knows nothing of the stall; from "
             "when it was meant to start, it is most of a second",
    .theory = "a closed loop sends nothing while it waits, so that the requests which would have "
              "met the stall are never made (Tene, 2013)",
    .variants = {{"paused", "-d sequential -w pause -k -n 1000 -t 1ms --time-box 0"},
                 {"steady", "-d sequential -w randint -k -n 1000 -t 1ms --time-box 0"}},
    .repetitions = 4,
    .samples = true,
    .judge = judge,
};
