#include "usage_probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/base/proc.h"
#include "lib/clock.h"
#include "perf_event.h"

/* If existing threads have a smaller share of the CPU time, their figures do not represent the
 * whole. */
static const double VISIBLE_SHARE = 0.9;

/* ---- system calls ---- */

/* The raw_syscalls:sys_enter tracepoint through perf_event_open(2), which includes threads and
 * children created later. */
#define TRACEPOINT_ID "events/raw_syscalls/sys_enter/id"

static int64_t read_id(int folder)
{
    char text[32] = "";
    int fd = openat(folder, TRACEPOINT_ID, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    return size > 0 ? strtoll(text, NULL, 10) : -1;
}

/* If tracefs is not mounted, use a detached mount: it is invisible to other processes, and closing
 * its descriptor unmounts it. */
static int open_tracefs(void)
{
    int context = fsopen("tracefs", FSOPEN_CLOEXEC);
    if (context < 0)
        return -1;
    int folder = -1;
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        folder = fsmount(context, FSMOUNT_CLOEXEC, 0);
    close(context);
    return folder;
}

static int64_t tracepoint_id(void)
{
    static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    int64_t id = -1;
    for (size_t i = 0; i <= sizeof(places) / sizeof(places[0]) && id < 0; i++) {
        int folder = i < sizeof(places) / sizeof(places[0])
                         ? open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC)
                         : open_tracefs();
        if (folder < 0)
            continue;
        id = read_id(folder);
        close(folder);
    }
    return id;
}

static int tracepoint_open(pid_t pid, int64_t id, bool counting)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_TRACEPOINT,
        .config = (uint64_t)id,
        .inherit = counting,
        .disabled = !counting,
    };
    return perf_event_make(&attributes, pid, -1);
}

/* Count the calls of `pid` (0: this process) from now on. Returns a descriptor for reading and
 * closing, or -1 with the reason, and what to do, in `why`. */
static int open_counter(pid_t pid, char *why, size_t size)
{
    int64_t id = tracepoint_id();
    if (id < 0) {
        snprintf(why, size,
                 "tracefs is not mounted or not readable: run as root, or 'mount -t tracefs "
                 "tracefs /sys/kernel/tracing'");
        return -1;
    }
    int fd = tracepoint_open(pid, id, true);
    if (fd < 0)
        perf_event_explain(-1, why, size);
    return fd;
}

int usage_hold_tracing(void)
{
    int64_t id = tracepoint_id();
    return id < 0 ? -1 : tracepoint_open(0, id, false);
}

static int64_t read_counter(int fd)
{
    uint64_t count;
    if (read(fd, &count, sizeof(count)) != sizeof(count))
        return USAGE_NOT_AVAILABLE;
    return (int64_t)count;
}

/* ---- counters of the kernel ---- */

/* Each function sets the values it can read in an array of USAGE_READINGS, and leaves the rest
 * unchanged. */
static void add(int64_t *sum, enum usage_metric metric, int64_t value)
{
    if (value != USAGE_NOT_AVAILABLE)
        sum[metric] = sum[metric] == USAGE_NOT_AVAILABLE ? value : sum[metric] + value;
}

static void take_status(const char *text, int64_t *value)
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
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        int64_t number;
        if (proc_number(text, fields[i].key, &number))
            value[fields[i].metric] = number * fields[i].scale;
    }
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
    char text[PROC_FILE_BYTES];
    const char *rest = proc_read(text, "/proc/%d/stat", (int)pid) ? strrchr(text, ')') : NULL;
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
static void add_schedstat(const char *text, int64_t *value)
{
    int64_t cpu, waited;
    if (sscanf(text, "%" SCNd64 " %" SCNd64, &cpu, &waited) != 2)
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
        if (proc_read(text, "/proc/%d/task/%s/schedstat", (int)pid, entry->d_name))
            add_schedstat(text, value);
        if (with_switches && proc_read(text, "/proc/%d/task/%s/status", (int)pid, entry->d_name))
            add_switches(text, value);
    }
    closedir(tasks);
}

