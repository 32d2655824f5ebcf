#include "usage_read.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/clock.h"
#include "bench/base/proc.h"

static void add(int64_t *sum, enum usage_metric metric, int64_t value)
{
    if (value != USAGE_NOT_AVAILABLE)
        sum[metric] = sum[metric] == USAGE_NOT_AVAILABLE ? value : sum[metric] + value;
}

static bool read_status(const char *path, char text[PROC_FILE_BYTES], int64_t *value)
{
    static const struct {
        const char *key;
        enum usage_metric metric;
        int64_t scale;
    } fields[] = {
        {"VmHWM:", USAGE_PEAK_RSS_BYTES, 1024},   {"VmPeak:", USAGE_PEAK_VM_BYTES, 1024},
        {"VmRSS:", USAGE_RSS_GROWTH_BYTES, 1024}, {"VmSize:", USAGE_VM_GROWTH_BYTES, 1024},
        {"Threads:", USAGE_PEAK_THREADS, 1},
    };
    if (!proc_read(path, text))
        return false;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        int64_t number;
        if (proc_number(text, fields[i].key, &number))
            value[fields[i].metric] = number * fields[i].scale;
    }
    return true;
}

/* The context switches of one thread, from its status. */
static void add_switches(const char *status, int64_t *value)
{
    int64_t number;
    if (proc_number(status, "voluntary_ctxt_switches:", &number))
        add(value, USAGE_VOLUNTARY_SWITCHES, number);
    if (proc_number(status, "nonvoluntary_ctxt_switches:", &number))
        add(value, USAGE_INVOLUNTARY_SWITCHES, number);
}

/* Faults and CPU time, its own and of reaped children. */
struct stat_fields {
    int64_t minor, reaped_minor, major, reaped_major;
    int64_t user_ns, system_ns, reaped_user_ns, reaped_system_ns; /* in clock ticks */
};

/* Fields 10 to 17, counted after the name, which may contain any character and ends with the last
 * ')'. */
static bool read_stat(pid_t pid, struct stat_fields *f)
{
    char path[PROC_PATH_BYTES], text[PROC_FILE_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    const char *rest = proc_read(path, text) ? strrchr(text, ')') : NULL;
    if (!rest || sscanf(rest,
                        ") %*c %*d %*d %*d %*d %*d %*u %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
                        " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
                        &f->minor, &f->reaped_minor, &f->major, &f->reaped_major, &f->user_ns,
                        &f->system_ns, &f->reaped_user_ns, &f->reaped_system_ns) != 8)
        return false;
    int64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
    f->user_ns *= tick;
    f->system_ns *= tick;
    f->reaped_user_ns *= tick;
    f->reaped_system_ns *= tick;
    return true;
}

/* CPU time and time spent waiting for a CPU, in ns, of one thread. */
static void add_schedstat(const char *path, int64_t *value)
{
    char text[PROC_FILE_BYTES];
    int64_t cpu, waited;
    if (!proc_read(path, text) || sscanf(text, "%" SCNd64 " %" SCNd64, &cpu, &waited) != 2)
        return;
    add(value, USAGE_THREADS_CPU_NS, cpu);
    add(value, USAGE_RUNNABLE_WAIT_NS, waited);
}

/* Add the values of all existing threads; `with_switches` doubles the cost. */
static void read_threads(pid_t pid, bool with_switches, int64_t *value)
{
    char path[PROC_PATH_BYTES], text[PROC_FILE_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return;
    struct timespec unused; /* reading a clock updates the counters of running threads */
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &unused);
    for (struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid, entry->d_name);
        add_schedstat(path, value);
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)pid, entry->d_name);
        if (with_switches && proc_read(path, text))
            add_switches(text, value);
    }
    closedir(tasks);
}

