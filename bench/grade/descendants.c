/* What the processes below this one hold and use: a student's program, and what started it. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/family.h"
#include "bench/base/proc.h"
#include "scripted_server.h"

/* Entries of a folder of /proc; 0 where it cannot be read. */
static size_t count_entries(pid_t pid, const char *name)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    if (folder)
        closedir(folder);
    return count;
}

/* The time that its threads ran, and waited for a CPU: on a loaded machine one that never sleeps
 * has little of the first. */
static nsec_t process_awake(pid_t pid)
{
    char path[64], text[PROC_FILE_BYTES];
    long long ran, waited;
    nsec_t sum = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' &&
            proc_read(text, "/proc/%d/task/%s/schedstat", (int)pid, entry->d_name) &&
            sscanf(text, "%lld %lld", &ran, &waited) == 2)
            sum += ran + waited;
    if (folder)
        closedir(folder);
    return sum;
}

nsec_t descendants_awake(void)
{
    struct family family = {0};
    nsec_t sum = 0;
    if (family_find(&family, getpid()) == 0)
        for (size_t i = 0; i < family.count; i++)
            sum += process_awake(family.pids[i]);
    family_release(&family);
    return sum;
}

struct held descendants_held(void)
{
    struct family family = {0};
    struct held held = {0};
    if (family_find(&family, getpid()) == 0)
        for (size_t i = 0; i < family.count; i++) {
            held.descriptors += count_entries(family.pids[i], "fd");
            held.threads += count_entries(family.pids[i], "task");
            held.memory_bytes += family_private_bytes(family.pids[i]);
        }
    family_release(&family);
    return held;
}
