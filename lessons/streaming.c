/* Lesson 11: results are usable before the last response. */
#include "bench/judge/lesson.h"

static void judge(struct evidence *evidence)
{
    static const struct {
        const char *variant, *first, *share, *half, *last;
    } rounds[] = {
        {"stream", "loop: first response, after one server delay",
         "loop: first response / last response", "loop: half of the responses",
         "loop: last response"},
        {"threads", "threads: first response, after one server delay",
         "threads: first response / last response", "threads: half of the responses",
         "threads: last response"},
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
                   "serial: first response, after one server delay");
}

LESSON(streaming) = {
    .number = 11,
    .name = "streaming",
    .title = "Streaming: results before all responses are complete",
    .question = "Sixteen rounds of requests: when can work on the responses begin?",
    .claim = "A program that processes responses as they come can begin after one round, in any "
             "model; one that collects them first has to wait for all",
    .theory = "the first response comes after one server delay, the last after ceil(N/C) of them: "
              "the first is available N/C times sooner",
    .variants = {{"stream", "-d libev -s closed -c 64 -n 1024"},
                 {"threads", "-d threadpool -s closed -c 64 -n 1024"},
                 {"serial", "-d sequential"}},
    .samples = true,
    .pictures = "completion waterfall",
    .judge = judge,
};
