/* Lesson 6: work for the CPU. Threads and processes scale to the cores; one loop does not. */
#include "bench/judge/lesson.h"

static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "serial", figure_makespan, "s", AT_LEAST, 0.010,
                   "the work, in series: long enough to be worth sharing");
    evidence_ratio(evidence, "serial", "threads", figure_makespan, AT_LEAST, 1.8,
                   "speed-up of 2 threads");
    evidence_ratio(evidence, "serial", "processes", figure_makespan, AT_LEAST, 1.8,
                   "speed-up of 2 processes");
    evidence_ratio(evidence, "loop", "serial", figure_makespan, AT_LEAST, 0.95,
                   "a loop's makespan, over the series'");
    evidence_ratio(evidence, "loop", "serial", figure_makespan, AT_MOST, 1.2,
                   "the same: not much more");
}

LESSON(cpu_bound) = {
    .number = 6,
    .name = "cpu-bound",
    .title = "Work for the CPU: only more cores help",
    .question = "What do threads, processes and a loop do for work that waits for nothing?",
    .claim = "Two threads, or two processes, on two cores take little more than half the time for "
             "CPU-bound work; an event loop takes as long as a plain series",
    .theory = "the speed-up is the number of cores (Amdahl, with nothing serial); a loop overlaps "
              "waiting, and here nobody waits. C has no interpreter lock, so threads do",
    .variants = {{"serial", "-w fib -d sequential -n 1024"},
                 {"threads", "-w fib -d threadpool -c 2 -n 1024"},
                 {"processes", "-w fib -d prefork -c 2 -n 1024"},
                 {"loop", "-w fib -d libev -c 2 -n 1024"}},
    .repetitions = 100, /* short ones: every other guest of the machine is noise */
    .cores = 2,
    .judge = judge,
};
