#include "self.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
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

unsigned self_children(pid_t *pids, unsigned room)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks)
        abort();
    for (const struct dirent *task; (task = readdir(tasks));) {
        char path[300];
        snprintf(path, sizeof(path), "/proc/self/task/%s/children", task->d_name);
        FILE *children = task->d_name[0] == '.' ? NULL : fopen(path, "re");
        for (int pid; children && fscanf(children, "%d", &pid) == 1; count++)
            if (count < room)
                pids[count] = pid;
        if (children)
            fclose(children);
    }
    closedir(tasks);
    return count;
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
