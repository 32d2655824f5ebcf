#include "limit_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/units.h"
#include "measure.h"

enum {
    SERVER_SPARE = 16,   /* the server's descriptors other than connections */
    SPARE_TASKS = 8,     /* the harness, the server, the measured process itself */
    SPARE_MAPS = 128,    /* programs, libraries, heaps */
    MAPS_PER_STACK = 2,  /* a stack and its guard page */
    PIDS_RESERVED = 300, /* reserved by the kernel */
    SPARE_PORTS = 64,
};

/* Name a limit of the machine; `wanted` is what would be enough. */
static void name_machine(const struct machine_limits *machine, enum machine_limit limit,
                         int64_t wanted, struct limit_named *out)
{
    char raise[LIMIT_ADVICE_BYTES - 16];
    snprintf(out->name, sizeof(out->name), "%s", machine_limit_rows[limit].name);
    out->value = machine->value[limit] == MACHINE_UNLIMITED ? -1 : machine->value[limit];
    if (machine_limit_rows[limit].raise)
        snprintf(out->advice, sizeof(out->advice), "to raise it: %s",
                 machine_limit_raise(limit, wanted, raise, sizeof(raise)));
    else
        snprintf(out->advice, sizeof(out->advice),
                 "fewer in flight, smaller stacks (--stack), or more memory");
}

static void allow(struct limit_named *out, int64_t most, bool exact)
{
    out->allows = most > 0 && most < CASE_CONCURRENCY_MAX ? (unsigned)most : 0;
    out->exact = exact && out->allows;
}

/* How many more threads or processes a limit allows at present. */
static int64_t tasks_allowed(const struct machine_limits *machine, enum machine_limit limit)
{
    int64_t value = machine->value[limit], used = machine->used[limit];
    if (value == MACHINE_UNLIMITED)
        return value;
    if (limit == MACHINE_MAPS)
        return (value - SPARE_MAPS) / MAPS_PER_STACK;
    return value - used - SPARE_TASKS - (limit == MACHINE_PIDS ? PIDS_RESERVED : 0);
}

static void name_memory(const struct limit_event *event, const struct machine_limits *machine,
                        struct limit_named *out)
{
    bool in_group = machine->value[MACHINE_CGROUP_MEMORY] != MACHINE_UNLIMITED;
    const struct driver *driver = event->c->driver;
    bool stacks = driver->traits & DRIVER_THREADS || driver->model == MODEL_COROUTINES;
    if (stacks && tasks_allowed(machine, MACHINE_MAPS) < event->c->concurrency) {
        name_machine(machine, MACHINE_MAPS, (int64_t)event->c->concurrency * 4, out);
        allow(out, tasks_allowed(machine, MACHINE_MAPS), false);
    } else if (driver->model == MODEL_COMPLETION &&
               machine->value[MACHINE_MEMLOCK] != MACHINE_UNLIMITED) {
        name_machine(machine, MACHINE_MEMLOCK, 0, out);
    } else {
        name_machine(machine, in_group ? MACHINE_CGROUP_MEMORY : MACHINE_MEMORY, 0, out);
    }
}

/* EAGAIN of pthread_create() and fork() may come from any of these limits: take the tightest. If
 * none is tight, glibc returned it for a stack's ENOMEM. */
static void name_tasks(const struct limit_event *event, const struct machine_limits *machine,
                       struct limit_named *out)
{
    static const enum machine_limit candidates[] = {
        MACHINE_PROCESSES, MACHINE_THREADS, MACHINE_PIDS, MACHINE_CGROUP_PIDS, MACHINE_MAPS};
    enum machine_limit tightest = MACHINE_THREADS;
    int64_t concurrency = event->c->concurrency, least = MACHINE_UNLIMITED;
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        int64_t allowed = tasks_allowed(machine, candidates[i]);
        bool applies = candidates[i] != MACHINE_MAPS || event->c->driver->traits & DRIVER_THREADS;
        if (applies && allowed < least) {
            least = allowed;
            tightest = candidates[i];
        }
    }
    if (least > concurrency + concurrency / 8) {
        name_memory(event, machine, out);
        return;
    }
    name_machine(machine, tightest, machine->used[tightest] + 4 * concurrency, out);
    allow(out, least, false);
}

static void name_descriptors(const struct limit_event *event, const struct machine_limits *machine,
                             struct limit_named *out)
{
    int64_t value = machine->value[MACHINE_DESCRIPTORS];
    int64_t needed = (int64_t)event->c->concurrency + LOAD_SPARE_DESCRIPTORS;
    name_machine(machine, MACHINE_DESCRIPTORS, needed + LOAD_SPARE_DESCRIPTORS, out);
    allow(out, value - LOAD_SPARE_DESCRIPTORS, true);
}

static void name_own(const struct limit_event *event, struct limit_named *out)
{
    const struct driver *driver = event->c->driver;
    snprintf(out->name, sizeof(out->name), "%s",
             driver->limited_by ? driver->limited_by : "driver limit");
    out->value = driver->concurrency_max ? (int64_t)driver->concurrency_max : -1;
    allow(out, driver->concurrency_max, true);
}

