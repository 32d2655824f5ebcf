/* Lesson 2: a full accept queue delays connections by a second. This is the likely explanation of
 * the step in the talk's chart; the talk's own run was not measured. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    RATIO("small", "large", figure_makespan, AT_LEAST, 2,
          "makespan with the small backlog / with the large"),
    VALUE("small", figure_listen_overflows, "", AT_LEAST, 1,
          "accept-queue overflows, small backlog"),
    VALUE("small", figure_syn_retransmits, "", AT_LEAST, 1, "SYN retransmissions, small backlog"),
    SHOW("small", figure_server_runnable_wait, "s",
         "time that the server was runnable and had no CPU, small backlog"),
    VALUE("small", figure_latency_max, "s", AT_LEAST, 1, "longest request, small backlog"),
    VALUE("large", figure_listen_overflows, "", AT_MOST, 0,
          "accept-queue overflows, large backlog"),
    SHOW("large", figure_server_runnable_wait, "s",
         "time that the server was runnable and had no CPU, large backlog"),
    VALUE("large", figure_latency_max, "s", AT_MOST, 1, "longest request, large backlog"),
    {0},
};

LESSON(accept_queue) = {
    .number = 2,
    .name = "accept-queue",
    .title = "The accept queue, not the threads",
    .question = "With the talk's backlog of 100, why do threads become slower from 512 on?",
    .claim =
        "With a backlog of 100, SYNs of 1024 threads that connect at once are dropped, and each "
        "such connection waits a second for the retransmission. With 4096 none is dropped",
    .theory =
        "when the accept queue is full, the kernel drops SYNs, and TCP retransmits a SYN after 1 s "
        "(RFC 6298): an overflow adds a second to the makespan, with any client. Data of a "
        "connection that finds the queue full again is retransmitted too, but sooner",
    .variants = {{"small", "-d threadpool -s closed -c 1024 -b 100"},
                 {"large", "-d threadpool -s closed -c 1024 -b 4096"}},
    .samples = true,   /* what the page replays */
    .repetitions = 21, /* in one run of ten the queue does not overflow */
    .evidence = evidence,
};
