/* Coroutines: functions on stacks of their own that switch to one another explicitly.
 *
 * There is no scheduler here: coroutine_switch leaves one coroutine, resumes another where it was
 * left, and returns when something switches back. All of it happens on one thread. */
#ifndef WAITBENCH_COROUTINE_SWITCH_H
#define WAITBENCH_COROUTINE_SWITCH_H

#include <stddef.h>

#include "error.h"

/* Runs on the coroutine's stack. It must not return: at its end it switches away for good. */
typedef void coroutine_entry(void *argument);

/* An implementation of the switch. All preserve what a called function must preserve: some
 * registers, the stack, and the floating-point control words. These are saved on the stack that is
 * left. */
struct coroutine_backend {
    const char *name;
    const char *missing; /* why it is not available, or NULL */
    /* Set up a new stack as if it had been left right before entry(argument). Returns the `to` for
     * jump(). */
    void *(*prepare)(char *stack, size_t bytes, coroutine_entry *entry, void *argument);
    /* Save the current position in `*from` and resume the stack that was left at `to`. */
    void (*jump)(void **from, void *to);
};

extern const struct coroutine_backend coroutine_ucontext;
extern const struct coroutine_backend coroutine_assembly;

/* A zeroed one stands for the thread itself, and needs no coroutine_make. */
struct coroutine {
    void *saved; /* while others run: its saved position, on its own stack */
    coroutine_entry *entry;
    void *argument;
    /* For the sanitizers, which track every stack. */
    const void *stack;
    size_t stack_bytes;
    struct coroutine *previous; /* the one that switched to it last */
    void *fake_stack, *fiber;
};

/* Room for a request on either side and a signal's frame. Only touched pages are resident. */
extern const size_t coroutine_stack_bytes;

/* Set up entry(argument) to run on a stack at the first switch to it, with the caller's
 * floating-point control. */
void coroutine_make(struct coroutine *coroutine, const struct coroutine_backend *backend,
                    char *stack, size_t stack_bytes, coroutine_entry *entry, void *argument);

/* Switch from `from`, the running one, to `to`. */
void coroutine_switch(const struct coroutine_backend *backend, struct coroutine *from,
                      struct coroutine *to);

/* Release one that was made, wherever it was left; its stack can be reused. */
void coroutine_release(struct coroutine *coroutine);

/* Stacks for coroutines, each with a guard page below it: an overflow is a crash, instead of a
 * write into another stack. */
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
