#include "ledger_read.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/clock.h"

enum { FILE_BYTES = 16384, PATH_BYTES = 64 };

/* A file of /proc as a string; false where it cannot be read. */
static bool read_file(const char *path, char text[FILE_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, FILE_BYTES - 1);
    close(fd);
    if (size <= 0)
        return false;
    text[size] = '\0';
    return true;
}

/* The number after `key` at the beginning of a line. */
static bool find_number(const char *text, const char *key, int64_t *out)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, key, length)) {
            *out = strtoll(line + length, NULL, 10);
            return true;
        }
    }
    return false;
}

static void read_status(pid_t pid, int64_t *value)
{
    static const struct {
        const char *key;
        enum ledger_metric metric;
        int64_t scale;
    } fields[] = {
        {"VmHWM:", LEDGER_PEAK_RSS_BYTES, 1024},
        {"VmPeak:", LEDGER_PEAK_VM_BYTES, 1024},
        {"VmRSS:", LEDGER_RSS_GROWTH_BYTES, 1024},
        {"VmSize:", LEDGER_VM_GROWTH_BYTES, 1024},
        {"Threads:", LEDGER_PEAK_THREADS, 1},
        {"voluntary_ctxt_switches:", LEDGER_VOLUNTARY_SWITCHES, 1},
        {"nonvoluntary_ctxt_switches:", LEDGER_INVOLUNTARY_SWITCHES, 1},
    };
    char path[PATH_BYTES], text[FILE_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (!read_file(path, text))
        return;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        int64_t number;
        if (find_number(text, fields[i].key, &number))
            value[fields[i].metric] = number * fields[i].scale;
    }
}

/* Faults and CPU in clock ticks: fields 10, 12, 14 and 15, counted after the name, which may hold
 * anything but ends with the last ')'. */
static void read_stat(pid_t pid, int64_t *value)
{
    char path[PATH_BYTES], text[FILE_BYTES];
    int64_t minor, major, user, system;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    const char *rest = read_file(path, text) ? strrchr(text, ')') : NULL;
    if (!rest ||
        sscanf(rest,
               ") %*c %*d %*d %*d %*d %*d %*u %" SCNd64 " %*u %" SCNd64 " %*u %" SCNd64 " %" SCNd64,
               &minor, &major, &user, &system) != 4)
        return;
    int64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
    value[LEDGER_MINOR_FAULTS] = minor;
    value[LEDGER_MAJOR_FAULTS] = major;
    value[LEDGER_USER_NS] = user * tick;
    value[LEDGER_SYSTEM_NS] = system * tick;
}

/* CPU time and time spent waiting for a CPU, in ns, of one thread. */
static bool read_schedstat(pid_t pid, const char *thread, int64_t *cpu, int64_t *waited)
{
    char path[PATH_BYTES], text[FILE_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid, thread);
    return read_file(path, text) && sscanf(text, "%" SCNd64 " %" SCNd64, cpu, waited) == 2;
}

static void read_threads(pid_t pid, int64_t *value)
{
    char path[PATH_BYTES];
    int64_t cpu_sum = 0, waited_sum = 0, cpu, waited;
    bool any = false;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return;
    for (struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
        if (entry->d_name[0] != '.' && read_schedstat(pid, entry->d_name, &cpu, &waited)) {
            cpu_sum += cpu;
            waited_sum += waited;
            any = true;
        }
    closedir(tasks);
    if (!any)
        return;
    value[LEDGER_CPU_NS] = cpu_sum;
    value[LEDGER_RUNNABLE_WAIT_NS] = waited_sum;
}

void ledger_read_process(pid_t pid, int64_t *value)
{
    read_status(pid, value);
    read_stat(pid, value);
    read_threads(pid, value);
}

static int64_t timeval_ns(struct timeval t)
{
    return (int64_t)t.tv_sec * NSEC_PER_SEC + (int64_t)t.tv_usec * NSEC_PER_USEC;
}

void ledger_read_usage(int64_t *value)
{
    struct rusage usage;
    struct timespec cpu;
    if (getrusage(RUSAGE_SELF, &usage) < 0 || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) < 0)
        return;
    value[LEDGER_CPU_NS] = (int64_t)cpu.tv_sec * NSEC_PER_SEC + cpu.tv_nsec;
    value[LEDGER_USER_NS] = timeval_ns(usage.ru_utime);
    value[LEDGER_SYSTEM_NS] = timeval_ns(usage.ru_stime);
    value[LEDGER_VOLUNTARY_SWITCHES] = usage.ru_nvcsw;
    value[LEDGER_INVOLUNTARY_SWITCHES] = usage.ru_nivcsw;
    value[LEDGER_MINOR_FAULTS] = usage.ru_minflt;
    value[LEDGER_MAJOR_FAULTS] = usage.ru_majflt;
}

static void take_netstat(int64_t *value, const char *name, const char *number)
{
    static const struct {
        const char *name;
        enum ledger_metric metric;
    } counters[] = {
        {"TCPSynRetrans", LEDGER_SYN_RETRANSMITS},
        {"ListenOverflows", LEDGER_LISTEN_OVERFLOWS},
        {"ListenDrops", LEDGER_LISTEN_DROPS},
    };
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        if (!strcmp(counters[i].name, name))
            value[counters[i].metric] = strtoll(number, NULL, 10);
}

/* Pairs of lines, names and then values, each pair behind a prefix. */
static void read_netstat(int64_t *value)
{
    char text[FILE_BYTES];
    char *lines = text, *names, *values;
    if (!read_file("/proc/net/netstat", text))
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
    char text[FILE_BYTES];
    int64_t user, nice, system, irq, softirq, steal;
    if (!read_file("/proc/stat", text) ||
        sscanf(text,
               "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %*d %*d %" SCNd64 " %" SCNd64 " %" SCNd64,
               &user, &nice, &system, &irq, &softirq, &steal) != 6)
        return;
    int64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
    value[LEDGER_BUSY_NS] = (user + nice + system + irq + softirq) * tick;
    value[LEDGER_STEAL_NS] = steal * tick;
}

void ledger_read_system(int64_t *value)
{
    read_netstat(value);
    read_machine(value);
}

int64_t ledger_socket_memory(void)
{
    char text[FILE_BYTES];
    int64_t pages;
    const char *tcp = read_file("/proc/net/sockstat", text) ? strstr(text, "TCP: ") : NULL;
    const char *memory = tcp ? strstr(tcp, " mem ") : NULL;
    if (!memory || sscanf(memory, " mem %" SCNd64, &pages) != 1)
        return -1;
    return pages * sysconf(_SC_PAGESIZE);
}

int64_t ledger_threads(pid_t pid)
{
    char path[PATH_BYTES], text[FILE_BYTES];
    int64_t threads;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    return read_file(path, text) && find_number(text, "Threads:", &threads) ? threads : -1;
}
