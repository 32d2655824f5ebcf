/* Coroutines: functions with stacks of their own that pass the processor to one another.
 *
 * Nothing is scheduled here: coroutine_switch leaves one for another, goes on where that one was
 * left, and returns once somebody switches back. All of it happens on one thread. */
#ifndef WAITBENCH_COROUTINE_SWITCH_H
#define WAITBENCH_COROUTINE_SWITCH_H

#include <stddef.h>

/* Runs on the coroutine's stack. It must not return: in the end it switches away for good. */
typedef void coroutine_entry(void *argument);

/* How to switch. Every way keeps what a called function has to keep: some registers, the stack, and
 * how floating point rounds and traps. It lies on the stack that was left. */
struct coroutine_way {
    const char *name;
    const char *missing; /* why there is no such way here, or NULL */
    /* Make a fresh stack look as if it had been left right before entry(argument). Returns what to
     * jump to. */
    void *(*prepare)(char *stack, size_t bytes, coroutine_entry *entry, void *argument);
    /* Leave this stack, its place in `*from`, for the one that was left at `to`. */
    void (*jump)(void **from, void *to);
};

extern const struct coroutine_way coroutine_ucontext;
extern const struct coroutine_way coroutine_assembly;

/* A zeroed one stands for the thread itself, and needs no coroutine_make. */
struct coroutine {
    void *saved; /* while others run: its place, on its own stack */
    coroutine_entry *entry;
    void *argument;
    /* For the sanitizers, who follow every stack. */
    const void *stack;
    size_t stack_bytes;
    struct coroutine *previous; /* who switched to it last */
    void *fake_stack, *fiber;
};

/* Room for an exchange, a job and a signal's frame. Only touched pages are resident. */
extern const size_t coroutine_stack_bytes;

/* Ready entry(argument) to run on a stack from the first switch to it. Floating point is controlled
 * as in the caller. */
void coroutine_make(struct coroutine *coroutine, const struct coroutine_way *way, char *stack,
                    size_t stack_bytes, coroutine_entry *entry, void *argument);

/* Leave `from`, the one that runs, for `to`. */
void coroutine_switch(const struct coroutine_way *way, struct coroutine *from,
                      struct coroutine *to);

/* Forget one that was made, wherever it was left: its stack is free. */
void coroutine_release(struct coroutine *coroutine);

#endif
