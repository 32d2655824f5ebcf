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
                   "makespan with 32 / with 64 in flight");
    evidence_ratio(evidence, "64", "128", figure_makespan, AT_LEAST, 1.8,
                   "makespan with 64 / with 128 in flight");
    evidence_value(evidence, "32", figure_efficiency, "", AT_LEAST, 0.95,
                   "efficiency with 32 in flight");
    evidence_value(evidence, "128", figure_efficiency, "", AT_LEAST, 0.90,
                   "efficiency with 128 in flight");
    evidence_show(evidence, "1024", figure_efficiency, "",
                  "efficiency with 1024 in flight, where the CPU is the limit");
    evidence_value(evidence, "128", little, "", AT_LEAST, 0.95,
                   "throughput x latency / requests in flight, with 128");
}

LESSON(littles_law) = {
    .number = 1,
    .name = "littles-law",
    .title = "The talk's chart, and Little's law",
    .question = "What is the effect of more requests in flight?",
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
