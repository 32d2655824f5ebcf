/* Lesson 2: what bends the talk's chart is the server's accept queue, not the threads. */
#include "bench/judge/lesson.h"

static void judge(struct evidence *evidence)
{
    evidence_ratio(evidence, "small", "large", figure_makespan, AT_LEAST, 2,
                   "makespan with the small backlog, over the large");
    evidence_value(evidence, "small", figure_listen_overflows, "", AT_LEAST, 1,
                   "accept-queue overflows, small backlog");
    evidence_value(evidence, "small", figure_syn_retransmits, "", AT_LEAST, 1,
                   "SYNs sent again, small backlog");
    evidence_value(evidence, "small", figure_latency_max, "s", AT_LEAST, 1,
                   "longest request, small backlog");
    evidence_value(evidence, "large", figure_listen_overflows, "", AT_MOST, 0,
                   "accept-queue overflows, large backlog");
    evidence_value(evidence, "large", figure_latency_max, "s", AT_MOST, 1,
                   "longest request, large backlog");
}

LESSON(accept_queue) = {
    .number = 2,
    .name = "accept-queue",
    .title = "The accept queue, not the threads",
    .question = "Why do the talk's threads become slower from 512 on?",
    .claim = "A backlog of 100 drops connections that 1024 threads make at once; each waits a "
             "second for its SYN to be sent again. With 4096 none does",
    .theory =
        "a full accept queue drops the SYN, and TCP first resends it after 1 s (RFC 6298): the "
        "makespan gains a second, whatever the client is made of, once the queue overflows. Data "
        "sent into a queue that is full again is dropped and resent as well, sooner",
    .variants = {{"small", "-d threadpool -s closed -c 1024 -b 100"},
                 {"large", "-d threadpool -s closed -c 1024 -b 4096"}},
    .repetitions = 21, /* one race in ten is won by the server */
    .judge = judge,
};
