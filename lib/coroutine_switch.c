/* Stacks, what both implementations of the switch have in common, and the portable one, ucontext.
 * The other is in coroutine_assembly.c.
 *
 * The sanitizers track the current stack and need a call at each switch: sanitizer_leave on the old
 * stack, sanitizer_arrive on the new one. In other builds both are empty. */
#include "coroutine_switch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
const size_t coroutine_stack_bytes = 256 * 1024;
#else
const size_t coroutine_stack_bytes = 64 * 1024;
#endif

static void sanitizer_leave(struct coroutine *from, const struct coroutine *to)
{
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_bytes);
#endif
#ifdef __SANITIZE_THREAD__
    from->fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
    (void)from;
    (void)to;
}

/* The thread's own stack becomes known when it is first left. */
static void sanitizer_arrive(struct coroutine *self)
{
#ifdef __SANITIZE_ADDRESS__
    struct coroutine *previous = self->previous;
    __sanitizer_finish_switch_fiber(self->fake_stack, &previous->stack, &previous->stack_bytes);
#endif
    (void)self;
}

/* The outermost function on each stack, except what `prepare` places below it. */
static void coroutine_main(void *argument)
{
    struct coroutine *self = argument;
    sanitizer_arrive(self);
    self->entry(self->argument);
    abort(); /* it must not return: there is nothing to return to */
}

void coroutine_make(struct coroutine *coroutine, const struct coroutine_backend *backend,
                    char *stack, size_t stack_bytes, coroutine_entry *entry, void *argument)
{
    *coroutine = (struct coroutine){
        .entry = entry, .argument = argument, .stack = stack, .stack_bytes = stack_bytes};
    coroutine->saved = backend->prepare(stack, stack_bytes, coroutine_main, coroutine);
#ifdef __SANITIZE_THREAD__
    coroutine->fiber = __tsan_create_fiber(0);
#endif
}

void coroutine_switch(const struct coroutine_backend *backend, struct coroutine *from,
                      struct coroutine *to)
{
    to->previous = from;
    sanitizer_leave(from, to);
    backend->jump(&from->saved, to->saved);
    sanitizer_arrive(from);
}

void coroutine_release(struct coroutine *coroutine)
{
#ifdef __SANITIZE_ADDRESS__
    __asan_unpoison_memory_region(coroutine->stack, coroutine->stack_bytes); /* frames remain */
#endif
#ifdef __SANITIZE_THREAD__
    __tsan_destroy_fiber(coroutine->fiber);
#endif
    *coroutine = (struct coroutine){0};
}

/* ---- stacks ---- */

/* One mapping for all stacks. Each guard page splits it, so that a stack takes two of the memory
 * maps that the kernel limits. */
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

/* ---- ucontext ---- */

/* makecontext() passes only ints, so pointers are passed in halves. */
static void ucontext_main(unsigned entry_high, unsigned entry_low, unsigned argument_high,
                          unsigned argument_low)
{
    uintptr_t entry = (uintptr_t)((uint64_t)entry_high << 32 | entry_low);
    uintptr_t argument = (uintptr_t)((uint64_t)argument_high << 32 | argument_low);
    ((coroutine_entry *)entry)((void *)argument);
}

static void *ucontext_prepare(char *stack, size_t bytes, coroutine_entry *entry, void *argument)
{
    size_t rest = (bytes - sizeof(ucontext_t)) & ~(size_t)15;
    ucontext_t *context = (ucontext_t *)(stack + rest);
    uint64_t e = (uintptr_t)entry, a = (uintptr_t)argument;
    getcontext(context);
    context->uc_stack = (stack_t){.ss_sp = stack, .ss_size = rest};
    context->uc_link = NULL;
    makecontext(context, (void (*)(void))ucontext_main, 4, (unsigned)(e >> 32), (unsigned)e,
                (unsigned)(a >> 32), (unsigned)a);
    return context;
}

/* swapcontext() also saves the signal mask: a system call each time. */
static void ucontext_jump(void **from, void *to)
{
    ucontext_t here;
    here.uc_stack.ss_size = 0; /* AddressSanitizer clears this many bytes */
    *from = &here;
    swapcontext(&here, to);
    *from = NULL;
}

const struct coroutine_backend coroutine_ucontext = {
    .name = "ucontext", .prepare = ucontext_prepare, .jump = ucontext_jump};
