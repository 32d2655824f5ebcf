/* Lesson 17: what it costs the server to make a process, or a thread, for each connection. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    RATIO("fork", "thread", figure_server_cpu_per_request, AT_LEAST, 1.5,
          "server CPU per request, a process each / a thread each"),
    RATIO("thread", "prefork", figure_server_cpu_per_request, AT_LEAST, 1.05,
          "server CPU per request, a thread each / processes in advance"),
    RATIO("fork", "prefork", figure_server_cpu_per_request, AT_LEAST, 2,
          "server CPU per request, a process each / processes in advance"),
    VALUE("fork", figure_server_faults_per_request, "", AT_LEAST, 20,
          "page faults of the server per request, a process each"),
    VALUE("prefork", figure_server_faults_per_request, "", AT_MOST, 5,
          "page faults of the server per request, processes in advance"),
    SHOW("fork", figure_server_cpu_per_request, "s", "server CPU per request, a process each"),
    SHOW("thread", figure_server_cpu_per_request, "s", "server CPU per request, a thread each"),
    {0},
};

LESSON(new_process) = {
    .number = 17,
    .name = "new-process",
    .title = "What a new process costs",
    .question =
        "A process for each connection: what does that cost, beside a thread for each, and beside "
        "processes that are there already?",
    .claim =
        "A process for each connection takes at least 1.5 times the server CPU of a thread for "
        "each, and at least twice that of processes created in advance",
    .theory =
        "fork() copies the page tables of the parent, and each page that parent or child writes to "
        "afterwards is copied when it is written to: a page fault each. A thread shares all of it, "
        "and "
        "needs a stack. What was created in advance pays this once",
    .variants = {{"fork", "-S fork -d epoll -s closed -c 32 -n 2048 -t 5ms"},
                 {"thread", "-S thread -d epoll -s closed -c 32 -n 2048 -t 5ms"},
                 {"prefork", "-S prefork:64 -d epoll -s closed -c 32 -n 2048 -t 5ms"}},
    .evidence = evidence,
    .pictures = "usage",
};
