/* Lesson 14: in a closed loop a server stall hardly shows in the percentiles. */
#include "bench/judge/lesson.h"

/* Requests on a schedule, at the mean rate of the closed loop with its stall: 500 in 1.6 s. */
#define OPEN "--arrivals constant --rate 320"

static const struct evidence_rule evidence[] = {
    VALUE("closed", figure_latency_max, "s", AT_LEAST, 0.9, "closed loop: longest request"),
    VALUE("closed", figure_latency_p99, "s", AT_MOST, 0.1, "closed loop: p99 of the latency"),
    RATIO("open", "closed", figure_makespan, AT_LEAST, 0.8, "makespan, open loop / closed loop"),
    VALUE("open", figure_latency_p99, "s", AT_LEAST, 0.5, "open loop: p99 of the latency"),
    VALUE("open", figure_service_p99, "s", AT_MOST, 0.1, "open loop: p99 of the service time"),
    VALUE("open-steady", figure_latency_p99, "s", AT_MOST, 0.1,
          "open loop without a stall: p99 of the latency"),
    {0},
};

LESSON(coordinated_omission) = {
    .number = 14,
    .name = "coordinated-omission",
    .title = "Coordinated omission: a closed loop hides a stall",
    .question = "The server stalls once, for 1 s. Does p99 show it?",
    .claim = "In a closed loop p99 does not show the stall. In an open loop that sends no more "
             "requests per second it is most of a second from the intended start, and small from "
             "the actual start",
    .theory = "a closed loop sends nothing while it waits, so the requests that the stall would "
              "have delayed are never sent (Tene, 2013). An open loop sends on a schedule: those "
              "requests are late, and their latency counts from when they were to start",
    .variants = {{"closed", "-d sequential -w pause -k -n 500 -t 1ms --time-box 0"},
                 {"open", "-d sequential -w pause -k -n 500 -t 1ms --time-box 0 " OPEN},
                 {"open-steady", "-d sequential -w randint -k -n 500 -t 1ms --time-box 0 " OPEN}},
    .evidence = evidence,
};
