/* Lesson 4: a call that blocks an event loop delays all its requests. */
#include "bench/judge/lesson.h"

#include "heartbeat.h"

static const struct evidence_rule evidence[] = {
    VALUE("loop", heartbeat_lag, "s", AT_LEAST, 1.9,
          "worst lag of the others on the loop: the block"),
    VALUE("loop", heartbeat_lag, "s", AT_MOST, 2.5,
          "worst lag of the others on the loop: not much more"),
    VALUE("threads", heartbeat_lag, "s", AT_MOST, 0.2, "worst lag of the others on threads"),
    {0},
};

LESSON(blocked_loop) = {
    .number = 4,
    .name = "blocked-loop",
    .title = "A blocked loop delays every request on it",
    .question = "One of many requests makes a call that blocks for 2 s. Which others wait?",
    .claim = "On an event loop all requests wait until it returns; with threads only its own",
    .theory = "an event loop runs one callback at a time: until it returns no other request is "
              "handled. A blocked thread delays only its own request",
    .variants = {{"loop", "-d libev -w nap -c 16 -n 4096 -t 1ms"},
                 {"threads", "-d threadpool -w nap -c 16 -n 4096 -t 1ms"}},
    .repetitions = 6,
    .samples = true,
    .pictures = "waterfall",
    .evidence = evidence,
};
