#include "family.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/error.h"
#include "proc.h"

enum {
    LOOK_AT = 4, /* so many children stand for all, at each level */
    LOOK_DEPTH = 4,
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
        return; /* it has ended meanwhile */
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
    char path[PROC_PATH_BYTES], text[PROC_FILE_BYTES];
    int64_t kilobytes;
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    if (!proc_read(path, text) || !proc_number(text, "Pss:", &kilobytes))
        return -1;
    return kilobytes * 1024;
}

/* What was seen, in fractions while some stand for many. */
struct look {
    double processes, threads, vm_bytes, memory_bytes;
};

static void look_at_one(pid_t pid, double weight, bool with_memory, struct look *look)
{
    char path[PROC_PATH_BYTES], text[PROC_FILE_BYTES];
    int64_t threads, vm_kilobytes, memory = with_memory ? family_memory(pid) : -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (!proc_read(path, text))
        return;
    if (proc_number(text, "Threads:", &threads))
        look->threads += weight * (double)threads;
    if (proc_number(text, "VmSize:", &vm_kilobytes)) /* who has ended has none */
        look->vm_bytes += weight * (double)vm_kilobytes * 1024;
    if (memory > 0)
        look->memory_bytes += weight * (double)memory;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static void look_at(pid_t pid, double weight, int depth, struct look *look)
{
    struct family children = {0};
    if (add_children_of_main(&children, pid) == 0)
        look->processes += weight;
    look_at_one(pid, weight, depth > 0 || children.count > 0, look);
    size_t chosen = children.count < LOOK_AT ? children.count : LOOK_AT;
    for (size_t i = 0; i < chosen && depth < LOOK_DEPTH; i++)
        look_at(children.pids[i * children.count / chosen],
                weight * (double)children.count / (double)chosen, depth + 1, look);
    family_release(&children);
}

static int64_t seen(double value)
{
    return value > 0 ? (int64_t)(value + 0.5) : -1;
}

struct family_size family_look(pid_t pid)
{
    struct look look = {0};
    look_at(pid, 1, 0, &look);
    return (struct family_size){seen(look.processes), seen(look.threads), seen(look.vm_bytes),
                                seen(look.memory_bytes)};
}

static void raise_to(int64_t *peak, int64_t value)
{
    if (value > *peak)
        *peak = value;
}

void family_raise(struct family_size *peak, const struct family_size *seen_now)
{
    raise_to(&peak->processes, seen_now->processes);
    raise_to(&peak->threads, seen_now->threads);
    raise_to(&peak->vm_bytes, seen_now->vm_bytes);
    raise_to(&peak->memory_bytes, seen_now->memory_bytes);
}
