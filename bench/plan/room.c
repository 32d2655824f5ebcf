#include "room.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "case_fields.h"
#include "drivers/parts.h"
#include "lib/terminal.h"

enum {
    SPARE_FILES = 4096, /* of other programs */
    ENDS = 2,           /* of a connection, both on this machine */
    RAISE_BYTES = 160,
};

/* Of W sockets that share a port the kernel chooses one by a hash, so each gets a number of
 * connections with a standard deviation of about its root: six of them are not exceeded. */
static const double DEVIATIONS = 6;

static void add(struct room *room, enum machine_limit limit, int64_t value, double allows)
{
    if (value == MACHINE_UNLIMITED)
        return;
    room->limits[room->count++] =
        (struct room_limit){limit, value, allows > 0 ? (int64_t)allows : 0};
}

/* A process at each end for so many connections. */
static double in_processes(const struct machine_limits *machine, enum machine_limit limit,
                           unsigned slots)
{
    double tasks = (double)(machine->value[limit] - machine->used[limit] - CASE_SPARE_TASKS);
    return tasks / ENDS * slots;
}

static double left(const struct machine_limits *machine, enum machine_limit limit)
{
    return (double)(machine->value[limit] - machine->used[limit]);
}

void room_find(struct room *room, double memory_share)
{
    struct machine_limits machine = {.value = {0}};
    machine_limits_read(&machine);
    int64_t descriptors = machine.value[MACHINE_DESCRIPTORS];
    int64_t available = machine_memory_available();
    *room = (struct room){.slots = CASE_CONCURRENCY_MAX};
    if (descriptors < room->slots)
        room->slots = descriptors > 2 * CASE_SPARE_DESCRIPTORS
                          ? (unsigned)descriptors - CASE_SPARE_DESCRIPTORS
                          : CASE_SPARE_DESCRIPTORS;
    add(room, MACHINE_MEMORY, available < 0 ? MACHINE_UNLIMITED : available,
        memory_share * (double)available / ROOM_CONNECTION_BYTES);
    add(room, MACHINE_DESCRIPTORS, descriptors, (double)PARTS_MAX * room->slots);
    add(room, MACHINE_OPEN_FILES, machine.value[MACHINE_OPEN_FILES],
        (left(&machine, MACHINE_OPEN_FILES) - SPARE_FILES) / ENDS);
    add(room, MACHINE_PROCESSES, machine.value[MACHINE_PROCESSES],
        in_processes(&machine, MACHINE_PROCESSES, room->slots));
    add(room, MACHINE_CGROUP_PIDS, machine.value[MACHINE_CGROUP_PIDS],
        in_processes(&machine, MACHINE_CGROUP_PIDS, room->slots));
    add(room, MACHINE_WATCHES, machine.value[MACHINE_WATCHES],
        (double)machine.value[MACHINE_WATCHES] / ENDS);
    add(room, MACHINE_TCP_MEMORY, machine.value[MACHINE_TCP_MEMORY],
        (double)machine.value[MACHINE_TCP_MEMORY] / ROOM_TCP_BYTES);
    add(room, MACHINE_TRACKED, machine.value[MACHINE_TRACKED], left(&machine, MACHINE_TRACKED));
}

const struct room_limit *room_least(const struct room *room)
{
    const struct room_limit *least = room->limits;
    for (size_t i = 1; i < room->count; i++)
        if (room->limits[i].allows < least->allows)
            least = &room->limits[i];
    return least;
}

static unsigned parts_of(const struct room *room, unsigned concurrency)
{
    return (concurrency + room->slots - 1) / room->slots;
}

/* A worker for each core, or as many as leave room in each for more than its share. */
static unsigned workers_of(const struct room *room, unsigned concurrency)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned workers = cores > 0 ? (unsigned)cores : 1;
    for (;; workers++) {
        double each = (double)concurrency / workers;
        if (each + DEVIATIONS * sqrt(each) <= room->slots)
            return workers;
    }
}

void room_divide_load(const struct room *room, struct bench_case *c)
{
    c->parts = parts_of(room, c->concurrency);
}

void room_divide_server(const struct room *room, struct bench_case *c)
{
    char model[CASE_PATH_BYTES];
    snprintf(model, sizeof(model), "reuseport-processes:%u", workers_of(room, c->concurrency));
    case_set(c, case_field_exported("server_model"), (struct case_value){.word = model}, NULL);
}

static const char *value_text(const struct room_limit *limit, char text[UNITS_TEXT_BYTES])
{
    if (machine_limit_rows[limit->limit].is_bytes)
        return units_format_bytes(limit->value, text);
    snprintf(text, UNITS_TEXT_BYTES, "%" PRId64, limit->value);
    return text;
}

static void print_limit(const struct room_limit *limit, FILE *out)
{
    char text[UNITS_TEXT_BYTES];
    terminal_print(out, "  %-26s %-10s room for %" PRId64, machine_limit_rows[limit->limit].name,
                   value_text(limit, text), limit->allows);
    if (limit->limit == MACHINE_MEMORY)
        terminal_print(out, ", at %d KiB for both ends of each", ROOM_CONNECTION_BYTES / 1024);
    if (limit->limit == MACHINE_DESCRIPTORS)
        terminal_print(out, ", in up to %d processes at the client", PARTS_MAX);
    terminal_print(out, "\n");
}

/* What it would have to be for `wanted`. */
static int64_t value_wanted(const struct room_limit *limit, unsigned wanted)
{
    double each = limit->allows ? (double)limit->value / (double)limit->allows : 0;
    return (int64_t)ceil(each * wanted);
}

static void print_shortage(const struct room_limit *least, unsigned wanted, FILE *out)
{
    char raise[RAISE_BYTES];
    terminal_print(out, "%u do not fit: the limit is %s.", wanted,
                   machine_limit_rows[least->limit].name);
    if (machine_limit_rows[least->limit].raise)
        terminal_print(
            out, " To raise it: %s.",
            machine_limit_raise(least->limit, value_wanted(least, wanted), raise, sizeof(raise)));
    terminal_print(out, " Going up to %" PRId64 ".\n", least->allows);
}

void room_print(const struct room *room, unsigned wanted, FILE *out)
{
    const struct room_limit *least = room_least(room);
    unsigned fit = least->allows < wanted ? (unsigned)least->allows : wanted;
    terminal_print(out, "Requests in flight, both ends on this machine:\n");
    for (size_t i = 0; i < room->count; i++)
        print_limit(&room->limits[i], out);
    terminal_print(out, "  local ports: as many for each address of 127.0.0.0/8 as are needed\n");
    if (fit < wanted)
        print_shortage(least, wanted, out);
    terminal_print(out, "%u in flight take %u processes at the client and %u at the server.\n", fit,
                   parts_of(room, fit), workers_of(room, fit));
}
