/* What the harness sees of a run from beside it, in small looks some 25 ms apart: peaks that nobody
 * keeps, and how late it was itself woken. */
#ifndef WAITBENCH_WATCH_H
#define WAITBENCH_WATCH_H

#include "bench/base/child.h"
#include "bench/base/family.h"

struct watch {
    int64_t socket_memory_bytes, host_stall_ns; /* peaks; -1 where nothing was seen */
    int64_t kernel_stack_bytes;                 /* beyond the first look; likewise */
    struct family_size family;      /* of the measured process and its children; likewise */
    int64_t memory_available_bytes; /* the least; -1 where nobody looked */
    bool short_of_memory;           /* it came below the floor */
};

/* As child_wait(), looking at the child's processes and the kernel's memory for sockets and stacks
 * meanwhile. With
 * a floor (0 is none) also at the memory that is available to everybody: where that is less, it
 * returns CHILD_TIMEOUT before the time. */
enum child_wait watch_wait(struct watch *watch, struct child *child, nsec_t deadline,
                           int64_t memory_floor_bytes);

#endif
