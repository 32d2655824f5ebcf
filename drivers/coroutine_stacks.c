/* One mapping for all stacks. Each guard page splits it, so that a stack takes two of the memory
 * maps that the kernel limits. */
#include "coroutine_stacks.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int guard(const struct coroutine_stacks *stacks, unsigned count, size_t page,
                 struct error *error)
{
    for (unsigned i = 0; i < count; i++)
        if (mprotect(stacks->base + i * stacks->stride, page, PROT_NONE) < 0)
            return error_errno(error, errno,
                               "cannot set the guard page of stack %u of %u (each stack takes two "
                               "memory maps; raise 'sysctl vm.max_map_count')",
                               i + 1, count);
    return 0;
}

int coroutine_stacks_map(struct coroutine_stacks *stacks, unsigned count, size_t stack_bytes,
                         struct error *error)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *stacks = (struct coroutine_stacks){0};
    size_t bytes = (stack_bytes + page - 1) / page * page, stride = bytes + page, all;
    if (stack_bytes > SIZE_MAX - 2 * page || __builtin_mul_overflow(stride, count, &all))
        return error_errno(error, ENOMEM, "%u stacks of %zu bytes", count, stack_bytes);
    char *base = mmap(NULL, all, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED)
        return error_errno(error, errno, "%u stacks of %zu bytes", count, stack_bytes);
    *stacks = (struct coroutine_stacks){base, all, stride, bytes};
    if (guard(stacks, count, page, error) == 0)
        return 0;
    coroutine_stacks_unmap(stacks);
    return -1;
}

void coroutine_stacks_unmap(struct coroutine_stacks *stacks)
{
    if (stacks->base)
        munmap(stacks->base, stacks->mapped);
    *stacks = (struct coroutine_stacks){0};
}
