/* Lesson 4: who blocks a loop blocks everyone on it. */
#include "bench/judge/lesson.h"

#include "heartbeat.h"

static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "loop", heartbeat_lag, "s", AT_LEAST, 1.9,
                   "heartbeat's worst lag on the loop: the nap's length");
    evidence_value(evidence, "loop", heartbeat_lag, "s", AT_MOST, 2.5, "the same: not more");
    evidence_value(evidence, "threads", heartbeat_lag, "s", AT_MOST, 0.2,
                   "heartbeat's worst lag on threads");
}

LESSON(blocked_loop) = {
    .number = 4,
    .name = "blocked-loop",
    .title = "A blocked loop starves everyone on it",
    .question = "One of many requests calls something that blocks for 2 s. Who waits?",
    .claim = "On a loop everyone waits for as long as it blocks; on threads, only it does",
    .theory = "a loop runs one callback at a time: until it returns no other request's readiness "
              "is even looked at. A blocked thread is only itself",
    .variants = {{"loop", "-d libev -w nap -c 16 -n 4096 -t 1ms"},
                 {"threads", "-d threadpool -w nap -c 16 -n 4096 -t 1ms"}},
    .repetitions = 4,
    .samples = true,
    .pictures = "waterfall",
    .judge = judge,
};