/* Read the values in files, except CPU time. */
static void read_files(pid_t pid, struct stat_fields *stat, int64_t *value)
{
    char path[PROC_PATH_BYTES], text[PROC_FILE_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (!read_status(path, text, value))
        return;
    bool alone = value[USAGE_PEAK_THREADS] == 1;
    if (alone)
        add_switches(text, value);
    /* This process's own are in getrusage(). */
    read_threads(pid, !alone && pid != getpid(), value);
    if (!read_stat(pid, stat))
        return;
    value[USAGE_MINOR_FAULTS] = stat->minor + stat->reaped_minor;
    value[USAGE_MAJOR_FAULTS] = stat->major + stat->reaped_major;
}

void usage_read_process(pid_t pid, int64_t *value)
{
    struct stat_fields stat = {0};
    read_files(pid, &stat, value);
    value[USAGE_CPU_NS] = value[USAGE_THREADS_CPU_NS];
    value[USAGE_USER_NS] = stat.user_ns;
    value[USAGE_SYSTEM_NS] = stat.system_ns;
}

static int64_t timeval_ns(struct timeval t)
{
    return (int64_t)t.tv_sec * NSEC_PER_SEC + (int64_t)t.tv_usec * NSEC_PER_USEC;
}

static int64_t timespec_ns(struct timespec t)
{
    return (int64_t)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

void usage_read_usage(int64_t *value)
{
    struct rusage own, reaped;
    struct timespec cpu;
    if (getrusage(RUSAGE_SELF, &own) < 0 || getrusage(RUSAGE_CHILDREN, &reaped) < 0 ||
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) < 0)
        return;
    int64_t reaped_user = timeval_ns(reaped.ru_utime), reaped_system = timeval_ns(reaped.ru_stime);
    value[USAGE_REAPED_CPU_NS] = reaped_user + reaped_system;
    value[USAGE_CPU_NS] = timespec_ns(cpu) + reaped_user + reaped_system;
    value[USAGE_USER_NS] = timeval_ns(own.ru_utime) + reaped_user;
    value[USAGE_SYSTEM_NS] = timeval_ns(own.ru_stime) + reaped_system;
    value[USAGE_VOLUNTARY_SWITCHES] = own.ru_nvcsw + reaped.ru_nvcsw;
    value[USAGE_INVOLUNTARY_SWITCHES] = own.ru_nivcsw + reaped.ru_nivcsw;
    value[USAGE_MINOR_FAULTS] = own.ru_minflt + reaped.ru_minflt;
    value[USAGE_MAJOR_FAULTS] = own.ru_majflt + reaped.ru_majflt;
}

/* The kernel's CPU clocks of another process, with ids as from clock_getcpuclockid(): user and
 * total time counted in ticks, and total time in nanoseconds. Unlike in `stat`, ticks are not
 * truncated per process, so they add up over many short processes. */
enum cpu_clock { CLOCK_BOTH_TICKS, CLOCK_USER_TICKS, CLOCK_EXACT };

static int64_t read_clock(pid_t pid, enum cpu_clock clock)
{
    struct timespec time;
    clockid_t id = (clockid_t)(~(unsigned)pid << 3 | clock);
    return clock_gettime(id, &time) < 0 ? 0 : timespec_ns(time);
}

void usage_read_family_clocks(const struct family *family, int64_t *sum)
{
    for (size_t i = 0; i < family->count; i++) {
        pid_t pid = family->pids[i];
        int64_t cpu = read_clock(pid, CLOCK_EXACT), user = read_clock(pid, CLOCK_USER_TICKS);
        add(sum, USAGE_CPU_NS, cpu);
        add(sum, USAGE_GONE_CPU_NS, cpu);
        add(sum, USAGE_USER_NS, user);
        add(sum, USAGE_SYSTEM_NS, read_clock(pid, CLOCK_BOTH_TICKS) - user);
    }
}

void usage_read_family_files(const struct family *family, int64_t *sum)
{
    static const enum usage_metric summed[] = {
        USAGE_RUNNABLE_WAIT_NS, USAGE_VOLUNTARY_SWITCHES, USAGE_INVOLUNTARY_SWITCHES,
        USAGE_MINOR_FAULTS,     USAGE_MAJOR_FAULTS,       USAGE_PEAK_VM_BYTES,
        USAGE_PEAK_THREADS,     USAGE_THREADS_CPU_NS,
    };
    for (size_t i = 0; i < family->count; i++) {
        struct stat_fields stat = {0};
        int64_t one[USAGE_READINGS];
        for (int m = 0; m < USAGE_READINGS; m++)
            one[m] = USAGE_NOT_AVAILABLE;
        read_files(family->pids[i], &stat, one);
        for (size_t m = 0; m < sizeof(summed) / sizeof(summed[0]); m++)
            add(sum, summed[m], one[summed[m]]);
        add(sum, USAGE_CPU_NS, stat.reaped_user_ns + stat.reaped_system_ns);
        add(sum, USAGE_USER_NS, stat.reaped_user_ns);
        add(sum, USAGE_SYSTEM_NS, stat.reaped_system_ns);
        if (one[USAGE_THREADS_CPU_NS] != USAGE_NOT_AVAILABLE)
            add(sum, USAGE_GONE_CPU_NS, -one[USAGE_THREADS_CPU_NS]);
    }
}

static void take_netstat(int64_t *value, const char *name, const char *number)
{
    static const struct {
        const char *name;
        enum usage_metric metric;
    } counters[] = {
        {"TCPSynRetrans", USAGE_SYN_RETRANSMITS},
        {"ListenOverflows", USAGE_LISTEN_OVERFLOWS},
        {"ListenDrops", USAGE_LISTEN_DROPS},
    };
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        if (!strcmp(counters[i].name, name))
            value[counters[i].metric] = strtoll(number, NULL, 10);
}

/* Pairs of lines, names and then values, each line with a prefix. */
static void read_netstat(int64_t *value)
{
    char text[PROC_FILE_BYTES];
    char *lines = text, *names, *values;
    if (!proc_read("/proc/net/netstat", text))
        return;
    while ((names = strsep(&lines, "\n")) && (values = strsep(&lines, "\n"))) {
        char *name, *number;
        while ((name = strsep(&names, " ")) && (number = strsep(&values, " ")))
            take_netstat(value, name, number);
    }
}

/* user nice system idle iowait irq softirq steal, in ticks since boot. */
static void read_machine(int64_t *value)
{
    char text[PROC_FILE_BYTES];
    int64_t user, nice, system, irq, softirq, steal;
    if (!proc_read("/proc/stat", text) ||
        sscanf(text,
               "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %*d %*d %" SCNd64 " %" SCNd64 " %" SCNd64,
               &user, &nice, &system, &irq, &softirq, &steal) != 6)
        return;
    int64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
    value[USAGE_BUSY_NS] = (user + nice + system + irq + softirq) * tick;
    value[USAGE_STEAL_NS] = steal * tick;
}

void usage_read_system(int64_t *value)
{
    read_netstat(value);
    read_machine(value);
}

int64_t usage_socket_memory(void)
{
    char text[PROC_FILE_BYTES];
    int64_t pages;
    const char *tcp = proc_read("/proc/net/sockstat", text) ? strstr(text, "TCP: ") : NULL;
    const char *memory = tcp ? strstr(tcp, " mem ") : NULL;
    if (!memory || sscanf(memory, " mem %" SCNd64, &pages) != 1)
        return -1;
    return pages * sysconf(_SC_PAGESIZE);
}

int64_t usage_kernel_stacks(void)
{
    char text[PROC_FILE_BYTES];
    int64_t kilobytes;
    bool found = proc_read("/proc/meminfo", text) && proc_number(text, "KernelStack:", &kilobytes);
    return found ? kilobytes * 1024 : -1;
}
