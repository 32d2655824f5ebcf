#include "thread_stack.h"

#include <unistd.h>

int thread_stack_set(pthread_attr_t *attributes, size_t bytes, size_t usual, struct error *error)
{
    size_t least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    size_t chosen = bytes ? bytes : usual > least ? usual : least;
    int result = pthread_attr_setstacksize(attributes, chosen);
    if (result == 0)
        return 0;
    return error_errno(error, result,
                       "cannot set a thread's stack to %zu bytes, where the least is %zu", chosen,
                       least);
}
