#include "environment.h"

#include <ctype.h>
#include <gnu/libc-version.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <sqlite3.h>

#include "cgroup.h"
#include "proc.h"
#include "topology.h"
#include "lib/http.h"
#include "lib/units.h"

__attribute__((format(printf, 3, 4))) static void add(struct environment *e, const char *key,
                                                      const char *format, ...)
{
    if (e->count == ENVIRONMENT_ENTRIES)
        return;
    snprintf(e->entries[e->count].key, ENVIRONMENT_KEY_BYTES, "%s", key);
    va_list args;
    va_start(args, format);
    vsnprintf(e->entries[e->count].value, ENVIRONMENT_VALUE_BYTES, format, args);
    va_end(args);
    e->count++;
}

/* Several drivers may use one library: it is listed once. */
static void add_library(struct environment *e, const struct driver *driver)
{
    const char *version = driver->version ? driver->version(driver) : NULL;
    for (size_t i = 0; version && i < e->count; i++)
        if (!strcmp(e->entries[i].key, driver->library))
            version = NULL;
    if (version)
        add(e, driver->library, "%s", version);
}

/* A small file's text with white space folded. Returns false if it cannot be read. */
static bool read_text(const char *path, char *out, size_t size)
{
    char text[PROC_FILE_BYTES];
    if (!proc_read(text, "%s", path))
        return false;
    char *to = out;
    for (const char *from = text; *from && to < out + size - 1; from++) {
        bool blank = isspace((unsigned char)*from);
        if (!blank || (to > out && to[-1] != ' '))
            *to++ = blank ? ' ' : *from;
    }
    while (to > out && to[-1] == ' ')
        to--;
    *to = '\0';
    return true;
}

static void add_file(struct environment *e, const char *key, const char *path)
{
    char text[ENVIRONMENT_VALUE_BYTES];
    if (read_text(path, text, sizeof(text)))
        add(e, key, "%s", text);
}

static void add_cpu(struct environment *e)
{
    char text[2048];
    struct topology topology;
    struct cgroup_quota quota;
    add(e, "cores", "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    bool known = topology_of_process(&topology);
    if (topology.cpus)
        add(e, "cores_allowed", "%u", topology.cpus);
    if (known) {
        add(e, "cores_physical", "%u", topology.cores);
        add(e, "core_siblings", "%s", topology.siblings);
    }
    if (cgroup_cpu_quota(&quota))
        add(e, "cpu_quota", "%.2f", quota.cores);
    const char *frequency =
        read_text("/proc/cpuinfo", text, sizeof(text)) ? strstr(text, "cpu MHz : ") : NULL;
    if (frequency)
        add(e, "cpu_mhz", "%.0f", strtod(frequency + strlen("cpu MHz : "), NULL));
    char *model =
        read_text("/proc/cpuinfo", text, sizeof(text)) ? strstr(text, "model name : ") : NULL;
    if (!model)
        return;
    model += strlen("model name : ");
    char *end = strstr(model, " stepping");
    if (end)
        *end = '\0';
    add(e, "cpu", "%s", model);
}

static void add_limit(struct environment *e, const char *key, int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0)
        return;
    if (limit.rlim_max == RLIM_INFINITY)
        add(e, key, "unlimited");
    else
        add(e, key, "%llu", (unsigned long long)limit.rlim_max);
}

static void add_kernel(struct environment *e)
{
    static const struct {
        const char *key, *path;
    } files[] = {
        {"clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
        {"cpu_governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
        {"load_average", "/proc/loadavg"},
        {"net.core.somaxconn", "/proc/sys/net/core/somaxconn"},
        {"net.ipv4.ip_local_port_range", "/proc/sys/net/ipv4/ip_local_port_range"},
        {"net.ipv4.tcp_max_syn_backlog", "/proc/sys/net/ipv4/tcp_max_syn_backlog"},
        {"net.ipv4.tcp_syn_linear_timeouts", "/proc/sys/net/ipv4/tcp_syn_linear_timeouts"},
        {"net.ipv4.tcp_syncookies", "/proc/sys/net/ipv4/tcp_syncookies"},
        {"net.ipv4.tcp_tw_reuse", "/proc/sys/net/ipv4/tcp_tw_reuse"},
        {"net.ipv4.tcp_max_tw_buckets", "/proc/sys/net/ipv4/tcp_max_tw_buckets"},
        {"kernel.threads-max", "/proc/sys/kernel/threads-max"},
        {"vm.max_map_count", "/proc/sys/vm/max_map_count"},
    };
    struct utsname name;
    if (uname(&name) == 0) {
        add(e, "kernel", "%s %s", name.sysname, name.release);
        add(e, "machine", "%s", name.machine);
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        add_file(e, files[i].key, files[i].path);
}

void environment_add_program(struct environment *e, const struct driver *driver)
{
    if (driver->traits & DRIVER_PROGRAM && driver_usable(driver, 1, NULL) == 0)
        add_library(e, driver);
}

void environment_add(struct environment *environment, const char *key, const char *value)
{
    add(environment, key, "%s", value);
}

const char *environment_revision(void)
{
    return BUILD_REVISION;
}

void environment_read(struct environment *e)
{
    char bytes[UNITS_TEXT_BYTES];
    e->count = 0;
    add_cpu(e);
    add(e, "memory", "%s",
        units_format_bytes((int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), bytes));
    add_kernel(e);
    add_limit(e, "limit_descriptors", RLIMIT_NOFILE);
    add_limit(e, "limit_processes", RLIMIT_NPROC);
    add_limit(e, "limit_stack", RLIMIT_STACK);
    add(e, "compiler", "%s", BUILD_COMPILER);
    add(e, "flags", "%s", BUILD_FLAGS);
    add(e, "variant", "%s", BUILD_VARIANT);
    add(e, "revision", "%s", environment_revision());
    add(e, "glibc", "%s", gnu_get_libc_version());
    for (const struct driver *const *d = drivers; *d; d++)
        if (!((*d)->traits & DRIVER_PROGRAM))
            add_library(e, *d);
    add(e, "llhttp", "%s", http_parser_version());
    add(e, "sqlite", "%s", sqlite3_libversion());
}
