/* Stacks for coroutines, each with a guard page below it: an overflow is a crash, instead of a
 * write into another stack. */
#ifndef WAITBENCH_COROUTINE_STACKS_H
#define WAITBENCH_COROUTINE_STACKS_H

#include "lib/error.h"

struct coroutine_stacks {
    char *base;
    size_t mapped, stride, stack_bytes;
};

/* `stack_bytes` is rounded up to whole pages. Returns 0, or -1 with nothing mapped. */
int coroutine_stacks_map(struct coroutine_stacks *stacks, unsigned count, size_t stack_bytes,
                         struct error *error);
void coroutine_stacks_unmap(struct coroutine_stacks *stacks);

/* The lowest address of stack `i`; stacks->stack_bytes long. */
static inline char *coroutine_stack(const struct coroutine_stacks *stacks, unsigned i)
{
    return stacks->base + (i + 1) * stacks->stride - stacks->stack_bytes;
}

#endif
