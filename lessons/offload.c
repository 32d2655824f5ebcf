/* Lesson 5: offloading keeps the loop free; yielding shares it. */
#include "bench/judge/lesson.h"

#include "heartbeat.h"

/* The thresholds do not come from runs. A delay of 0.2 s is a tenth of the blocking call: a request
 * that waited for the call is above it, and a usable machine without the call stays below. Counting
 * in slices or on the pool has to reduce the delay to less than a third: in theory it is a
 * hundredth for slices and one hand-over for the pool, but a busy machine adds some scheduling
 * delays of a few ms, which must not decide the result. */
static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "nap", heartbeat_lag, "s", AT_LEAST, 1.9,
                   "longest heartbeat delay, blocking call of 2 s on the loop");
    evidence_value(evidence, "nap-offloaded", heartbeat_lag, "s", AT_MOST, 0.2,
                   "longest heartbeat delay, blocking call on the pool");
    evidence_show(evidence, "count", heartbeat_lag, "s",
                  "longest heartbeat delay, counting in one go");
    evidence_show(evidence, "count-offloaded", heartbeat_lag, "s",
                  "longest heartbeat delay, counting on the pool");
    evidence_show(evidence, "count-yielding", heartbeat_lag, "s",
                  "longest heartbeat delay, counting in slices");
    evidence_ratio(evidence, "count", "count-offloaded", heartbeat_lag, AT_LEAST, 3,
                   "the same, counting in one go ÷ on the pool");
    evidence_ratio(evidence, "count", "count-yielding", heartbeat_lag, AT_LEAST, 3,
                   "the same, counting in one go ÷ in slices");
    evidence_show(evidence, "nap", figure_client_cpu_per_request, "s",
                  "CPU per request, event loop alone");
    evidence_show(evidence, "nap-offloaded", figure_client_cpu_per_request, "s",
                  "CPU per request, event loop with a pool");
}

LESSON(offload) = {
    .number = 5,
    .name = "offload",
    .title = "Offloading keeps the loop free, yielding shares it",
    .question = "How can an event loop run work that blocks or takes long?",
    .claim = "Work on a thread pool does not stall the loop; work in slices stalls it by one slice "
             "at a time",
    .theory = "the delay is the longest time between two polls of the sockets: the blocking call, "
              "a hand-over, the whole count, or one slice of it",
    .variants = {{"nap", "-d libev -w nap -c 16 -n 4096 -t 1ms"},
                 {"nap-offloaded", "-d libev-offload -w nap -c 16 -n 4096 -t 1ms"},
                 {"count", "-d libev -w count -c 16 -n 4096 -t 1ms"},
                 {"count-offloaded", "-d libev-offload -w count -c 16 -n 4096 -t 1ms"},
                 {"count-yielding", "-d libev -w count-yielding -c 16 -n 4096 -t 1ms"}},
    .repetitions = 4,
    .samples = true,
    .pictures = "waterfall",
    .judge = judge,
};
