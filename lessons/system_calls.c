/* Lesson 9: fewer system calls are not always faster. Counting them makes each one slower, so CPU
 * time is measured in runs that count none. */
#include "bench/judge/lesson.h"

#define REQUESTS " -s closed -c 256 -n 4096 -k -t 10ms"

static const struct evidence_rule evidence[] = {
    RATIO("uring-counted", "epoll-counted", figure_client_syscalls_per_request, AT_MOST, 0.5,
          "system calls per request, io_uring / epoll"),
    SHOW("epoll-counted", figure_client_syscalls_per_request, "",
         "system calls per request, epoll"),
    SHOW("uring-counted", figure_client_syscalls_per_request, "",
         "system calls per request, io_uring"),
    RATIO("uring", "epoll", figure_client_cpu_per_request, AT_LEAST, 0.6,
          "CPU time per request, io_uring / epoll, calls not counted"),
    SHOW("epoll", figure_client_cpu_per_request, "s", "CPU time per request, epoll"),
    SHOW("uring", figure_client_cpu_per_request, "s", "CPU time per request, io_uring"),
    SHOW("epoll-counted", figure_client_cpu_per_request, "s",
         "CPU time per request, epoll, while calls are counted"),
    {0},
};

LESSON(system_calls) = {
    .number = 9,
    .name = "system-calls",
    .title = "Fewer system calls are not always faster",
    .question = "io_uring makes a fraction of epoll's system calls. Is it faster by as much?",
    .claim = "With half the system calls or fewer, CPU per request falls by far less than half",
    .theory = "entry and exit of a system call take some 0.1 to 0.3 us of the 5 to 10 us that TCP "
              "takes per request: only the entry is saved, not the work in the kernel",
    .variants = {{"epoll", "-d epoll" REQUESTS " --usage off"},
                 {"uring", "-d io_uring" REQUESTS " --usage off"},
                 {"epoll-counted", "-d epoll" REQUESTS " --usage full"},
                 {"uring-counted", "-d io_uring" REQUESTS " --usage full"}},
    .evidence = evidence,
};
