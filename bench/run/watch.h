/* What the harness samples during a run, every 25 ms: peaks that the kernel does not record, and
 * the delay of its own wake-ups. */
#ifndef WAITBENCH_WATCH_H
#define WAITBENCH_WATCH_H

#include "bench/base/child.h"
#include "bench/base/family.h"
#include "usage.h"

struct watch {
    int64_t socket_memory_bytes, host_stall_ns; /* peaks; or USAGE_NOT_AVAILABLE */
    int64_t kernel_stack_bytes;                 /* less the first sample; likewise */
    /* Likewise, with `kernel_objects`: these, and page tables. */
    int64_t slab_bytes, page_table_bytes;
    struct family_size family;      /* of the measured process and its children; likewise */
    int64_t memory_available_bytes; /* the lowest; -1 if not sampled */
    bool short_of_memory;           /* it was below the floor */
};

/* No sample yet. */
#define WATCH_NONE                                                                                 \
    ((struct watch){.socket_memory_bytes = USAGE_NOT_AVAILABLE,                                    \
                    .kernel_stack_bytes = USAGE_NOT_AVAILABLE,                                     \
                    .slab_bytes = USAGE_NOT_AVAILABLE,                                             \
                    .page_table_bytes = USAGE_NOT_AVAILABLE,                                       \
                    .host_stall_ns = USAGE_NOT_AVAILABLE,                                          \
                    .family = {-1, -1, -1, -1},                                                    \
                    .memory_available_bytes = -1})

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

/* The same in pieces, by one who has to do other things meanwhile. */
struct kernel_memory {
    int64_t stacks, slab, page_tables; /* -1: unknown */
};
struct watching {
    struct watch *watch;
    struct watch_options options;
    struct kernel_memory before;
    nsec_t next_sample; /* of the child's processes */
    nsec_t next_slow;   /* of the kernel's objects */
};
struct watching watch_begin(struct watch *watch, const struct watch_options *options);

/* Wait for 25 ms, the child's end or `deadline`, whichever comes first, and take a sample. */
enum child_wait watch_go_on(struct watching *watching, struct child *child, nsec_t deadline);

#endif
