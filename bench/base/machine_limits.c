#include "machine_limits.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "proc.h"

int64_t machine_read_integer(const char *path, int64_t *first)
{
    int64_t a, b;
    FILE *in = fopen(path, "re");
    if (!in)
        return -1;
    int n = fscanf(in, "%" SCNd64 " %" SCNd64, &a, &b);
    fclose(in);
    if (n < 1)
        return -1;
    if (first)
        *first = a;
    return n == 2 ? b : a;
}

static int64_t read_or_unlimited(const char *path)
{
    int64_t value = machine_read_integer(path, NULL);
    return value < 0 ? MACHINE_UNLIMITED : value;
}

static int64_t hard_limit(int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0 || limit.rlim_max == RLIM_INFINITY)
        return MACHINE_UNLIMITED;
    return (int64_t)limit.rlim_max;
}

/* "0.60 0.29 1.84 3/106 14941": tasks that run, and all of them. */
static int64_t count_tasks(void)
{
    int64_t tasks;
    FILE *in = fopen("/proc/loadavg", "re");
    if (!in)
        return 0;
    int n = fscanf(in, "%*s %*s %*s %*d/%" SCNd64, &tasks);
    fclose(in);
    return n == 1 ? tasks : 0;
}

/* The link count of /proc/PID/task is the number of tasks plus 2. */
static int64_t count_tasks_of_user(void)
{
    int64_t tasks = 0;
    DIR *processes = opendir("/proc");
    if (!processes)
        return 0;
    for (const struct dirent *entry; (entry = readdir(processes));) {
        char path[300];
        struct stat status;
        snprintf(path, sizeof(path), "/proc/%s/task", entry->d_name);
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && stat(path, &status) == 0 &&
            status.st_uid == geteuid() && status.st_nlink > 2)
            tasks += (int64_t)status.st_nlink - 2;
    }
    closedir(processes);
    return tasks;
}

static int64_t memory_field(const char *key)
{
    char text[PROC_FILE_BYTES];
    int64_t kilobytes;
    return proc_read("/proc/meminfo", text) && proc_number(text, key, &kilobytes) ? kilobytes * 1024
                                                                                  : -1;
}

int64_t machine_memory_available(void)
{
    int64_t limit, used, available = memory_field("MemAvailable:");
    if (cgroup_limit("memory", &limit, &used) && (available < 0 || limit - used < available))
        available = limit > used ? limit - used : 0;
    return available;
}

void machine_limits_read(struct machine_limits *limits)
{
    int64_t *value = limits->value, *used = limits->used;
    for (int i = 0; i < MACHINE_LIMITS; i++) {
        value[i] = MACHINE_UNLIMITED;
        used[i] = 0;
    }
    value[MACHINE_DESCRIPTORS] = hard_limit(RLIMIT_NOFILE);
    value[MACHINE_OPEN_FILES] = read_or_unlimited("/proc/sys/fs/file-max");
    machine_read_integer("/proc/sys/fs/file-nr", &used[MACHINE_OPEN_FILES]);
    if (geteuid() != 0) {
        value[MACHINE_PROCESSES] = hard_limit(RLIMIT_NPROC);
        used[MACHINE_PROCESSES] = count_tasks_of_user();
    }
    value[MACHINE_THREADS] = read_or_unlimited("/proc/sys/kernel/threads-max");
    value[MACHINE_PIDS] = read_or_unlimited("/proc/sys/kernel/pid_max");
    used[MACHINE_THREADS] = used[MACHINE_PIDS] = count_tasks();
    cgroup_limit("pids", &value[MACHINE_CGROUP_PIDS], &used[MACHINE_CGROUP_PIDS]);
    value[MACHINE_MAPS] = read_or_unlimited("/proc/sys/vm/max_map_count");
    value[MACHINE_MEMLOCK] = hard_limit(RLIMIT_MEMLOCK);
    int64_t total = memory_field("MemTotal:"), available = memory_field("MemAvailable:");
    if (total >= 0 && available >= 0) {
        value[MACHINE_MEMORY] = total;
        used[MACHINE_MEMORY] = total - available;
    }
    cgroup_limit("memory", &value[MACHINE_CGROUP_MEMORY], &used[MACHINE_CGROUP_MEMORY]);
    int64_t low = 0, high = machine_read_integer("/proc/sys/net/ipv4/ip_local_port_range", &low);
    if (high >= low && high > 0)
        value[MACHINE_PORTS] = high - low + 1;
    value[MACHINE_SOMAXCONN] = read_or_unlimited("/proc/sys/net/core/somaxconn");
}
