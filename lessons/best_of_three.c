/* Lesson 3: the runs of lesson 2 are bimodal, and the best of three shows one mode only. */
#include "bench/judge/lesson.h"

/* 1 if a request of the run waited for a SYN retransmission, else 0. */
static double waited_a_second(const struct run_view *view)
{
    return view->run->latency_max >= NSEC_PER_SEC;
}

/* The share of a run's requests that waited that second, which the median latency does not show. */
static double share_above_a_second(const struct run_view *view)
{
    size_t above = 0;
    for (size_t i = 0; i < view->sample_count; i++)
        above += view->samples[i].end - view->samples[i].start >= NSEC_PER_SEC;
    return (double)above / (double)view->sample_count;
}

static const struct evidence_rule evidence[] = {
    LEAST("some", figure_makespan, "s", AT_MOST, 1.0, "makespan of the fastest run"),
    MOST("some", figure_makespan, "s", AT_LEAST, 1.0, "makespan of the slowest run"),
    LEAST("some", waited_a_second, "", AT_MOST, 0,
          "a request waited 1 s (0 or 1): minimum over the runs"),
    MOST("some", waited_a_second, "", AT_LEAST, 1,
         "a request waited 1 s (0 or 1): maximum over the runs"),
    SHOW("some", share_above_a_second, "", "share of the requests that waited 1 s"),
    MOST("none", figure_latency_max, "s", AT_MOST, 1.0,
         "longest request in any run, large backlog"),
    {0},
};

LESSON(best_of_three) = {
    .number = 3,
    .name = "best-of-three",
    .title = "The best of three hides slow runs",
    .question = "Why does the talk's way of timing, the mean of the best three runs, not show the "
                "second of lesson 2?",
    .claim = "Above the backlog there are two kinds of runs, with a dropped SYN and without, a "
             "second apart; the best run shows one kind only",
    .theory = "whether the queue overflows is a race between client and server in each run: the "
              "result is a mixture of two distributions, which one number cannot describe",
    .variants = {{"some", "-d threadpool -s burst -c 400 -b 100"},
                 {"none", "-d threadpool -s burst -c 400 -b 4096"}},
    .repetitions = 20, /* enough to have both kinds */
    .samples = true,
    .pictures = "runs",
    .evidence = evidence,
};
