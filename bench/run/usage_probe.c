#include "usage_probe.h"

#include <stdio.h>
#include <unistd.h>

#include "syscall_counter.h"
#include "usage_read.h"

/* If existing threads have a smaller share of the CPU time, their figures do not represent the
 * whole. */
static const double VISIBLE_SHARE = 0.9;

void usage_open(struct usage_probe *probe, pid_t server, bool with_syscalls)
{
    *probe = (struct usage_probe){.server = server, .syscalls = {-1, -1}};
    char *why = probe->why_no_syscalls;
    cgroup_cpu_quota(&probe->quota);
    if (with_syscalls)
        probe->syscalls[0] = syscall_counter_open(0, why, sizeof(probe->why_no_syscalls));
    else
        snprintf(why, sizeof(probe->why_no_syscalls), "counted in the first block only");
    if (server && probe->syscalls[0] >= 0)
        probe->syscalls[1] = syscall_counter_open(server, why, sizeof(probe->why_no_syscalls));
    usage_read_before(probe, &probe->base);
    int64_t memory = family_memory(getpid());
    probe->base.value[USAGE_CLIENT][USAGE_PSS_BYTES] = memory < 0 ? USAGE_NOT_AVAILABLE : memory;
}

void usage_close(struct usage_probe *probe)
{
    for (int side = 0; side < 2; side++)
        if (probe->syscalls[side] >= 0)
            close(probe->syscalls[side]);
}

/* Exact readings of one call each: done next to the timed region. */
static void read_near(const struct usage_probe *probe, struct usage *usage)
{
    for (int side = 0; side < 2; side++)
        if (probe->syscalls[side] >= 0)
            usage->value[side][USAGE_SYSCALLS] = syscall_counter_read(probe->syscalls[side]);
    usage_read_usage(usage->value[USAGE_CLIENT]);
}

/* Readings from files, one per thread, which cost CPU time themselves. */
static void read_far(const struct usage_probe *probe, struct usage *usage)
{
    if (probe->server)
        usage_read_process(probe->server, usage->value[USAGE_SERVER]);
    usage_read_process(getpid(), usage->value[USAGE_CLIENT]);
}

static void read_system(const struct usage_probe *probe, struct usage *usage)
{
    int64_t *system = usage->value[USAGE_SYSTEM], throttled = cgroup_throttled_ns(&probe->quota);
    usage_read_system(system);
    if (throttled >= 0)
        system[USAGE_THROTTLED_NS] = throttled;
}

/* Copy the values that `from` has to `to`, or add them. */
static void merge(struct usage *to, const struct usage *from, bool adding)
{
    for (int s = 0; s < USAGE_SIDES; s++)
        for (int m = 0; m < USAGE_READINGS; m++) {
            int64_t *value = &to->value[s][m], more = from->value[s][m];
            if (more != USAGE_NOT_AVAILABLE)
                *value = adding && *value != USAGE_NOT_AVAILABLE ? *value + more : more;
        }
}

/* An existing child is counted through the family, a reaped one through getrusage(), so the sum is
 * continuous whenever it is reaped. */
void usage_read_before(const struct usage_probe *probe, struct usage *usage)
{
    struct family family;
    struct usage children;
    usage_clear(&children);
    int64_t *sums = children.value[USAGE_CLIENT];
    usage_clear(usage);
    family_find(&family, getpid());
    read_far(probe, usage);
    usage_read_family_files(&family, sums);
    read_system(probe, usage);
    usage_read_family_clocks(&family, sums);
    read_near(probe, usage);
    merge(usage, &children, true);
    family_release(&family);
}

/* The memory of the whole family, if there are children. */
static int64_t read_memory(const struct family *family)
{
    int64_t sum = family->count ? family_memory(getpid()) : -1;
    if (sum < 0)
        return USAGE_NOT_AVAILABLE;
    for (size_t i = 0; i < family->count; i++) {
        int64_t memory = family_memory(family->pids[i]);
        sum += memory > 0 ? memory : 0; /* a process that has ended has none */
    }
    return sum;
}

void usage_read_after(const struct usage_probe *probe, struct usage *usage)
{
    struct family family;
    struct usage near, children;
    usage_clear(&near);
    read_near(probe, &near);
    usage_clear(&children);
    int64_t *sums = children.value[USAGE_CLIENT];
    usage_clear(usage);
    read_system(probe, usage);
    bool found = family_find(&family, getpid()) == 0;
    usage_read_family_clocks(&family, sums);
    usage_read_family_files(&family, sums);
    read_far(probe, usage);
    merge(usage, &near, false);
    merge(usage, &children, true);
    int64_t *client = usage->value[USAGE_CLIENT];
    client[USAGE_PSS_BYTES] = read_memory(&family);
    if (found)
        client[USAGE_PEAK_PROCESSES] = 1 + (int64_t)family.count;
    family_release(&family);
}

