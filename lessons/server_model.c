/* Lesson 19: when the server's model matters. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    RATIO("wait-threads", "wait-loop", figure_makespan, AT_MOST, 1.1,
          "makespan with a delay, a thread each / one loop"),
    RATIO("wait-few", "wait-loop", figure_makespan, AT_LEAST, 4,
          "makespan with a delay, 8 threads / one loop"),
    RATIO("work-loop", "work-loops", figure_makespan, AT_LEAST, 1.3,
          "makespan with work, one loop / two loops"),
    RATIO("work-threads", "work-loops", figure_makespan, AT_MOST, 1.25,
          "makespan with work, a thread each / two loops"),
    SHOW("wait-loop", figure_server_cpu_per_request, "s",
         "server CPU per request, delay, one loop"),
    SHOW("wait-threads", figure_server_cpu_per_request, "s",
         "server CPU per request, delay, a thread each"),
    {0},
};

LESSON(server_model) = {
    .number = 19,
    .name = "server-model",
    .title = "Waiting hides the server's model, work shows it",
    .question =
        "One loop, two loops, a thread for each connection, a small pool: when does it matter how "
        "the server serves?",
    .claim =
        "While requests only wait, a loop and a thread for each connection take the same time, and "
        "a "
        "pool of 8 with 64 in flight at least 4 times as long. While requests work, one loop takes "
        "at "
        "least 1.3 times as long as two, and threads no more than 1.25 times as long as two loops",
    .theory =
        "a delay costs no CPU, so what can hold all requests at once is as fast as any other: the "
        "makespan is N/C delays, and of a pool of W workers N/W. Work needs a CPU: a loop has one, "
        "two loops have two, and threads as many as there are",
    .cores = 2,
    .variants = {{"wait-loop", "-S epoll -d libev -s closed -c 64 -n 512 -t 50ms -k"},
                 {"wait-threads", "-S thread -d libev -s closed -c 64 -n 512 -t 50ms -k"},
                 {"wait-few", "-S threadpool:8 -d libev -s closed -c 64 -n 512 -t 50ms"},
                 {"work-loop", "-S epoll -d libev -s closed -c 64 -n 512 -t 0 --work 1ms -k"},
                 {"work-loops",
                  "-S reuseport:2 -d libev -s closed -c 64 -n 512 -t 0 --work 1ms -k"},
                 {"work-threads", "-S thread -d libev -s closed -c 64 -n 512 -t 0 --work 1ms -k"}},
    .evidence = evidence,
    .pictures = "runs",
};
