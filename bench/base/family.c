#include "family.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/error.h"
#include "proc.h"

enum {
    SAMPLED_CHILDREN = 4, /* at most so many children are sampled at each level */
    SAMPLED_DEPTH = 4,
};

static void add_pid(struct family *family, pid_t pid)
{
    if (family->count == family->room) {
        family->room = family->room ? 2 * family->room : 64;
        family->pids = xrealloc(family->pids, family->room, sizeof(*family->pids));
    }
    family->pids[family->count++] = pid;
}

static int add_children_of_thread(struct family *family, pid_t pid, const char *thread)
{
    char path[PROC_PATH_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/task/%.20s/children", (int)pid, thread);
    FILE *in = fopen(path, "re");
    if (!in)
        return -1;
    for (int child; fscanf(in, "%d", &child) == 1;)
        add_pid(family, child);
    fclose(in);
    return 0;
}

static int add_children_of_main(struct family *family, pid_t pid)
{
    char thread[16];
    snprintf(thread, sizeof(thread), "%d", (int)pid);
    return add_children_of_thread(family, pid, thread);
}

static void add_children_of_all(struct family *family, pid_t pid)
{
    char path[PROC_PATH_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return; /* it has ended */
    for (const struct dirent *entry; (entry = readdir(tasks));)
        if (entry->d_name[0] != '.')
            add_children_of_thread(family, pid, entry->d_name);
    closedir(tasks);
}

int family_find(struct family *family, pid_t pid)
{
    *family = (struct family){0};
    if (add_children_of_main(family, pid) < 0)
        return -1;
    for (size_t i = 0; i < family->count; i++)
        add_children_of_all(family, family->pids[i]);
    return 0;
}

void family_release(struct family *family)
{
    free(family->pids);
    *family = (struct family){0};
}

int64_t family_memory(pid_t pid)
{
    char text[PROC_FILE_BYTES];
    int64_t kilobytes;
    if (!proc_read(text, "/proc/%d/smaps_rollup", (int)pid) ||
        !proc_number(text, "Pss:", &kilobytes))
        return -1;
    return kilobytes * 1024;
}

int64_t family_private_bytes(pid_t pid)
{
    char text[PROC_FILE_BYTES];
    long long resident, shared;
    if (!proc_read(text, "/proc/%d/statm", (int)pid) ||
        sscanf(text, "%*d %lld %lld", &resident, &shared) != 2)
        return 0;
    return (resident - shared) * sysconf(_SC_PAGESIZE);
}

/* Totals so far; fractions, because sampled children are weighted. */
struct totals {
    double processes, threads, vm_bytes, memory_bytes;
};

static void add_process(pid_t pid, double weight, bool with_memory, struct totals *totals)
{
    char text[PROC_FILE_BYTES];
    int64_t threads, vm_kilobytes, memory = with_memory ? family_memory(pid) : -1;
    if (!proc_read(text, "/proc/%d/status", (int)pid))
        return;
    if (proc_number(text, "Threads:", &threads))
        totals->threads += weight * (double)threads;
    if (proc_number(text, "VmSize:", &vm_kilobytes)) /* a process that has ended has none */
        totals->vm_bytes += weight * (double)vm_kilobytes * 1024;
    if (memory > 0)
        totals->memory_bytes += weight * (double)memory;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static void add_sample(pid_t pid, double weight, int depth, struct totals *totals)
{
    struct family children = {0};
    if (add_children_of_main(&children, pid) == 0)
        totals->processes += weight;
    add_process(pid, weight, depth > 0 || children.count > 0, totals);
    size_t chosen = children.count < SAMPLED_CHILDREN ? children.count : SAMPLED_CHILDREN;
    for (size_t i = 0; i < chosen && depth < SAMPLED_DEPTH; i++)
        add_sample(children.pids[i * children.count / chosen],
                   weight * (double)children.count / (double)chosen, depth + 1, totals);
    family_release(&children);
}

static int64_t rounded(double value)
{
    return value > 0 ? (int64_t)(value + 0.5) : -1;
}

struct family_size family_sample(pid_t pid)
{
    struct totals totals = {0};
    add_sample(pid, 1, 0, &totals);
    return (struct family_size){rounded(totals.processes), rounded(totals.threads),
                                rounded(totals.vm_bytes), rounded(totals.memory_bytes)};
}
