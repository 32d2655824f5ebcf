/* What the harness samples during a run, every 25 ms: peaks that the kernel does not record, and
 * the delay of its own wake-ups. */
#ifndef WAITBENCH_WATCH_H
#define WAITBENCH_WATCH_H

#include "bench/base/child.h"
#include "bench/base/family.h"

struct watch {
    int64_t socket_memory_bytes, host_stall_ns; /* peaks; or USAGE_NOT_AVAILABLE */
    int64_t kernel_stack_bytes;                 /* less the first sample; likewise */
    /* Likewise, with `kernel_objects`: these, and page tables. */
    int64_t slab_bytes, page_table_bytes;
    struct family_size family;      /* of the measured process and its children; likewise */
    int64_t memory_available_bytes; /* the lowest; -1 if not sampled */
    bool short_of_memory;           /* it was below the floor */
};

struct watch_options {
    /* Sample the memory available on the machine, and return CHILD_TIMEOUT early if that is below
     * the floor. 0: neither. */
    int64_t memory_floor_bytes;
    bool kernel_objects; /* sample them and page tables */
};

/* As child_wait(), sampling the child's processes and the kernel's memory for sockets and stacks
 * meanwhile. */
enum child_wait watch_wait(struct watch *watch, struct child *child, nsec_t deadline,
                           const struct watch_options *options);

#endif
