/* Lesson 1: the talk's chart. The makespan falls as 1/C, up to another limit. */
#include "bench/judge/flow.h"
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    RATIO("32", "64", figure_makespan, AT_LEAST, 1.9, "makespan with 32 / with 64 in flight"),
    RATIO("64", "128", figure_makespan, AT_LEAST, 1.8, "makespan with 64 / with 128 in flight"),
    VALUE("32", figure_efficiency, "", AT_LEAST, 0.95, "efficiency with 32 in flight"),
    VALUE("128", figure_efficiency, "", AT_LEAST, 0.90, "efficiency with 128 in flight"),
    SHOW("1024", figure_efficiency, "",
         "efficiency with 1024 in flight, where the CPU is the limit"),
    SHOW("32", figure_arrival_rate, "", "lambda: arrivals per second, with 32 in flight"),
    SHOW("32", figure_departure_rate, "", "departures per second: as many, in a steady state"),
    SHOW("32", figure_mean_latency, "s", "W: mean latency of the requests that depart"),
    SHOW("32", figure_mean_in_flight, "", "L: arrivals minus departures, averaged over time"),
    VALUE("32", figure_littles_law, "", AT_LEAST, 0.95, "lambda x W / L: 1 by Little's law"),
    VALUE("32", figure_littles_law, "", AT_MOST, 1.05, "lambda x W / L: not much more"),
    {0},
};

LESSON(littles_law) = {
    .number = 1,
    .name = "littles-law",
    .title = "The talk's chart, and Little's law",
    .question = "What is the effect of more requests in flight?",
    .claim = "Twice as many in flight take half the time, up to the limit of the CPU; the arrival "
             "rate times the mean latency is the mean number in flight",
    .theory = "N requests, C at a time, each waiting T, take ceil(N/C) x T; and in any steady "
              "state L = lambda x W (Little, 1961), here counted separately between the first C "
              "and the last C arrivals",
    .variants = {{"32", "-d libev -c 32"},
                 {"64", "-d libev -c 64"},
                 {"128", "-d libev -c 128"},
                 {"1024", "-d libev -c 1024"}},
    .samples = true,
    .pictures = "waterfall",
    .evidence = evidence,
};
