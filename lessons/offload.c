/* Lesson 5: offloading rescues the loop; yielding shares it. */
#include "bench/judge/lesson.h"

#include "heartbeat.h"

/* No bound comes from a run. A lag of 0.2 s is a tenth of the nap: nobody who waited for it would
 * be in time, and no machine on which this makes sense is late by that much without it. And a count
 * that is out of the way leaves others less than a third of its lag: theory says a hundredth for a
 * slice, and the length of a hand-over for the pool, but a busy machine adds some scheduler's turns
 * of a few ms to either, which is not to decide. */
static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "nap", heartbeat_lag, "s", AT_LEAST, 1.9,
                   "worst lag while one request naps for 2 s on the loop");
    evidence_value(evidence, "nap-offloaded", heartbeat_lag, "s", AT_MOST, 0.2,
                   "worst lag with the nap on a pool behind the loop");
    evidence_show(evidence, "count", heartbeat_lag, "s", "worst lag while one counts in one go");
    evidence_show(evidence, "count-offloaded", heartbeat_lag, "s",
                  "worst lag while it counts on the pool");
    evidence_show(evidence, "count-yielding", heartbeat_lag, "s",
                  "worst lag while it counts in slices");
    evidence_ratio(evidence, "count", "count-offloaded", heartbeat_lag, AT_LEAST, 3,
                   "worst lag while one counts in one go, over counting on the pool");
    evidence_ratio(evidence, "count", "count-yielding", heartbeat_lag, AT_LEAST, 3,
                   "worst lag while one counts in one go, over counting in slices");
    evidence_show(evidence, "nap", figure_client_cpu_per_request, "s",
                  "CPU per request of a loop alone");
    evidence_show(evidence, "nap-offloaded", figure_client_cpu_per_request, "s",
                  "CPU per request of a loop with a pool");
}

LESSON(offload) = {
    .number = 5,
    .name = "offload",
    .title = "Offloading rescues the loop, yielding shares it",
    .question = "How does a loop survive work that blocks, or work that takes long?",
    .claim = "Work on a pool behind the loop no longer stalls it; work cut into slices stalls it "
             "by a slice at a time",
    .theory = "the lag is the longest time between two looks at the sockets: the nap, a hand-over, "
              "the whole count, or one slice of it",
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
