/* Lesson 21: the same mean load, closed and open. */
#include "bench/judge/lesson.h"

/* Three of four workers are busy on average: closed, always three; open, from none to all and a
 * queue. */
#define LOAD "-S threadpool:4 -d epoll -t 10ms -n 350 "

/* One worker, which one request in the middle occupies for 1 s. */
#define STALL "-S iterative -d epoll -t 1ms -n 300 -w pause "

static const struct evidence_rule evidence[] = {
    RATIO("open", "closed", figure_makespan, AT_LEAST, 0.8, "makespan, open / closed"),
    RATIO("open", "closed", figure_latency_p99, AT_LEAST, 1.3, "p99 of the latency, open / closed"),
    RATIO("open-stall", "closed-stall", figure_makespan, AT_LEAST, 0.8,
          "makespan with a stall, open / closed"),
    VALUE("closed-stall", figure_latency_p99, "s", AT_MOST, 0.2,
          "closed, with a stall: p99 of the latency"),
    VALUE("open-stall", figure_latency_p99, "s", AT_LEAST, 0.5,
          "open, with a stall: p99 of the latency"),
    SHOW("closed", figure_latency_p50, "s", "closed: median latency"),
    SHOW("open", figure_latency_p50, "s", "open: median latency"),
    SHOW("closed", figure_latency_p99, "s", "closed: p99 of the latency"),
    SHOW("open", figure_latency_p99, "s", "open: p99 of the latency"),
    {0},
};

LESSON(open_closed) = {
    .number = 21,
    .name = "open-closed",
    .title = "Open is not closed: the same mean load, two latencies",
    .question = "Two tools send a server the same number of requests per second. Do they measure "
                "the same latency?",
    .claim = "At a throughput that is no higher, p99 under Poisson arrivals is at least 1.3 times "
             "that of a closed loop; and a stall of 1 s is most of a second in it, while p99 of "
             "the closed loop does not show it",
    .theory = "in a closed loop of three, three requests at most are there, and four workers never "
              "let one wait. Poisson arrivals come in clusters: at 75% load of four workers half "
              "of them wait (M/D/4). In a stall the closed loop stops, the open one does not "
              "(Schroeder, Wierman, Harchol-Balter, 2006)",
    .variants = {{"closed", LOAD "-c 3"},
                 {"open", LOAD "-c 350 --arrivals poisson --rate 290"},
                 {"closed-stall", STALL "-c 1"},
                 {"open-stall", STALL "-c 300 --arrivals poisson --rate 220"}},
    .evidence = evidence,
};
