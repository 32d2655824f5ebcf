/* What every switch has in common, and the portable way, ucontext. The other is in
 * coroutine_assembly.c.
 *
 * The sanitizers keep an account of the stack that runs, and have to be told of each switch: by
 * sanitizer_leave on the old stack, and by sanitizer_arrive on the new one. In other builds both
 * are empty. */
#include "coroutine_switch.h"

#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

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

/* The thread's own stack is known once it has been left for the first time. */
static void sanitizer_arrive(struct coroutine *self)
{
#ifdef __SANITIZE_ADDRESS__
    struct coroutine *previous = self->previous;
    __sanitizer_finish_switch_fiber(self->fake_stack, &previous->stack, &previous->stack_bytes);
#endif
    (void)self;
}

/* The outermost function on each stack but for what `prepare` needs below it. */
static void coroutine_main(void *argument)
{
    struct coroutine *self = argument;
    sanitizer_arrive(self);
    self->entry(self->argument);
    abort(); /* it must not return: there is nothing to return to */
}

void coroutine_make(struct coroutine *coroutine, const struct coroutine_way *way, char *stack,
                    size_t stack_bytes, coroutine_entry *entry, void *argument)
{
    *coroutine = (struct coroutine){
        .entry = entry, .argument = argument, .stack = stack, .stack_bytes = stack_bytes};
    coroutine->saved = way->prepare(stack, stack_bytes, coroutine_main, coroutine);
#ifdef __SANITIZE_THREAD__
    coroutine->fiber = __tsan_create_fiber(0);
#endif
}

void coroutine_switch(const struct coroutine_way *way, struct coroutine *from, struct coroutine *to)
{
    to->previous = from;
    sanitizer_leave(from, to);
    way->jump(&from->saved, to->saved);
    sanitizer_arrive(from);
}

void coroutine_release(struct coroutine *coroutine)
{
#ifdef __SANITIZE_ADDRESS__
    __asan_unpoison_memory_region(coroutine->stack, coroutine->stack_bytes); /* frames are left */
#endif
#ifdef __SANITIZE_THREAD__
    __tsan_destroy_fiber(coroutine->fiber);
#endif
    *coroutine = (struct coroutine){0};
}

/* ---- ucontext ---- */

/* makecontext() hands over integers alone, so pointers go in halves. */
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

/* swapcontext() keeps the signal mask as well: a system call each time. */
static void ucontext_jump(void **from, void *to)
{
    ucontext_t here;
    here.uc_stack.ss_size = 0; /* AddressSanitizer would clear that much */
    *from = &here;
    swapcontext(&here, to);
    *from = NULL;
}

const struct coroutine_way coroutine_ucontext = {
    .name = "ucontext", .prepare = ucontext_prepare, .jump = ucontext_jump};
