/* Lesson 1: the talk's chart. The makespan falls as 1/C, up to another limit. */
#include "bench/judge/lesson.h"

#include "lib/clock.h"

/* Throughput times mean latency, divided by the number in flight: 1 by Little's law, while all
 * slots have a request. */
static double little(const struct run_view *view)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < view->sample_count; i++)
        if (view->samples[i].ok) {
            sum += clock_seconds(view->samples[i].end - view->samples[i].start);
            n++;
        }
    return figure_throughput(view) * (sum / (double)n) / view->c->concurrency;
}

static void judge(struct evidence *evidence)
{
    evidence_ratio(evidence, "32", "64", figure_makespan, AT_LEAST, 1.9,
                   "makespan, 32 in flight ÷ 64");
    evidence_ratio(evidence, "64", "128", figure_makespan, AT_LEAST, 1.8,
                   "makespan, 64 in flight ÷ 128");
    evidence_value(evidence, "32", figure_efficiency, "", AT_LEAST, 0.95,
                   "efficiency at 32: ceil(N/C) x delay ÷ makespan");
    evidence_value(evidence, "128", figure_efficiency, "", AT_LEAST, 0.90, "the same at 128");
    evidence_show(evidence, "1024", figure_efficiency, "", "the same at 1024, limited by the CPU");
    evidence_value(evidence, "128", little, "", AT_LEAST, 0.95,
                   "throughput x latency ÷ requests in flight, at 128");
}

LESSON(littles_law) = {
    .number = 1,
    .name = "littles-law",
    .title = "The talk's chart, and Little's law",
    .question = "What do more requests in flight gain?",
    .claim = "Twice as many in flight take half the time, up to the limit of the CPU; throughput "
             "times latency is the number in flight",
    .theory = "N requests, C at a time, each waiting T, take ceil(N/C) x T; and in any steady "
              "state L = lambda x W (Little, 1961)",
    .variants = {{"32", "-d libev -c 32"},
                 {"64", "-d libev -c 64"},
                 {"128", "-d libev -c 128"},
                 {"1024", "-d libev -c 1024"}},
    .samples = true,
    .pictures = "waterfall",
    .judge = judge,
};
