/* Lesson 10: context switches per request differ by model. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    VALUE("threads", figure_waits_per_request, "", AT_LEAST, 0.9,
          "voluntary switches per request, threads"),
    VALUE("loop", figure_waits_per_request, "", AT_MOST, 0.5,
          "voluntary switches per request, loop"),
    RATIO("threads", "loop", figure_waits_per_request, AT_LEAST, 3,
          "voluntary switches per request, threads / loop"),
    VALUE("serial", figure_waits_per_request, "", AT_LEAST, 0.9,
          "voluntary switches per request, serial"),
    {0},
};

LESSON(context_switches) = {
    .number = 10,
    .name = "context-switches",
    .title = "Context switches per request",
    .question = "How many context switches does waiting for a request cost?",
    .claim = "A thread takes a voluntary context switch for every wait; an event loop under load "
             "almost none",
    .theory =
        "a blocking read that has to wait is one voluntary context switch, of the thread that "
        "goes to sleep (getrusage(2)); its wake-up is not another one. An event loop waits only if "
        "none of its requests is ready, and then for all of them at once",
    .variants = {{"serial", "-d sequential -t 10ms -n 100 --time-box 0"},
                 {"threads", "-d threadpool -c 256 -n 4096 -t 10ms"},
                 {"loop", "-d libev -c 256 -n 4096 -t 10ms"}},
    .evidence = evidence,
};
