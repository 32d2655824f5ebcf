/* Lesson 11: useful before all data is ready. */
#include "bench/judge/lesson.h"

static void judge(struct evidence *evidence)
{
    static const struct {
        const char *variant, *first, *share, *half, *last;
    } rounds[] = {
        {"stream", "a loop: time to the first response, one thinking",
         "a loop: the first response's time over the last's",
         "a loop: time to half of the responses",
         "a loop: time to the last, for which gathering waits"},
        {"threads", "threads: time to the first response, one thinking",
         "threads: the first response's time over the last's",
         "threads: time to half of the responses",
         "threads: time to the last, for which gathering waits"},
    };
    for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
        const char *variant = rounds[i].variant;
        evidence_value(evidence, variant, figure_first_response, "s", AT_MOST, 0.15,
                       rounds[i].first);
        evidence_value(evidence, variant, figure_first_over_last, "", AT_MOST, 0.2,
                       rounds[i].share);
        evidence_show(evidence, variant, figure_half_completed, "s", rounds[i].half);
        evidence_value(evidence, variant, figure_last_response, "s", AT_LEAST, 1.6, rounds[i].last);
    }
    evidence_value(evidence, "serial", figure_first_response, "s", AT_MOST, 0.15,
                   "one after another: time to the first response, one thinking");
}

LESSON(streaming) = {
    .number = 11,
    .name = "streaming",
    .title = "Useful before all data is ready",
    .question = "Sixteen rounds of requests: when can work on the responses begin?",
    .claim = "Who takes responses as they come begins after one round, whoever waits for them; who "
             "gathers them first waits for all",
    .theory = "the first response is there after one thinking, the last after ceil(N/C) of them: "
              "the first may be had N/C times sooner",
    .variants = {{"stream", "-d libev -s closed -c 64 -n 1024"},
                 {"threads", "-d threadpool -s closed -c 64 -n 1024"},
                 {"serial", "-d sequential"}},
    .samples = true,
    .pictures = "completion waterfall",
    .judge = judge,
};
