/* Lesson 7: a thread's stack is virtual memory; only touched pages are resident. */
#include "bench/judge/lesson.h"

enum { STACK_BYTES = 1048576, PAGE_BYTES = 4096, RESIDENT_MOST = STACK_BYTES / 20 };

/* The memory of one more thread or connection: the slope from 128 to 512 of them. */
static void judge(struct evidence *evidence)
{
    evidence_slope(evidence, "large", "large-128", figure_virtual_growth, "bytes", AT_LEAST,
                   STACK_BYTES, "a thread with a stack of 1 MiB: virtual memory (VmSize)");
    evidence_slope(evidence, "large", "large-128", figure_resident_growth, "bytes", AT_MOST,
                   RESIDENT_MOST, "the same: resident (VmRSS), at most a twentieth");
    evidence_slope(evidence, "large", "large-128", figure_resident_growth, "bytes", AT_LEAST,
                   PAGE_BYTES, "the same: at least a page");
    evidence_slope(evidence, "large", "large-128", figure_kernel_stacks, "bytes", AT_LEAST,
                   2 * PAGE_BYTES, "the same: its kernel stack, counted in neither");
    evidence_ratio(evidence, "large", "small", figure_virtual_per_connection, AT_LEAST, 8,
                   "virtual memory, 1 MiB stacks ÷ 64 KiB");
    evidence_ratio(evidence, "large", "small", figure_resident_per_connection, AT_MOST, 1.5,
                   "resident memory, 1 MiB stacks ÷ 64 KiB");
    evidence_slope(evidence, "loop", "loop-128", figure_resident_growth, "bytes", AT_MOST,
                   PAGE_BYTES, "a connection of an event loop: resident, less than a page");
    evidence_slope(evidence, "loop", "loop-128", figure_kernel_stacks, "bytes", AT_MOST, PAGE_BYTES,
                   "the same: kernel stacks");
    evidence_ratio(evidence, "large", "loop", figure_resident_per_connection, AT_LEAST, 2,
                   "resident memory per connection, threads ÷ event loop");
}

LESSON(stack_memory) = {
    .number = 7,
    .name = "stack-memory",
    .title = "A thread's stack: virtual is not resident",
    .question = "Do a thousand threads with stacks of 1 MiB need a gigabyte?",
    .claim = "A stack takes address space; only touched pages are resident, a few, whatever the "
             "stack's size",
    .theory = "mmap() reserves addresses, and a page gets memory when it is first touched (demand "
              "paging); a blocking request touches two or three pages of its stack. Each thread "
              "also has a kernel stack, of four pages on x86-64",
    .variants = {{"large", "-d threadpool -s burst -c 512 --stack 1048576"},
                 {"large-128", "-d threadpool -s burst -c 128 --stack 1048576"},
                 {"small", "-d threadpool -s burst -c 512 --stack 65536"},
                 {"loop", "-d libev -s burst -c 512"},
                 {"loop-128", "-d libev -s burst -c 128"}},
    .judge = judge,
};
