/* Lesson 23: how many workers does a blocking server need? */
#include "bench/judge/lesson.h"

/* 600 requests a second, each with a worker for 10 ms: 6 are busy on average. */
#define WAIT "-d epoll -c 512 -t 10ms -n 700 --arrivals poisson --rate 600 -S threadpool:"

/* 200 requests a second, each with a CPU for 4 ms. */
#define WORK "-d epoll -c 512 -t 0 --work 4ms -n 200 --arrivals poisson --rate 200 -S threadpool:"

static double involuntary_switches(const struct run_view *view)
{
    int64_t switches = view->usage[USAGE_SERVER][USAGE_INVOLUNTARY_SWITCHES];
    return switches == USAGE_NOT_AVAILABLE ? NAN : (double)switches / (double)view->run->completed;
}

static double peak_resident(const struct run_view *view)
{
    int64_t bytes = view->usage[USAGE_SERVER][USAGE_PEAK_RSS_BYTES];
    return bytes == USAGE_NOT_AVAILABLE ? NAN : (double)bytes;
}

static const struct evidence_rule evidence[] = {
    RATIO("pool-7", "pool-12", figure_latency_p99, AT_LEAST, 1.3, "p99 with 7 workers / with 12"),
    RATIO("pool-24", "pool-12", figure_latency_p99, AT_MOST, 1.3, "p99 with 24 workers / with 12"),
    RATIO("pool-192", "pool-12", figure_latency_p99, AT_MOST, 1.3,
          "p99 with 192 workers / with 12"),
    RATIO("pool-192", "pool-12", peak_resident, AT_LEAST, 1.3,
          "server memory with 192 workers / with 12"),
    SHOW("pool-7", figure_latency_p99, "s", "p99 with 7 workers"),
    SHOW("pool-9", figure_latency_p99, "s", "p99 with 9 workers"),
    SHOW("pool-12", figure_latency_p99, "s", "p99 with 12 workers"),
    SHOW("pool-24", figure_latency_p99, "s", "p99 with 24 workers"),
    SHOW("pool-192", figure_latency_p99, "s", "p99 with 192 workers"),
    SHOW("pool-7", figure_server_cpu_per_request, "s", "server CPU per request with 7 workers"),
    SHOW("pool-12", figure_server_cpu_per_request, "s", "server CPU per request with 12 workers"),
    SHOW("pool-192", figure_server_cpu_per_request, "s", "server CPU per request with 192 workers"),
    SHOW("pool-12", peak_resident, "bytes", "server memory with 12 workers"),
    SHOW("pool-192", peak_resident, "bytes", "server memory with 192 workers"),
    SHOW("work-2", figure_latency_p99, "s", "work: p99 with 2 workers"),
    SHOW("work-192", figure_latency_p99, "s", "work: p99 with 192 workers"),
    SHOW("work-2", involuntary_switches, "", "work: involuntary switches per request, 2 workers"),
    SHOW("work-192", involuntary_switches, "",
         "work: involuntary switches per request, 192 workers"),
    {0},
};

LESSON(pool_size) = {
    .number = 23,
    .name = "pool-size",
    .title = "How large a pool? A few more than are busy",
    .question = "600 requests a second keep a worker for 10 ms each. How many workers?",
    .claim = "With 7 workers p99 is at least 1.3 times that with 12; with 24 and with 192 it is at "
             "most 1.3 times that with 12, and the server's memory with 192 at least 1.3 times",
    .theory = "600/s times 10 ms is 6 busy workers (Little). The number that is busy varies like "
              "its square root, so 6 and 2 or 3 times 2.4 are enough (Halfin, Whitt, 1981); "
              "more are idle, and cost memory",
    .variants = {{"pool-7", WAIT "7"},
                 {"pool-9", WAIT "9"},
                 {"pool-12", WAIT "12"},
                 {"pool-24", WAIT "24"},
                 {"pool-192", WAIT "192"},
                 {"work-2", WORK "2"},
                 {"work-192", WORK "192"}},
    .evidence = evidence,
};
