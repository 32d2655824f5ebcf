/* Lesson 12: Nagle's algorithm meets the delayed acknowledgement. */
#include "bench/judge/lesson.h"

static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "split", figure_latency_p50, "s", AT_LEAST, 0.035,
                   "median latency, two writes");
    evidence_value(evidence, "nodelay", figure_latency_p50, "s", AT_MOST, 0.010,
                   "median latency, two writes with TCP_NODELAY");
    evidence_value(evidence, "whole", figure_latency_p50, "s", AT_MOST, 0.010,
                   "median latency, one write");
    evidence_ratio(evidence, "split", "nodelay", figure_makespan, AT_LEAST, 5,
                   "makespan without TCP_NODELAY, over with it");
}

#define CONNECTIONS " -k -c 8 -n 512 -t 1ms"

LESSON(nagle) = {
    .number = 12,
    .name = "nagle",
    .title = "Nagle meets delayed ACK: 40 ms",
    .question = "What does sending a request in two small pieces cost?",
    .claim =
        "On a kept connection whose server responses within 40 ms, two small writes cost 40 ms "
        "more than one; TCP_NODELAY, or a single write, ends it",
    .theory = "Nagle (RFC 896) holds the second piece until the first is acknowledged, and the "
              "receiver delays that by 40 ms (RFC 1122, TCP_DELACK_MIN in Linux)",
    .variants = {{"split", "-d libev -w split" CONNECTIONS},
                 {"nodelay", "-d libev -w split-nodelay" CONNECTIONS},
                 {"whole", "-d libev -w randint" CONNECTIONS}},
    .judge = judge,
};
