#include "watch.h"

#include "usage_probe.h"
#include "bench/base/machine_limits.h"
#include "bench/base/proc.h"

/* A sample takes some 50 us: 0.2% of one core. */
static const nsec_t INTERVAL = 25 * NSEC_PER_MSEC;

/* Sampling many processes takes longer: limit it to 1/50 of one core. */
enum { REST = 50 };

/* The kernel's objects are looked at less often: that takes 300 us. */
static const nsec_t SLOW_INTERVAL = 250 * NSEC_PER_MSEC;

static void raise_family(struct family_size *peak, const struct family_size *size)
{
    usage_raise(&peak->processes, size->processes);
    usage_raise(&peak->threads, size->threads);
    usage_raise(&peak->vm_bytes, size->vm_bytes);
    usage_raise(&peak->memory_bytes, size->memory_bytes);
}

struct kernel_memory {
    int64_t stacks, slab, page_tables; /* -1: unknown */
};

static struct kernel_memory read_kernel_memory(bool all)
{
    return (struct kernel_memory){.stacks = proc_memory("KernelStack:"),
                                  .slab = all ? proc_slab() : -1,
                                  .page_tables = all ? proc_memory("PageTables:") : -1};
}

static void raise_growth(int64_t *peak, int64_t now, int64_t before)
{
    if (now >= 0 && before >= 0)
        usage_raise(peak, now > before ? now - before : 0);
}

static void sample_memory(struct watch *watch, int64_t floor)
{
    int64_t available = machine_memory_available();
    if (available < 0)
        return;
    if (watch->memory_available_bytes < 0 || available < watch->memory_available_bytes)
        watch->memory_available_bytes = available;
    watch->short_of_memory = available < floor;
}

static void sample_kernel(struct watch *watch, const struct kernel_memory *before, bool all)
{
    struct kernel_memory now = read_kernel_memory(all);
    raise_growth(&watch->kernel_stack_bytes, now.stacks, before->stacks);
    raise_growth(&watch->slab_bytes, now.slab, before->slab);
    raise_growth(&watch->page_table_bytes, now.page_tables, before->page_tables);
    usage_raise(&watch->socket_memory_bytes, usage_socket_memory());
}

enum child_wait watch_wait(struct watch *watch, struct child *child, nsec_t deadline,
                           const struct watch_options *options)
{
    *watch = (struct watch){.socket_memory_bytes = USAGE_NOT_AVAILABLE,
                            .kernel_stack_bytes = USAGE_NOT_AVAILABLE,
                            .slab_bytes = USAGE_NOT_AVAILABLE,
                            .page_table_bytes = USAGE_NOT_AVAILABLE,
                            .host_stall_ns = USAGE_NOT_AVAILABLE,
                            .family = {-1, -1, -1, -1},
                            .memory_available_bytes = -1};
    struct kernel_memory before = read_kernel_memory(options->kernel_objects);
    nsec_t next_sample = 0, next_slow = 0;
    for (;;) {
        nsec_t due = clock_now() + INTERVAL;
        bool last = due >= deadline;
        enum child_wait waited = child_wait(child, last ? deadline : due);
        if (waited != CHILD_TIMEOUT || last)
            return waited;
        nsec_t woken = clock_now();
        usage_raise(&watch->host_stall_ns, woken - due);
        bool slow = options->kernel_objects && woken >= next_slow;
        if (slow)
            next_slow = woken + SLOW_INTERVAL;
        sample_kernel(watch, &before, slow);
        if (options->memory_floor_bytes)
            sample_memory(watch, options->memory_floor_bytes);
        if (watch->short_of_memory)
            return CHILD_TIMEOUT;
        if (woken < next_sample)
            continue;
        struct family_size size = family_sample(child->pid);
        raise_family(&watch->family, &size);
        nsec_t now = clock_now();
        next_sample = now + REST * (now - woken);
    }
}
