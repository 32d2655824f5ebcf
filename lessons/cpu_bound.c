/* Lesson 6: CPU-bound work. Threads and processes scale with the cores; one event loop does not. */
#include "bench/judge/lesson.h"

static const struct evidence_rule evidence[] = {
    VALUE("serial", figure_makespan, "s", AT_LEAST, 0.010,
          "makespan in series: long enough to distribute"),
    RATIO("serial", "threads", figure_makespan, AT_LEAST, 1.8, "speed-up of 2 threads"),
    RATIO("serial", "processes", figure_makespan, AT_LEAST, 1.8, "speed-up of 2 processes"),
    RATIO("loop", "serial", figure_makespan, AT_LEAST, 0.95, "makespan of a loop / in series"),
    RATIO("loop", "serial", figure_makespan, AT_MOST, 1.2,
          "makespan of a loop / in series: not much more"),
    {0},
};

LESSON(cpu_bound) = {
    .number = 6,
    .name = "cpu-bound",
    .title = "CPU-bound work: only more cores help",
    .question = "What is the effect of threads, processes and a loop on work that does not wait?",
    .claim = "On two cores two threads or processes take little more than half the time for "
             "CPU-bound work; an event loop takes as long as sequential execution",
    .theory = "the speed-up is the number of cores (Amdahl's law without a serial part), and two "
              "hardware threads of one core are no second core; an event loop overlaps waits, and "
              "here there are none. C has no interpreter lock, so threads run in parallel",
    .variants = {{"serial", "-w fib -d sequential -n 1024"},
                 {"threads", "-w fib -d threadpool -c 2 -n 1024"},
                 {"processes", "-w fib -d prefork -c 2 -n 1024"},
                 {"loop", "-w fib -d libev -c 2 -n 1024"}},
    .repetitions = 100, /* the runs are short, so other guests of the host are noise */
    .cores = 2,
    .evidence = evidence,
};
