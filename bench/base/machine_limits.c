#include "machine_limits.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "proc.h"

const struct machine_limit_row machine_limit_rows[MACHINE_LIMITS] = {
    [MACHINE_DESCRIPTORS] = {"RLIMIT_NOFILE", "'ulimit -Hn %lld' as root",
                             .resource = RLIMIT_NOFILE},
    [MACHINE_OPEN_FILES] = {"fs.file-max", "'sysctl -w fs.file-max=%lld'", "/proc/sys/fs/file-max"},
    [MACHINE_PROCESSES] = {"RLIMIT_NPROC", "'ulimit -Hu %lld' as root", .resource = RLIMIT_NPROC},
    [MACHINE_THREADS] = {"kernel.threads-max", "'sysctl -w kernel.threads-max=%lld'",
                         "/proc/sys/kernel/threads-max"},
    [MACHINE_PIDS] = {"kernel.pid_max", "'sysctl -w kernel.pid_max=%lld'",
                      "/proc/sys/kernel/pid_max"},
    [MACHINE_CGROUP_PIDS] = {"pids.max", "pids.max of the control group, to %lld"},
    [MACHINE_MAPS] = {"vm.max_map_count", "'sysctl -w vm.max_map_count=%lld'",
                      "/proc/sys/vm/max_map_count"},
    [MACHINE_MEMLOCK] = {"RLIMIT_MEMLOCK", "'ulimit -Hl unlimited' as root",
                         .resource = RLIMIT_MEMLOCK, .is_bytes = true},
    [MACHINE_MEMORY] = {"memory", NULL, .is_bytes = true},
    [MACHINE_CGROUP_MEMORY] = {"memory.max", "memory.max of the control group", .is_bytes = true},
    [MACHINE_PORTS] = {"net.ipv4.ip_local_port_range",
                       "'sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"'"},
    [MACHINE_SOMAXCONN] = {"net.core.somaxconn",
                           "'sysctl -w net.core.somaxconn=%lld', and --backlog as much",
                           "/proc/sys/net/core/somaxconn"},
    [MACHINE_WATCHES] = {"fs.epoll.max_user_watches", "'sysctl -w fs.epoll.max_user_watches=%lld'",
                         "/proc/sys/fs/epoll/max_user_watches"},
    [MACHINE_TCP_MEMORY] = {"net.ipv4.tcp_mem",
                            "'sysctl -w net.ipv4.tcp_mem=\"LOW PRESSURE HIGH\"', in pages",
                            .is_bytes = true},
    [MACHINE_TRACKED] = {"net.netfilter.nf_conntrack_max",
                         "'sysctl -w net.netfilter.nf_conntrack_max=%lld'"},
};

char *machine_limit_raise(enum machine_limit limit, int64_t wanted, char *buffer, size_t size)
{
    const char *words = machine_limit_rows[limit].raise, *number = strstr(words, "%lld");
    if (number) /* not all have one */
        snprintf(buffer, size, "%.*s%" PRId64 "%s", (int)(number - words), words, wanted,
                 number + strlen("%lld"));
    else
        snprintf(buffer, size, "%s", words);
    return buffer;
}

static int64_t hard_limit(int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0 || limit.rlim_max == RLIM_INFINITY)
        return MACHINE_UNLIMITED;
    return (int64_t)limit.rlim_max;
}

static int64_t read_limit(const struct machine_limit_row *row)
{
    if (row->resource)
        return hard_limit(row->resource);
    int64_t value = row->path ? proc_integer(row->path, NULL) : -1;
    return value < 0 ? MACHINE_UNLIMITED : value;
}

/* "0.60 0.29 1.84 3/106 14941": tasks that run, and all of them. */
static int64_t count_tasks(void)
{
    char text[PROC_FILE_BYTES];
    int64_t tasks;
    bool found =
        proc_read(text, "/proc/loadavg") && sscanf(text, "%*s %*s %*s %*d/%" SCNd64, &tasks) == 1;
    return found ? tasks : 0;
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

static void read_network(struct machine_limits *limits)
{
    int64_t *value = limits->value, *used = limits->used;
    int64_t low = 0, high = proc_integer("/proc/sys/net/ipv4/ip_local_port_range", &low);
    if (high >= low && high > 0)
        value[MACHINE_PORTS] = high - low + 1;
    int64_t pages;
    char text[PROC_FILE_BYTES];
    if (proc_read(text, "/proc/sys/net/ipv4/tcp_mem") &&
        sscanf(text, "%*d %*d %" SCNd64, &pages) == 1)
        value[MACHINE_TCP_MEMORY] = pages * sysconf(_SC_PAGESIZE);
    int64_t tracked = proc_integer("/proc/sys/net/netfilter/nf_conntrack_count", NULL);
    if (tracked <= 0)
        return;
    value[MACHINE_TRACKED] = proc_integer("/proc/sys/net/netfilter/nf_conntrack_max", NULL);
    used[MACHINE_TRACKED] = tracked;
}

int64_t machine_memory_available(void)
{
    int64_t limit, used, available = proc_memory("MemAvailable:");
    if (cgroup_limit("memory", &limit, &used) && (available < 0 || limit - used < available))
        available = limit > used ? limit - used : 0;
    return available;
}

void machine_limits_read(struct machine_limits *limits)
{
    int64_t *value = limits->value, *used = limits->used;
    for (int i = 0; i < MACHINE_LIMITS; i++) {
        value[i] = read_limit(&machine_limit_rows[i]);
        used[i] = 0;
    }
    proc_integer("/proc/sys/fs/file-nr", &used[MACHINE_OPEN_FILES]);
    if (geteuid() == 0)
        value[MACHINE_PROCESSES] = MACHINE_UNLIMITED;
    else
        used[MACHINE_PROCESSES] = count_tasks_of_user();
    used[MACHINE_THREADS] = used[MACHINE_PIDS] = count_tasks();
    cgroup_limit("pids", &value[MACHINE_CGROUP_PIDS], &used[MACHINE_CGROUP_PIDS]);
    int64_t total = proc_memory("MemTotal:"), available = proc_memory("MemAvailable:");
    if (total >= 0 && available >= 0) {
        value[MACHINE_MEMORY] = total;
        used[MACHINE_MEMORY] = total - available;
    }
    cgroup_limit("memory", &value[MACHINE_CGROUP_MEMORY], &used[MACHINE_CGROUP_MEMORY]);
    read_network(limits);
}
