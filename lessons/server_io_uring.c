/* Lesson 20: io_uring on the server's side. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    RATIO("kept-io_uring", "kept-epoll", figure_server_cpu_per_request, AT_MOST, 1,
          "server CPU per request, kept connections, io_uring / epoll"),
    RATIO("new-io_uring", "new-epoll", figure_server_cpu_per_request, AT_LEAST, 0.95,
          "server CPU per request, new connections, io_uring / epoll"),
    SHOW("kept-epoll", figure_server_cpu_per_request, "s",
         "server CPU per request, kept connections, epoll"),
    SHOW("new-epoll", figure_server_cpu_per_request, "s",
         "server CPU per request, new connections, epoll"),
    {0},
};

LESSON(server_io_uring) = {
    .number = 20,
    .name = "server-io-uring",
    .title = "io_uring on the server",
    .question = "What does io_uring save the server, over kept connections and over new ones?",
    .claim = "Over kept connections io_uring takes less CPU per request than epoll; over new ones "
             "it takes "
             "at least 0.95 times as much",
    .theory = "over a kept connection epoll needs three calls a request (wait, receive, send), "
              "shared only "
              "where several are ready; io_uring has its receive in force already, and submits the "
              "response "
              "with the call that waits. Each new connection is accepted, received from, sent to "
              "and closed "
              "in either case, and the operations of io_uring have to be prepared and completed",
    .variants = {{"kept-epoll", "-S epoll -d epoll -s closed -c 256 -n 20480 -t 0 -k"},
                 {"kept-io_uring", "-S io_uring -d epoll -s closed -c 256 -n 20480 -t 0 -k"},
                 {"new-epoll", "-S epoll -d epoll -s closed -c 256 -n 8192 -t 0"},
                 {"new-io_uring", "-S io_uring -d epoll -s closed -c 256 -n 8192 -t 0"}},
    .repetitions = 21,
    .evidence = evidence,
    .pictures = "usage runs",
};
