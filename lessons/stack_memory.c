/* Lesson 7: a thread's stack is virtual memory; only touched pages are resident. */
#include "bench/judge/lesson.h"

enum { STACK_BYTES = 1048576, PAGE_BYTES = 4096, RESIDENT_MOST = STACK_BYTES / 20 };

/* The memory of one more thread or connection: the slope from 128 to 512 of them. */
static const struct evidence_rule evidence[] = {
    SLOPE("large", "large-128", figure_virtual_growth, "bytes", AT_LEAST, STACK_BYTES,
          "virtual memory per thread with a 1 MiB stack (VmSize)"),
    SLOPE("large", "large-128", figure_resident_growth, "bytes", AT_MOST, RESIDENT_MOST,
          "resident memory per thread with a 1 MiB stack (VmRSS): at most a twentieth"),
    SLOPE("large", "large-128", figure_resident_growth, "bytes", AT_LEAST, PAGE_BYTES,
          "resident memory per thread with a 1 MiB stack: at least a page"),
    SLOPE("large", "large-128", figure_kernel_stacks, "bytes", AT_LEAST, 2 * PAGE_BYTES,
          "kernel stack per thread, in neither VmSize nor VmRSS"),
    RATIO("large", "small", figure_virtual_per_connection, AT_LEAST, 8,
          "virtual memory with 1 MiB stacks / with 64 KiB stacks"),
    RATIO("large", "small", figure_resident_per_connection, AT_MOST, 1.5,
          "resident memory with 1 MiB stacks / with 64 KiB stacks"),
    SLOPE("loop", "loop-128", figure_resident_growth, "bytes", AT_MOST, PAGE_BYTES,
          "resident memory per connection of a loop: less than a page"),
    SLOPE("loop", "loop-128", figure_kernel_stacks, "bytes", AT_MOST, PAGE_BYTES,
          "kernel stacks per connection of a loop"),
    RATIO("large", "loop", figure_resident_per_connection, AT_LEAST, 2,
          "resident memory per connection, threads / loop"),
    {0},
};

LESSON(stack_memory) = {
    .number = 7,
    .name = "stack-memory",
    .title = "A thread's stack: virtual memory is not resident memory",
    .question = "Do a thousand threads with stacks of 1 MiB need a gigabyte?",
    .claim = "A stack takes address space; only touched pages are resident, a few, whatever the "
             "stack's size",
    .theory = "mmap() reserves addresses, and a page gets memory when it is first touched (demand "
              "paging); a blocking request touches two or three pages of its stack. (Where huge "
              "pages may back stacks, it gets one of them instead.) Each thread also has a kernel "
              "stack, of four pages on x86-64",
    .variants = {{"large", "-d threadpool -s burst -c 512 --stack 1048576"},
                 {"large-128", "-d threadpool -s burst -c 128 --stack 1048576"},
                 {"small", "-d threadpool -s burst -c 512 --stack 65536"},
                 {"loop", "-d libev -s burst -c 512"},
                 {"loop-128", "-d libev -s burst -c 128"}},
    .evidence = evidence,
};
