#include "preflight.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bench/base/cgroup.h"
#include "bench/base/machine_limits.h"
#include "bench/base/proc.h"
#include "lib/terminal.h"
#include "memory.h"

/* The largest demands that any case of a plan makes. */
struct demands {
    int64_t descriptors, tasks, ports, backlog, samples;
};

enum {
    SAMPLE_DISK_BYTES = 100, /* a request in the store, its share of the index included */
    LEAST_DISK_BYTES = 16 * 1024 * 1024,
};

static void demand(int64_t *most, int64_t value)
{
    if (value > *most)
        *most = value;
}

/* Of one source address: a load in parts comes from many. */
static int64_t ports_of(const struct bench_case *c)
{
    if (c->parts > 1)
        return 0;
    return c->keep_alive ? (int64_t)c->concurrency : (int64_t)c->requests;
}

/* The most of one process, at either end. `usual` is what any has: in how many
 * processes a server model serves matters only where one would not do. */
static int64_t descriptors_of(const struct bench_case *c, int64_t usual)
{
    struct server_model_limits limits = {.processes = 1};
    int64_t client = (int64_t)case_slots_of_part(c) + CASE_SPARE_DESCRIPTORS;
    int64_t server = (int64_t)c->concurrency + CASE_SPARE_DESCRIPTORS;
    if (server > usual && c->server_model)
        server_model_check(c->server_model, &limits, NULL);
    if (case_has_url(c) || !limits.processes)
        return client;
    server = (int64_t)c->concurrency / limits.processes + CASE_SPARE_DESCRIPTORS;
    return client > server ? client : server;
}

static struct demands plan_demands(const struct plan *plan, int64_t usual)
{
    struct demands most = {0};
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bench_case *c = &plan->cases[i];
        most.samples += (int64_t)c->requests * plan->repetitions;
        if (c->driver->traits & DRIVER_OFFLINE)
            continue;
        if (!case_is_local(c))
            demand(&most.descriptors, descriptors_of(c, usual));
        if (c->driver->traits & (DRIVER_THREADS | DRIVER_PROCESSES))
            demand(&most.tasks, (int64_t)c->concurrency + c->parts + CASE_SPARE_TASKS);
        if (!case_is_local(c))
            demand(&most.ports, ports_of(c));
        demand(&most.backlog, c->backlog);
    }
    return most;
}

static int check_limit(enum machine_limit limit, int64_t wanted, const char *what,
                       const struct machine_limits *machine, struct error *error)
{
    char raise[128];
    int64_t value = machine->value[limit];
    if (wanted <= value)
        return 0;
    return error_set(error,
                     "%" PRId64 " %s are needed at once and %s is %" PRId64
                     ": lower the concurrency, or %s",
                     wanted, what, machine_limit_rows[limit].name, value,
                     machine_limit_raise(limit, 2 * wanted, raise, sizeof(raise)));
}

int preflight_memory(const struct plan *plan, struct error *error)
{
    const struct bench_case *largest = plan->cases;
    for (size_t i = 1; i < plan->case_count; i++)
        if (memory_of_case(&plan->cases[i]) > memory_of_case(largest))
            largest = &plan->cases[i];
    return largest ? memory_check(largest, machine_memory_available(), error) : 0;
}

static void advise_network(const struct demands *most, FILE *out)
{
    int64_t low = 0, high = proc_integer("/proc/sys/net/ipv4/ip_local_port_range", &low);
    if (high > 0 && most->ports > high - low)
        terminal_print(out,
                       "note: a run makes %" PRId64 " connections and there are %" PRId64
                       " local ports: 'sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"', "
                       "--keep-alive or fewer --requests\n",
                       most->ports, high - low);
    int64_t somaxconn = proc_integer("/proc/sys/net/core/somaxconn", NULL);
    if (somaxconn > 0 && most->backlog > somaxconn)
        terminal_print(out,
                       "note: the kernel caps a backlog of %" PRId64 " at %" PRId64
                       ": 'sysctl -w net.core.somaxconn=%" PRId64 "'\n",
                       most->backlog, somaxconn, most->backlog);
}

static void advise_load(FILE *out)
{
    double load;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (getloadavg(&load, 1) == 1 && load > 0.5 * (double)cores)
        terminal_print(out,
                       "note: the machine is busy already (load %.1f on %ld cores): figures may be "
                       "NOISY\n",
                       load, cores);
}

static void advise_quota(FILE *out)
{
    struct cgroup_quota quota;
    if (cgroup_cpu_quota(&quota))
        terminal_print(
            out,
            "note: a control group (a container's --cpus) leaves %.2f cores' time to server "
            "and client: what uses it up is stopped for the rest of a period, and NOISY\n",
            quota.cores);
}

static int check_disk(const struct demands *most, const char *folder, struct error *error)
{
    struct statvfs disk;
    if (!folder || statvfs(folder, &disk) < 0)
        return 0;
    int64_t wanted = LEAST_DISK_BYTES + most->samples * SAMPLE_DISK_BYTES;
    int64_t available = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    if (available >= wanted)
        return 0;
    return error_set(error,
                     "%s has %" PRId64 " MB free and the campaign may write %" PRId64
                     " MB: free some space, or name another folder with --results",
                     folder, available / 1000000, wanted / 1000000);
}

int preflight(const struct plan *plan, const char *folder, FILE *out, struct error *error)
{
    static const char TASKS[] = "threads or processes";
    struct machine_limits machine = {0};
    machine_limits_read(&machine);
    struct demands most = plan_demands(plan, machine.value[MACHINE_DESCRIPTORS]);
    advise_network(&most, out);
    advise_load(out);
    advise_quota(out);
    if (check_limit(MACHINE_DESCRIPTORS, most.descriptors, "descriptors", &machine, error) < 0 ||
        check_limit(MACHINE_PROCESSES, most.tasks, TASKS, &machine, error) < 0 ||
        check_limit(MACHINE_THREADS, most.tasks, TASKS, &machine, error) < 0 ||
        check_limit(MACHINE_PIDS, most.tasks, TASKS, &machine, error) < 0 ||
        preflight_memory(plan, error) < 0)
        return -1;
    return check_disk(&most, folder, error);
}
