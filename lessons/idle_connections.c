/* Lesson 8: the cost of select and poll grows with idle connections, that of epoll does not. */
#include "bench/judge/lesson.h"

static void judge(struct evidence *evidence)
{
    evidence_ratio(evidence, "poll-idle", "poll", figure_client_cpu_per_request, AT_LEAST, 1.5,
                   "poll: CPU per request, with 888 idle connections ÷ without");
    evidence_ratio(evidence, "select-idle", "select", figure_client_cpu_per_request, AT_LEAST, 1.5,
                   "select: the same");
    evidence_ratio(evidence, "epoll-idle", "epoll", figure_client_cpu_per_request, AT_MOST, 1.3,
                   "epoll: the same");
    evidence_ratio(evidence, "poll-idle", "epoll-idle", figure_client_cpu_per_request, AT_LEAST,
                   1.5, "poll ÷ epoll, both with idle connections");
}

#define BUSY "-w idle -k -t 0 -c 8 -n 10008"
#define IDLE "-w idle -k -t 0 -c 896 -n 10888"

LESSON(idle_connections) = {
    .number = 8,
    .name = "idle-connections",
    .title = "Idle connections cost CPU with select and poll, not with epoll",
    .question = "Eight connections are busy. What do 888 idle ones cost?",
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
    .judge = judge,
};
