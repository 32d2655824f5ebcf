/* Lesson 18: how loops share the connections of one port. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    VALUE("exclusive", figure_server_fairness, "", AT_MOST, 0.75,
          "fairness of the workers' shares, one socket, EPOLLEXCLUSIVE"),
    VALUE("reuseport", figure_server_fairness, "", AT_LEAST, 0.95,
          "fairness of the workers' shares, a socket each, SO_REUSEPORT"),
    VALUE("blocking", figure_server_fairness, "", AT_LEAST, 0.95,
          "fairness of the workers' shares, one socket, blocking accept()"),
    SHOW("shared", figure_server_fairness, "",
         "fairness of the workers' shares, one socket, all woken"),
    SHOW("shared", figure_server_cpu_per_request, "s",
         "server CPU per request, one socket, all woken"),
    SHOW("exclusive", figure_server_cpu_per_request, "s",
         "server CPU per request, one socket, one woken"),
    {0},
};

LESSON(accept_sharing) = {
    .number = 18,
    .name = "accept-sharing",
    .title = "Who gets the next connection",
    .question =
        "Two workers serve one port, and connections come one after another. Who gets them?",
    .claim =
        "Of loops that share a socket with EPOLLEXCLUSIVE one gets nearly all connections; with "
        "SO_REUSEPORT, and with blocking accept(), they are shared out evenly",
    .theory =
        "a loop enters the socket's queue once, when it is registered, with EPOLLEXCLUSIVE at the "
        "end, and the first in the queue that waits is woken: with little to do always the same. "
        "accept() enters it anew for each wait, at the end: they "
        "take turns. SO_REUSEPORT chooses by a hash of addresses and ports, whoever waits. Without "
        "EPOLLEXCLUSIVE every loop is woken, and all but one find nothing: the thundering herd",
    .variants = {{"shared", "-S epoll-shared:2 -d sequential -n 500 -t 0"},
                 {"exclusive", "-S epoll-exclusive:2 -d sequential -n 500 -t 0"},
                 {"reuseport", "-S reuseport:2 -d sequential -n 500 -t 0"},
                 {"blocking", "-S threadpool:2 -d sequential -n 500 -t 0"}},
    .evidence = evidence,
};
