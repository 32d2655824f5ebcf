/* Lesson 8: the cost of select and poll grows with idle connections, that of epoll does not. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    RATIO("poll-idle", "poll", figure_client_cpu_per_request, AT_LEAST, 1.5,
          "poll: CPU time per request with 888 idle connections / with none"),
    RATIO("select-idle", "select", figure_client_cpu_per_request, AT_LEAST, 1.5,
          "select: CPU time per request with 888 idle connections / with none"),
    RATIO("epoll-idle", "epoll", figure_client_cpu_per_request, AT_MOST, 1.3,
          "epoll: CPU time per request with 888 idle connections / with none"),
    RATIO("poll-idle", "epoll-idle", figure_client_cpu_per_request, AT_LEAST, 1.5,
          "CPU time per request with 888 idle connections, poll / epoll"),
    {0},
};

#define BUSY "-w idle -k -t 0 -c 8 -n 10008"
#define IDLE "-w idle -k -t 0 -c 896 -n 10888"

LESSON(idle_connections) = {
    .number = 8,
    .name = "idle-connections",
    .title = "The cost of select and poll grows with idle connections, that of epoll does not",
    .question = "Eight connections are busy. What do 888 idle ones cost in addition?",
    .claim = "With select and poll the cost of a wake-up grows with the connections watched; with "
             "epoll it does not",
    .theory = "select() and poll() pass the whole list to the kernel and scan it at every call, "
              "O(watched); epoll keeps it there and returns only ready ones, O(active)",
    .variants = {{"select", "-d select " BUSY},
                 {"select-idle", "-d select " IDLE},
                 {"poll", "-d poll " BUSY},
                 {"poll-idle", "-d poll " IDLE},
                 {"epoll", "-d epoll " BUSY},
                 {"epoll-idle", "-d epoll " IDLE}},
    .repetitions = 21, /* a ratio of 1 needs a narrow interval */
    .evidence = evidence,
};
