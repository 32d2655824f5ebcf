/* Lesson 13: a few slow requests delay the fast ones in a small pool. */
#include "bench/judge/lesson.h"

#include <math.h>
#include <stdlib.h>

#include "bench/base/stats.h"
#include "lib/clock.h"

/* p99 of the completion times of the fast requests, from the run's start, when all of them were
 * due. The index decides which requests are slow: see workloads/uneven.c. */
static double fast_p99(const struct run_view *view)
{
    double *ends = xcalloc(view->sample_count + 1, sizeof(*ends));
    size_t n = 0;
    for (size_t i = 0; i < view->sample_count; i++)
        if (view->samples[i].request % 100 != 49)
            ends[n++] = clock_seconds(view->samples[i].end);
    qsort(ends, n, sizeof(*ends), stats_compare_doubles);
    double p99 = n ? stats_quantile(ends, n, 0.99) : NAN;
    free(ends);
    return p99;
}

static const struct evidence_rule evidence[] = {
    RATIO("pool-slow", "pool", fast_p99, AT_LEAST, 2,
          "pool of 8: p99 of the fast requests with 1% slow ones / without"),
    RATIO("loop-slow", "loop", fast_p99, AT_MOST, 1.5,
          "loop: p99 of the fast requests with 1% slow ones / without"),
    RATIO("pool-slow", "loop-slow", fast_p99, AT_LEAST, 2,
          "p99 of the fast requests with 1% slow ones, pool / loop"),
    {0},
};

LESSON(head_of_line) = {
    .number = 13,
    .name = "head-of-line",
    .title = "Head-of-line blocking: 1% slow requests delay a small pool",
    .question = "One request in a hundred takes 2 s longer. Which others are delayed?",
    .claim = "With 8 slots, here a thread pool, fast requests wait behind slow ones; with a slot "
             "for each, here an event loop, they do not",
    .theory = "a slow request occupies one of 8 threads for 2 s, and 8 of them occupy the pool; in "
              "an event loop each takes only a socket",
    .variants = {{"pool", "-d threadpool -w randint -s closed -c 8 -n 800 -t 5ms"},
                 {"pool-slow", "-d threadpool -w slow -s closed -c 8 -n 800 -t 5ms"},
                 {"loop", "-d libev -w randint -s burst -c 800 -t 5ms"},
                 {"loop-slow", "-d libev -w slow -s burst -c 800 -t 5ms"}},
    .repetitions = 8, /* the loop takes 50 ms, and its ratio of 1 needs a narrow interval */
    .samples = true,
    .pictures = "waterfall",
    .evidence = evidence,
};
