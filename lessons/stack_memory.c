/* Lesson 7: a thread's stack is virtual memory; what is resident is what was touched. */
#include "bench/lesson.h"

enum { STACK_BYTES = 1048576, PAGE_BYTES = 4096 };

static double resident_share(const struct run_view *view)
{
    return figure_resident_per_connection(view) / figure_virtual_per_connection(view);
}

static void judge(struct evidence *evidence)
{
    evidence_value(evidence, "large", figure_virtual_per_connection, "bytes", AT_LEAST, STACK_BYTES,
                   "virtual memory per thread with stacks of 1 MiB");
    evidence_value(evidence, "large", resident_share, "", AT_MOST, 0.05,
                   "share of it that is resident");
    evidence_ratio(evidence, "large", "small", figure_virtual_per_connection, AT_LEAST, 8,
                   "virtual memory of 1 MiB stacks over 64 KiB");
    evidence_ratio(evidence, "large", "small", figure_resident_per_connection, AT_MOST, 1.5,
                   "resident memory of the same");
    evidence_value(evidence, "large", figure_resident_per_connection, "bytes", AT_LEAST, PAGE_BYTES,
                   "resident memory per thread: a page at least");
    evidence_ratio(evidence, "large", "loop", figure_resident_per_connection, AT_LEAST, 2,
                   "resident memory per connection, threads over a loop");
}

LESSON(stack_memory) = {
    .number = 7,
    .name = "stack-memory",
    .title = "A thread's stack: virtual is not resident",
    .question = "Do a thousand threads with stacks of 1 MiB need a gigabyte?",
    .claim = "A stack costs address space; resident is only what was touched, a few pages, "
             "whatever the stack's size",
    .theory = "mmap() gives addresses, and the first touch of a page gives memory (demand paging); "
              "a blocking request touches two or three pages of its stack",
    .roles = {{"large", "-d threadpool -s gather -c 512 --stack 1048576"},
              {"small", "-d threadpool -s gather -c 512 --stack 65536"},
              {"loop", "-d libev -s gather -c 512"}},
    .judge = judge,
};
