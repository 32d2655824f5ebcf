/* Lesson 11: results are usable before the last response. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    VALUE("stream", figure_first_response, "s", AT_MOST, 0.15,
          "loop: first response, after one server delay"),
    VALUE("stream", figure_first_over_last, "", AT_MOST, 0.2,
          "loop: first response / last response"),
    SHOW("stream", figure_half_completed, "s", "loop: half of the responses"),
    VALUE("stream", figure_last_response, "s", AT_LEAST, 1.6, "loop: last response"),
    VALUE("threads", figure_first_response, "s", AT_MOST, 0.15,
          "threads: first response, after one server delay"),
    VALUE("threads", figure_first_over_last, "", AT_MOST, 0.2,
          "threads: first response / last response"),
    SHOW("threads", figure_half_completed, "s", "threads: half of the responses"),
    VALUE("threads", figure_last_response, "s", AT_LEAST, 1.6, "threads: last response"),
    VALUE("serial", figure_first_response, "s", AT_MOST, 0.15,
          "serial: first response, after one server delay"),
    {0},
};

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
    .evidence = evidence,
};
