/* Lesson 7: a thread's stack is virtual memory; what is resident is what was touched. */
#include "bench/judge/lesson.h"

enum { STACK_BYTES = 1048576, PAGE_BYTES = 4096, RESIDENT_MOST = STACK_BYTES / 20 };

/* What one more thread, or connection, adds: the slope from 128 to 512 of them. */
static void judge(struct evidence *evidence)
{
    evidence_slope(evidence, "large", "large-128", figure_virtual_growth, "bytes", AT_LEAST,
                   STACK_BYTES, "a thread with a stack of 1 MiB: virtual memory (VmSize)");
    evidence_slope(evidence, "large", "large-128", figure_resident_growth, "bytes", AT_MOST,
                   RESIDENT_MOST, "the same: resident (VmRSS), at most a twentieth");
    evidence_slope(evidence, "large", "large-128", figure_resident_growth, "bytes", AT_LEAST,
                   PAGE_BYTES, "the same: a page at least");
    evidence_slope(evidence, "large", "large-128", figure_kernel_stacks, "bytes", AT_LEAST,
                   2 * PAGE_BYTES, "the same: its stack in the kernel, resident and in neither");
    evidence_ratio(evidence, "large", "small", figure_virtual_per_connection, AT_LEAST, 8,
                   "virtual memory of 1 MiB stacks over 64 KiB");
    evidence_ratio(evidence, "large", "small", figure_resident_per_connection, AT_MOST, 1.5,
                   "resident memory of the same");
    evidence_slope(evidence, "loop", "loop-128", figure_resident_growth, "bytes", AT_MOST,
                   PAGE_BYTES, "a loop's connection: resident, less than a page");
    evidence_slope(evidence, "loop", "loop-128", figure_kernel_stacks, "bytes", AT_MOST, PAGE_BYTES,
                   "the same: stacks in the kernel");
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
    .theory =
        "mmap() gives addresses, and the first touch of a page gives memory (demand paging); "
        "a blocking request touches two or three pages of its stack. In the kernel each thread "
        "has another, of four pages on x86-64",
    .variants = {{"large", "-d threadpool -s burst -c 512 --stack 1048576"},
                 {"large-128", "-d threadpool -s burst -c 128 --stack 1048576"},
                 {"small", "-d threadpool -s burst -c 512 --stack 65536"},
                 {"loop", "-d libev -s burst -c 512"},
                 {"loop-128", "-d libev -s burst -c 128"}},
    .judge = judge,
};