static void name_ports(const struct limit_event *event, const struct machine_limits *machine,
                       struct limit_named *out)
{
    int64_t ports = machine->value[MACHINE_PORTS];
    name_machine(machine, MACHINE_PORTS, 0, out);
    /* connect() first tries ports of one parity, so it is fast for half of them. */
    if (ports != MACHINE_UNLIMITED)
        allow(out, (event->slow ? ports / 2 : ports) - SPARE_PORTS, !event->slow);
}

static int64_t accept_queue(const struct limit_event *event, const struct machine_limits *machine)
{
    int64_t most = machine->value[MACHINE_SOMAXCONN];
    return event->c->backlog < most ? event->c->backlog : most;
}

static void name_accept_queue(const struct limit_event *event, const struct machine_limits *machine,
                              struct limit_named *out)
{
    int64_t queue = accept_queue(event, machine);
    if (queue < machine->value[MACHINE_SOMAXCONN]) {
        snprintf(out->name, sizeof(out->name), "--backlog");
        out->value = queue;
        snprintf(out->advice, sizeof(out->advice),
                 "to raise it: --backlog %u; net.core.somaxconn allows %" PRId64,
                 event->c->concurrency, machine->value[MACHINE_SOMAXCONN]);
    } else {
        name_machine(machine, MACHINE_SOMAXCONN, (int64_t)event->c->concurrency, out);
    }
    allow(out, queue, false);
}

static void name_slow(const struct limit_event *event, const struct machine_limits *machine,
                      struct limit_named *out)
{
    int64_t ports = machine->value[MACHINE_PORTS];
    nsec_t most = event->client_cpu > event->server_cpu ? event->client_cpu : event->server_cpu;
    if (event->syns_retransmitted > 0 && event->c->concurrency > accept_queue(event, machine)) {
        name_accept_queue(event, machine, out);
    } else if (ports != MACHINE_UNLIMITED && event->c->concurrency > ports / 2) {
        name_ports(event, machine, out);
    } else if (most > 0 && most >= event->overhead / 2) {
        bool client = most == event->client_cpu;
        snprintf(out->name, sizeof(out->name), client ? "the client's CPU" : "the server's CPU");
        snprintf(out->advice, sizeof(out->advice), "a longer --delay raises the capacity");
    }
}

void limit_name(const struct limit_event *event, const struct machine_limits *machine,
                struct limit_named *out)
{
    *out = (struct limit_named){.value = -1};
    const struct bench_case *c = event->c;
    const struct driver *driver = c->driver;
    bool has_descriptors =
        c->concurrency + LOAD_SPARE_DESCRIPTORS <= machine->value[MACHINE_DESCRIPTORS];
    bool makes_tasks = event->no_worker || (event->driver_failed &&
                                            driver->traits & (DRIVER_THREADS | DRIVER_PROCESSES));
    if (event->slow) {
        name_slow(event, machine, out);
        return;
    }
    if (event->server_refused) {
        name_descriptors(event, machine, out);
        snprintf(out->name, sizeof(out->name), "the server's RLIMIT_NOFILE");
        allow(out, machine->value[MACHINE_DESCRIPTORS] - SERVER_SPARE, false);
        return;
    }
    switch (event->errnum) {
    case EMFILE:
        if (driver->limited_by && has_descriptors)
            name_own(event, out);
        else
            name_descriptors(event, machine, out);
        break;
    case ENFILE:
        name_machine(machine, MACHINE_OPEN_FILES,
                     machine->used[MACHINE_OPEN_FILES] + 4 * (int64_t)c->concurrency, out);
        break;
    case EADDRNOTAVAIL: name_ports(event, machine, out); break;
    case EAGAIN:
        if (makes_tasks)
            name_tasks(event, machine, out);
        break;
    case ENOMEM:
    case ENOBUFS: name_memory(event, machine, out); break;
    case ETIMEDOUT:
    case ECONNRESET:
    case ECONNREFUSED:
        if (c->concurrency > accept_queue(event, machine))
            name_accept_queue(event, machine, out);
        break;
    case 0:
        if (event->driver_failed && !has_descriptors)
            name_descriptors(event, machine, out);
        else if (event->driver_failed && driver->limited_by)
            name_own(event, out);
        else if (event->killed)
            snprintf(out->advice, sizeof(out->advice), "check 'dmesg' for an out-of-memory kill");
        break;
    default: break;
    }
}

static bool is_bytes(const char *name)
{
    for (int i = 0; i < MACHINE_LIMITS; i++)
        if (!strcmp(machine_limit_rows[i].name, name))
            return machine_limit_rows[i].is_bytes;
    return false;
}

char *limit_text(const char *name, int64_t value, char *buffer)
{
    char bytes[UNITS_TEXT_BYTES];
    if (value < 0)
        snprintf(buffer, LIMIT_TEXT_BYTES, "%s", name);
    else if (is_bytes(name))
        snprintf(buffer, LIMIT_TEXT_BYTES, "%s %s", name, units_format_bytes(value, bytes));
    else
        snprintf(buffer, LIMIT_TEXT_BYTES, "%s %" PRId64, name, value);
    return buffer;
}
