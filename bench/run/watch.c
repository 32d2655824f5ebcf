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

struct watching watch_begin(struct watch *watch, const struct watch_options *options)
{
    *watch = WATCH_NONE;
    return (struct watching){
        .watch = watch, .options = *options, .before = read_kernel_memory(options->kernel_objects)};
}

static void sample_machine(struct watching *watching, nsec_t woken)
{
    bool slow = watching->options.kernel_objects && woken >= watching->next_slow;
    if (slow)
        watching->next_slow = woken + SLOW_INTERVAL;
    sample_kernel(watching->watch, &watching->before, slow);
    if (watching->options.memory_floor_bytes)
        sample_memory(watching->watch, watching->options.memory_floor_bytes);
}

static void sample_family(struct watching *watching, const struct child *child, nsec_t woken)
{
    if (woken < watching->next_sample)
        return;
    struct family_size size = family_sample(child->pid);
    raise_family(&watching->watch->family, &size);
    nsec_t now = clock_now();
    watching->next_sample = now + REST * (now - woken);
}

enum child_wait watch_go_on(struct watching *watching, struct child *child, nsec_t deadline)
{
    struct watch *watch = watching->watch;
    nsec_t due = clock_now() + INTERVAL;
    bool last = due >= deadline;
    enum child_wait waited = child_wait(child, last ? deadline : due);
    if (waited != CHILD_TIMEOUT || last)
        return waited;
    nsec_t woken = clock_now();
    usage_raise(&watch->host_stall_ns, woken - due);
    sample_machine(watching, woken);
    if (!watch->short_of_memory)
        sample_family(watching, child, woken);
    return waited;
}

enum child_wait watch_wait(struct watch *watch, struct child *child, nsec_t deadline,
                           const struct watch_options *options)
{
    struct watching watching = watch_begin(watch, options);
    enum child_wait waited;
    do
        waited = watch_go_on(&watching, child, deadline);
    while (waited == CHILD_TIMEOUT && !watch->short_of_memory && clock_now() < deadline);
    return waited;
}