static int64_t difference(int64_t after, int64_t before)
{
    if (after == USAGE_NOT_AVAILABLE || before == USAGE_NOT_AVAILABLE)
        return USAGE_NOT_AVAILABLE;
    return after - before;
}

/* A sum that falls has lost a process, so it is not available. */
static int64_t increase(int64_t after, int64_t before)
{
    int64_t value = difference(after, before);
    return value < 0 ? USAGE_NOT_AVAILABLE : value;
}

/* /proc lists existing threads only. If ended threads did much of the work, the figure is not
 * available. */
static void withdraw_incomplete(const struct usage *before, struct usage *after)
{
    const int64_t *was = before->value[USAGE_CLIENT];
    int64_t *client = after->value[USAGE_CLIENT];
    int64_t threads = difference(client[USAGE_THREADS_CPU_NS], was[USAGE_THREADS_CPU_NS]);
    int64_t gone = client[USAGE_GONE_CPU_NS], gone_before = was[USAGE_GONE_CPU_NS];
    if (gone_before != USAGE_NOT_AVAILABLE)
        gone = difference(gone, gone_before);
    int64_t reaped = difference(client[USAGE_REAPED_CPU_NS], was[USAGE_REAPED_CPU_NS]);
    double cpu = (double)client[USAGE_CPU_NS];
    if ((threads != USAGE_NOT_AVAILABLE && (double)threads < VISIBLE_SHARE * cpu) ||
        (double)reaped > (1 - VISIBLE_SHARE) * cpu)
        client[USAGE_RUNNABLE_WAIT_NS] = USAGE_NOT_AVAILABLE;
    if (gone != USAGE_NOT_AVAILABLE && (double)gone > (1 - VISIBLE_SHARE) * cpu)
        client[USAGE_VOLUNTARY_SWITCHES] = client[USAGE_INVOLUNTARY_SWITCHES] = USAGE_NOT_AVAILABLE;
}

void usage_settle(const struct usage_probe *probe, const struct usage *before, struct usage *after)
{
    const struct usage *base = &probe->base;
    for (int s = 0; s < USAGE_SIDES; s++) {
        int64_t *value = after->value[s];
        for (int m = 0; m < USAGE_METRICS; m++)
            if (usage_is_counter((enum usage_metric)m))
                value[m] = increase(value[m], before->value[s][m]);
        value[USAGE_RSS_GROWTH_BYTES] =
            difference(value[USAGE_PEAK_RSS_BYTES], base->value[s][USAGE_RSS_GROWTH_BYTES]);
        value[USAGE_VM_GROWTH_BYTES] =
            difference(value[USAGE_PEAK_VM_BYTES], base->value[s][USAGE_VM_GROWTH_BYTES]);
    }
    withdraw_incomplete(before, after);
    int64_t *client = after->value[USAGE_CLIENT];
    struct family_size size = {-1, -1, -1, client[USAGE_PSS_BYTES]};
    client[USAGE_PSS_BYTES] = base->value[USAGE_CLIENT][USAGE_PSS_BYTES];
    usage_raise_peaks(after, &size);
}

static void raise_to(int64_t *peak, int64_t value)
{
    if (value >= 0 && value > *peak)
        *peak = value;
}

void usage_raise_peaks(struct usage *usage, const struct family_size *size)
{
    int64_t *client = usage->value[USAGE_CLIENT];
    int64_t vm_before = difference(client[USAGE_PEAK_VM_BYTES], client[USAGE_VM_GROWTH_BYTES]);
    raise_to(&client[USAGE_PEAK_PROCESSES], size->processes);
    raise_to(&client[USAGE_PEAK_THREADS], size->threads);
    raise_to(&client[USAGE_PEAK_VM_BYTES], size->vm_bytes);
    raise_to(&client[USAGE_PEAK_RSS_BYTES], size->memory_bytes);
    if (size->vm_bytes >= 0 && vm_before != USAGE_NOT_AVAILABLE)
        raise_to(&client[USAGE_VM_GROWTH_BYTES], size->vm_bytes - vm_before);
    if (size->memory_bytes >= 0 && client[USAGE_PSS_BYTES] != USAGE_NOT_AVAILABLE)
        raise_to(&client[USAGE_RSS_GROWTH_BYTES], size->memory_bytes - client[USAGE_PSS_BYTES]);
}
