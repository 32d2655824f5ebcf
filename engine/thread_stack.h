/* The stack of a driver's threads. */
#ifndef WAITBENCH_THREAD_STACK_H
#define WAITBENCH_THREAD_STACK_H

#include <pthread.h>
#include <stddef.h>

#include "lib/error.h"

/* Set it to `bytes` or, if these are 0, to `usual` bytes, or to the least that this machine permits
 * if that is more (128 KiB on aarch64). Returns 0, or -1 where `bytes` are fewer than that. */
int thread_stack_set(pthread_attr_t *attributes, size_t bytes, size_t usual, struct error *error);

#endif
