/* Lesson 12: Nagle's algorithm and delayed acknowledgements. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    VALUE("split", figure_latency_p50, "s", AT_LEAST, 0.035, "median latency, two writes"),
    VALUE("nodelay", figure_latency_p50, "s", AT_MOST, 0.010,
          "median latency, two writes with TCP_NODELAY"),
    VALUE("whole", figure_latency_p50, "s", AT_MOST, 0.010, "median latency, one write"),
    RATIO("split", "nodelay", figure_makespan, AT_LEAST, 5,
          "makespan without TCP_NODELAY / with it"),
    {0},
};

#define CONNECTIONS " -k -c 8 -n 512 -t 1ms"

LESSON(nagle) = {
    .number = 12,
    .name = "nagle",
    .title = "Nagle's algorithm and delayed ACK: 40 ms",
    .question = "What does sending a request in two small pieces cost?",
    .claim = "On a kept connection whose server responds within 40 ms, two small writes take 40 ms "
             "more than one; TCP_NODELAY or a single write avoids that",
    .theory =
        "Nagle's algorithm (RFC 896), in Linux in Minshall's variant, holds a small segment back "
        "until the small one before it is acknowledged, and the receiver delays the "
        "acknowledgement by 40 ms (RFC 1122; TCP_DELACK_MIN in Linux)",
    .variants = {{"split", "-d libev -w split" CONNECTIONS},
                 {"nodelay", "-d libev -w split-nodelay" CONNECTIONS},
                 {"whole", "-d libev -w randint" CONNECTIONS}},
    .evidence = evidence,
};
