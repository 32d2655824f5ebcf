/* Lesson 5: offloading keeps the loop free; yielding shares it. */
#include "bench/judge/lesson.h"

#include "heartbeat.h"

/* The thresholds do not come from runs. A lag of 0.2 s is a tenth of the nap: a request that waited
 * for the nap is above it, and a usable machine without the nap stays below. Counting in slices or
 * on the pool has to reduce the lag to less than a third: in theory it is a hundredth for slices
 * and one hand-over for the pool, but a busy machine adds some scheduling delays of a few ms, which
 * must not decide the result. */
static const struct evidence_rule evidence[] = {
    VALUE("nap", heartbeat_lag, "s", AT_LEAST, 1.9, "worst lag with the nap of 2 s on the loop"),
    VALUE("nap-offloaded", heartbeat_lag, "s", AT_MOST, 0.2,
          "worst lag with the nap on a pool of threads"),
    SHOW("count", heartbeat_lag, "s", "worst lag with the count on the loop, in one go"),
    SHOW("count-offloaded", heartbeat_lag, "s", "worst lag with the count on the pool"),
    SHOW("count-yielding", heartbeat_lag, "s", "worst lag with the count on the loop, in slices"),
    RATIO("count", "count-offloaded", heartbeat_lag, AT_LEAST, 3,
          "worst lag, count in one go / count on the pool"),
    RATIO("count", "count-yielding", heartbeat_lag, AT_LEAST, 3,
          "worst lag, count in one go / count in slices"),
    SHOW("nap", figure_client_cpu_per_request, "s", "CPU time per request, loop alone"),
    SHOW("nap-offloaded", figure_client_cpu_per_request, "s",
         "CPU time per request, loop with a pool"),
    {0},
};

LESSON(offload) = {
    .number = 5,
    .name = "offload",
    .title = "Offloading and yielding keep a loop responsive",
    .question = "How does a loop stay responsive with work that blocks, or work that takes long?",
    .claim = "Work on a thread pool does not stall the loop; work in slices stalls it by one slice "
             "at a time",
    .theory = "the lag is the longest time between two polls of the sockets: the nap, "
              "a hand-over, the whole count, or one slice of it",
    .variants = {{"nap", "-d libev -w nap -c 16 -n 4096 -t 1ms"},
                 {"nap-offloaded", "-d libev-offload -w nap -c 16 -n 4096 -t 1ms"},
                 {"count", "-d libev -w count -c 16 -n 4096 -t 1ms"},
                 {"count-offloaded", "-d libev-offload -w count -c 16 -n 4096 -t 1ms"},
                 {"count-yielding", "-d libev -w count-yielding -c 16 -n 4096 -t 1ms"}},
    .repetitions = 6,
    .samples = true,
    .pictures = "waterfall",
    .evidence = evidence,
};