/* Read the values in files, except CPU time. */
static void read_files(pid_t pid, struct stat_fields *stat, int64_t *value)
{
    char text[PROC_FILE_BYTES];
    if (!proc_read(text, "/proc/%d/status", (int)pid))
        return;
    take_status(text, value);
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

static int64_t timeval_ns(struct timeval t)
{
    return (int64_t)t.tv_sec * NSEC_PER_SEC + (int64_t)t.tv_usec * NSEC_PER_USEC;
}

/* This process, including threads that have ended and reaped children. */
static void read_own(int64_t *value)
{
    struct rusage own, reaped;
    if (getrusage(RUSAGE_SELF, &own) < 0 || getrusage(RUSAGE_CHILDREN, &reaped) < 0)
        return;
    int64_t reaped_user = timeval_ns(reaped.ru_utime), reaped_system = timeval_ns(reaped.ru_stime);
    value[USAGE_REAPED_CPU_NS] = reaped_user + reaped_system;
    value[USAGE_CPU_NS] = clock_read(CLOCK_PROCESS_CPUTIME_ID) + reaped_user + reaped_system;
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
    return clock_read((clockid_t)(~(unsigned)pid << 3 | clock));
}

/* Sums over a family, without reaped processes, which are in getrusage(): here the CPU clocks,
 * which include threads that have ended, are exact and cost a few calls each. */
static void read_family_clocks(const struct family *family, int64_t *sum)
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

/* The values in files: 60 us each. */
static void read_family_files(const struct family *family, int64_t *sum)
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

/* The Pss of a process and its descendants; not available where it has none. */
static int64_t read_memory(pid_t pid, const struct family *family)
{
    int64_t sum = family->count ? family_memory(pid) : -1;
    if (sum < 0)
        return USAGE_NOT_AVAILABLE;
    for (size_t i = 0; i < family->count; i++) {
        int64_t memory = family_memory(family->pids[i]);
        sum += memory > 0 ? memory : 0; /* a process that has ended has none */
    }
    return sum;
}

/* The server with its processes and threads, also those that have ended. Where it has children, its
 * memory is what they all have now. Sources: proc(5), Documentation/scheduler/sched-stats.rst. */
static void read_server(pid_t pid, int64_t *value)
{
    struct stat_fields stat = {0};
    struct family family;
    read_files(pid, &stat, value);
    value[USAGE_CPU_NS] =
        read_clock(pid, CLOCK_EXACT) + stat.reaped_user_ns + stat.reaped_system_ns;
    value[USAGE_USER_NS] = stat.user_ns + stat.reaped_user_ns;
    value[USAGE_SYSTEM_NS] = stat.system_ns + stat.reaped_system_ns;
    family_find(&family, pid);
    read_family_clocks(&family, value);
    read_family_files(&family, value);
    if (family.count)
        value[USAGE_PEAK_RSS_BYTES] = value[USAGE_RSS_GROWTH_BYTES] = read_memory(pid, &family);
    family_release(&family);
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
        {"TCPTimeWaitOverflow", USAGE_TIME_WAIT_OVERFLOWS},
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
    if (!proc_read(text, "/proc/net/netstat"))
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
    if (!proc_read(text, "/proc/stat") ||
        sscanf(text,
               "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %*d %*d %" SCNd64 " %" SCNd64 " %" SCNd64,
               &user, &nice, &system, &irq, &softirq, &steal) != 6)
        return;
    int64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
    value[USAGE_BUSY_NS] = (user + nice + system + irq + softirq) * tick;
    value[USAGE_STEAL_NS] = steal * tick;
}

int64_t usage_socket_memory(void)
{
    char text[PROC_FILE_BYTES];
    int64_t pages;
    const char *tcp = proc_read(text, "/proc/net/sockstat") ? strstr(text, "TCP: ") : NULL;
    const char *memory = tcp ? strstr(tcp, " mem ") : NULL;
    if (!memory || sscanf(memory, " mem %" SCNd64, &pages) != 1)
        return -1;
    return pages * sysconf(_SC_PAGESIZE);
}

/* ---- the server's system calls ---- */

/* A counter includes what its thread creates later, and nothing that is there already: so each
 * thread of each process has one. Where there are too many they are not counted: a part would be
 * no figure. */

static void close_server_counters(struct usage_probe *probe)
{
    while (probe->server_tasks)
        close(probe->server_syscalls[--probe->server_tasks]);
}

static int open_task_counter(struct usage_probe *probe, pid_t tid)
{
    int fd = probe->server_tasks < USAGE_SERVER_TASKS_MAX
                 ? open_counter(tid, probe->why_no_syscalls, sizeof(probe->why_no_syscalls))
                 : -1;
    if (fd < 0)
        return -1;
    probe->server_syscalls[probe->server_tasks++] = fd;
    return 0;
}

static int open_process_counters(struct usage_probe *probe, pid_t pid)
{
    char path[PROC_PATH_BYTES];
    int result = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return -1;
    for (struct dirent *entry = readdir(tasks); entry && result == 0; entry = readdir(tasks))
        if (entry->d_name[0] != '.')
            result = open_task_counter(probe, (pid_t)strtol(entry->d_name, NULL, 10));
    closedir(tasks);
    return result;
}

static void open_server_counters(struct usage_probe *probe)
{
    struct family family;
    family_find(&family, probe->server);
    int result = open_process_counters(probe, probe->server);
    for (size_t i = 0; i < family.count && result == 0; i++)
        result = open_process_counters(probe, family.pids[i]);
    family_release(&family);
    if (result < 0)
        close_server_counters(probe);
}

/* ---- around a run ---- */

void usage_open(struct usage_probe *probe, pid_t server, bool with_syscalls)
{
    *probe = (struct usage_probe){.server = server, .client_syscalls = -1};
    char *why = probe->why_no_syscalls;
    cgroup_cpu_quota(&probe->quota);
    if (with_syscalls)
        probe->client_syscalls = open_counter(0, why, sizeof(probe->why_no_syscalls));
    else
        snprintf(why, sizeof(probe->why_no_syscalls), "counted in the first block only");
    if (server && probe->client_syscalls >= 0)
        open_server_counters(probe);
    usage_read_before(probe, &probe->base);
    int64_t memory = family_memory(getpid());
    probe->base.value[USAGE_CLIENT][USAGE_PSS_BYTES] = memory < 0 ? USAGE_NOT_AVAILABLE : memory;
}

void usage_close(struct usage_probe *probe)
{
    if (probe->client_syscalls >= 0)
        close(probe->client_syscalls);
    close_server_counters(probe);
}

/* Exact readings of one call each: done next to the timed region. */
static void read_near(const struct usage_probe *probe, struct usage *usage)
{
    if (probe->client_syscalls >= 0)
        usage->value[USAGE_CLIENT][USAGE_SYSCALLS] = read_counter(probe->client_syscalls);
    for (unsigned i = 0; i < probe->server_tasks; i++)
        add(usage->value[USAGE_SERVER], USAGE_SYSCALLS, read_counter(probe->server_syscalls[i]));
    read_own(usage->value[USAGE_CLIENT]);
}

/* Readings from files, one per thread, which cost CPU time themselves. */
static void read_far(const struct usage_probe *probe, struct usage *usage)
{
    struct stat_fields unused;
    if (probe->server)
        read_server(probe->server, usage->value[USAGE_SERVER]);
    read_files(getpid(), &unused, usage->value[USAGE_CLIENT]);
}

static void read_system(const struct usage_probe *probe, struct usage *usage)
{
    int64_t *system = usage->value[USAGE_SYSTEM], throttled = cgroup_throttled_ns(&probe->quota);
    read_netstat(system);
    read_machine(system);
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
    read_family_files(&family, sums);
    read_system(probe, usage);
    read_family_clocks(&family, sums);
    read_near(probe, usage);
    merge(usage, &children, true);
    family_release(&family);
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
    read_family_clocks(&family, sums);
    read_family_files(&family, sums);
    read_far(probe, usage);
    merge(usage, &near, false);
    merge(usage, &children, true);
    int64_t *client = usage->value[USAGE_CLIENT];
    client[USAGE_PSS_BYTES] = read_memory(getpid(), &family);
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
static void withdraw_server(const struct usage *before, struct usage *after)
{
    int64_t *server = after->value[USAGE_SERVER];
    int64_t threads =
        difference(server[USAGE_THREADS_CPU_NS], before->value[USAGE_SERVER][USAGE_THREADS_CPU_NS]);
    if (threads == USAGE_NOT_AVAILABLE ||
        (double)threads >= VISIBLE_SHARE * (double)server[USAGE_CPU_NS])
        return;
    server[USAGE_RUNNABLE_WAIT_NS] = USAGE_NOT_AVAILABLE;
    server[USAGE_VOLUNTARY_SWITCHES] = server[USAGE_INVOLUNTARY_SWITCHES] = USAGE_NOT_AVAILABLE;
}

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
            if (usage_rows[m].counter)
                value[m] = increase(value[m], before->value[s][m]);
        value[USAGE_RSS_GROWTH_BYTES] =
            difference(value[USAGE_PEAK_RSS_BYTES], base->value[s][USAGE_RSS_GROWTH_BYTES]);
        value[USAGE_VM_GROWTH_BYTES] =
            difference(value[USAGE_PEAK_VM_BYTES], base->value[s][USAGE_VM_GROWTH_BYTES]);
    }
    withdraw_incomplete(before, after);
    withdraw_server(before, after);
    int64_t *client = after->value[USAGE_CLIENT];
    struct family_size size = {-1, -1, -1, client[USAGE_PSS_BYTES]};
    client[USAGE_PSS_BYTES] = base->value[USAGE_CLIENT][USAGE_PSS_BYTES];
    usage_raise_peaks(after, &size);
}

void usage_raise_peaks(struct usage *usage, const struct family_size *size)
{
    int64_t *client = usage->value[USAGE_CLIENT];
    int64_t vm_before = difference(client[USAGE_PEAK_VM_BYTES], client[USAGE_VM_GROWTH_BYTES]);
    usage_raise(&client[USAGE_PEAK_PROCESSES], size->processes);
    usage_raise(&client[USAGE_PEAK_THREADS], size->threads);
    usage_raise(&client[USAGE_PEAK_VM_BYTES], size->vm_bytes);
    usage_raise(&client[USAGE_PEAK_RSS_BYTES], size->memory_bytes);
    if (size->vm_bytes >= 0 && vm_before != USAGE_NOT_AVAILABLE)
        usage_raise(&client[USAGE_VM_GROWTH_BYTES], size->vm_bytes - vm_before);
    if (size->memory_bytes >= 0 && client[USAGE_PSS_BYTES] != USAGE_NOT_AVAILABLE)
        usage_raise(&client[USAGE_RSS_GROWTH_BYTES], size->memory_bytes - client[USAGE_PSS_BYTES]);
}
