/* Lesson 3: the best of three hides what lesson 2 shows, for the runs are bimodal. */
#include "bench/judge/lesson.h"

/* Is a run of the slow kind: did it wait for a SYN to be sent again? */
static double waited_a_second(const struct run_view *view)
{
    return view->run->latency_max >= NSEC_PER_SEC;
}

/* How much of a run's requests waited for that second: what a median of latencies never shows. */
static double share_above_a_second(const struct run_view *view)
{
    size_t above = 0;
    for (size_t i = 0; i < view->sample_count; i++)
        above += view->samples[i].end - view->samples[i].start >= NSEC_PER_SEC;
    return (double)above / (double)view->sample_count;
}

static void judge(struct evidence *evidence)
{
    evidence_least(evidence, "some", figure_makespan, "s", AT_MOST, 1.0,
                   "the best run: as if nothing had happened");
    evidence_most(evidence, "some", figure_makespan, "s", AT_LEAST, 1.0,
                  "the worst run: a second more");
    evidence_least(evidence, "some", waited_a_second, "", AT_MOST, 0,
                   "least over the runs of: did a request wait 1 s (0 or 1)");
    evidence_most(evidence, "some", waited_a_second, "", AT_LEAST, 1, "most of the same");
    evidence_show(evidence, "some", share_above_a_second, "",
                  "share of the requests that waited 1 s");
    evidence_most(evidence, "none", figure_latency_max, "s", AT_MOST, 1.0,
                  "longest request in any run, with a backlog that is large enough");
}

LESSON(best_of_three) = {
    .number = 3,
    .name = "best-of-three",
    .title = "The best of three hides it",
    .question = "Runs above the backlog: what does the mean of the best three, the talk's way of "
                "timing, say of them?",
    .claim = "Above the backlog, runs are of two kinds, with a dropped SYN and without, a second "
             "apart; the best of them tells of one kind only",
    .theory = "whether the queue overflows is a race between client and server, run by run: a "
              "mixture of two distributions, which one number cannot stand for",
    .variants = {{"some", "-d threadpool -s burst -c 400 -b 100"},
                 {"none", "-d threadpool -s burst -c 400 -b 4096"}},
    .repetitions = 20, /* so that both kinds are among them */
    .samples = true,
    .pictures = "runs",
    .judge = judge,
};
