#include "self.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned count_entries(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        abort();
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

unsigned self_descriptors(void)
{
    return count_entries("/proc/self/fd") - 1; /* the folder's own */
}

unsigned self_threads(void)
{
    return count_entries("/proc/self/task");
}

unsigned self_processes(void)
{
    return self_children(NULL, 0);
}

/* The children of a process, whichever of its threads made them. */
static unsigned children_of(pid_t pid, pid_t *pids, unsigned room)
{
    unsigned count = 0;
    char path[300];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (const struct dirent *task; tasks && (task = readdir(tasks));) {
        snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, task->d_name);
        FILE *children = task->d_name[0] == '.' ? NULL : fopen(path, "re");
        for (int child; children && fscanf(children, "%d", &child) == 1; count++)
            if (count < room)
                pids[count] = child;
        if (children)
            fclose(children);
    }
    if (tasks)
        closedir(tasks);
    return count;
}

unsigned self_children(pid_t *pids, unsigned room)
{
    return children_of(getpid(), pids, room);
}

static unsigned highest_descriptor(pid_t pid)
{
    char path[64];
    unsigned highest = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if ((unsigned)atoi(entry->d_name) > highest)
            highest = (unsigned)atoi(entry->d_name);
    if (folder)
        closedir(folder);
    return highest;
}

/* Returns 0 or -1. */
static int limit_soft(pid_t pid, rlim_t most)
{
    struct rlimit limit;
    if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) < 0)
        return -1;
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    return prlimit(pid, RLIMIT_NOFILE, &limit, NULL);
}

/* The same as the user that the process is of: root without CAP_SYS_RESOURCE may not itself. */
static void limit_soft_as_owner(pid_t pid, rlim_t most)
{
    char path[64];
    struct stat owner;
    snprintf(path, sizeof(path), "/proc/%d", (int)pid);
    if (stat(path, &owner) < 0)
        return;
    pid_t helper = fork();
    if (helper == 0) {
        bool is_owner = setresgid(owner.st_gid, owner.st_gid, owner.st_gid) == 0 &&
                        setresuid(owner.st_uid, owner.st_uid, owner.st_uid) == 0;
        _exit(!is_owner || limit_soft(pid, most) < 0);
    }
    if (helper > 0)
        waitpid(helper, NULL, 0);
}

static void limit_children(pid_t parent, pid_t except, unsigned n)
{
    pid_t pids[64];
    unsigned count = children_of(parent, pids, 64);
    for (unsigned i = 0; i < count && i < 64; i++) {
        if (pids[i] == except)
            continue;
        rlim_t most = n == SELF_NO_LIMIT ? RLIM_INFINITY : highest_descriptor(pids[i]) + 1 + n;
        if (limit_soft(pids[i], most) < 0 && errno == EPERM)
            limit_soft_as_owner(pids[i], most);
        limit_children(pids[i], except, n);
    }
}

void self_limit_others(pid_t except, unsigned n)
{
    limit_children(getpid(), except, n);
}

bool self_threads_settle(unsigned threads)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int attempt = 0; attempt < 5000; attempt++) {
        if (self_threads() == threads)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

unsigned long self_limit_descriptors(unsigned n)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    unsigned long before = limit.rlim_cur;
    int lowest[64], opened = 0;
    /* The limit is on the number, and numbers are handed out from the lowest that is free. */
    for (unsigned i = 0; i <= n && i < 64; i++)
        lowest[opened++] = dup(STDERR_FILENO);
    limit.rlim_cur = (rlim_t)lowest[opened - 1];
    while (opened)
        close(lowest[--opened]);
    setrlimit(RLIMIT_NOFILE, &limit);
    return before;
}

void self_restore_descriptors(unsigned long limit)
{
    struct rlimit rlimit;
    getrlimit(RLIMIT_NOFILE, &rlimit);
    rlimit.rlim_cur = limit;
    setrlimit(RLIMIT_NOFILE, &rlimit);
}
