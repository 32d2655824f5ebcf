#include "account.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct account *account_create(int fd, struct error *error)
{
    int flags = fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
    if (fd >= 0 && (ftruncate(fd, 0) < 0 || ftruncate(fd, sizeof(struct account)) < 0)) {
        error_errno(error, errno, "the account's file");
        return NULL;
    }
    struct account *account = mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE, flags, fd, 0);
    if (account == MAP_FAILED) {
        error_errno(error, errno, "the account's memory");
        return NULL;
    }
    account->layout = ACCOUNT_LAYOUT;
    account->pid = getpid();
    account->started = clock_now();
    return account;
}

const struct account *account_map(int fd, struct error *error)
{
    struct stat file;
    const struct account *account = MAP_FAILED;
    if (fstat(fd, &file) == 0 && file.st_size >= (off_t)sizeof(*account))
        account = mmap(NULL, sizeof(*account), PROT_READ, MAP_SHARED, fd, 0);
    if (account == MAP_FAILED) {
        error_set(error, "there is no account in the server's file");
        return NULL;
    }
    if (account->layout == ACCOUNT_LAYOUT)
        return account;
    account_unmap(account);
    error_set(error, "the server's account is of another build: build all again (make clean)");
    return NULL;
}

void account_unmap(const struct account *account)
{
    munmap((void *)account, sizeof(*account));
}

static void raise_to(account_count *most, uint64_t value)
{
    uint64_t seen = atomic_load_explicit(most, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak_explicit(
                               most, &seen, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

void account_accept(struct account *account, struct account_worker *worker)
{
    account_add(&worker->accepted, 1);
    account_add(&worker->open, 1);
    uint64_t n = atomic_fetch_add_explicit(&account->accepted, 1, memory_order_relaxed);
    atomic_store_explicit(&account->accepted_by[n % ACCOUNT_LAST],
                          (uint16_t)(worker - account->worker), memory_order_relaxed);
}

void account_begin_request(struct account *account, struct account_worker *worker)
{
    account_add(&worker->in_flight, 1);
    raise_to(&worker->in_flight_max, worker->in_flight);
    uint64_t now = atomic_fetch_add_explicit(&account->in_flight, 1, memory_order_relaxed) + 1;
    raise_to(&account->in_flight_max, now);
}

void account_end_request(struct account *account, struct account_worker *worker, bool completed)
{
    account_add(completed ? &worker->completed : &worker->aborted, 1);
    account_add(&worker->in_flight, (uint64_t)-1);
    /* Last: who sees that nothing is in flight sees all that was counted before. */
    atomic_fetch_sub_explicit(&account->in_flight, 1, memory_order_release);
}

void account_add_overshoot(struct account *account, nsec_t overshoot)
{
    histogram_add_shared(&account->overshoot, overshoot);
}

void account_settle(struct account *account, struct account_worker *worker)
{
    uint64_t lost = atomic_exchange(&worker->in_flight, 0);
    if (!account->by_program)
        atomic_fetch_sub(&account->in_flight, lost);
    account_add(&worker->aborted, lost);
    worker->open = 0;
}

uint64_t account_in_flight(const struct account *account)
{
    return account->by_program ? account->worker[0].in_flight : account->in_flight;
}

uint64_t account_in_flight_max(const struct account *account)
{
    return account->by_program ? account->worker[0].in_flight_max : account->in_flight_max;
}

static uint64_t read_counter(const struct account_worker *worker, size_t offset)
{
    return atomic_load_explicit((const account_count *)((const char *)worker + offset),
                                memory_order_relaxed);
}

uint64_t account_sum(const struct account *account, size_t offset)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < account->workers; i++)
        sum += read_counter(&account->worker[i], offset);
    return sum;
}

unsigned account_in_state(const struct account *account, enum account_state state)
{
    unsigned n = 0;
    for (unsigned i = 0; i < account->workers; i++)
        n += account->worker[i].state == (int)state;
    return n;
}

static int64_t process_cpu(pid_t pid)
{
    clockid_t clock;
    return clock_getcpuclockid(pid, &clock) == 0 ? clock_read(clock) : -1;
}

static int64_t thread_cpu(pid_t pid, pid_t tid)
{
    char path[64];
    int64_t ns = -1;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", (int)pid, (int)tid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%" SCNd64, &ns) != 1)
        ns = -1;
    if (file)
        fclose(file);
    return ns;
}

int64_t account_cpu(const struct account_worker *worker)
{
    int64_t before = (int64_t)worker->cpu_ns;
    if (worker->state != WORKER_SERVING)
        return before;
    int64_t ns = worker->tid == ACCOUNT_ALL_THREADS ? process_cpu(worker->pid)
                                                    : thread_cpu(worker->pid, worker->tid);
    return ns < 0 ? -1 : before + ns;
}

/* Of those of which it is known. */
static int64_t cpu_of_all(const struct account *account)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < account->workers; i++) {
        int64_t cpu = account_cpu(&account->worker[i]);
        sum += cpu > 0 ? cpu : 0;
    }
    return sum;
}

double account_fairness(const struct account *account)
{
    double sum = 0, squares = 0;
    unsigned n = account->workers;
    for (unsigned i = 0; i < n; i++) {
        double accepted = (double)account->worker[i].accepted;
        sum += accepted;
        squares += accepted * accepted;
    }
    return account->in_advance && squares > 0 ? sum * sum / (n * squares) : NAN;
}

/* A counter of the first workers; nothing where there is only one. */
static size_t list_workers(const struct account *account, const char *name, size_t offset,
                           char *buffer)
{
    unsigned count = account->workers < ACCOUNT_LISTED ? account->workers : ACCOUNT_LISTED;
    if (count < 2)
        return 0;
    size_t n = (size_t)sprintf(buffer, ", \"%s\": [", name);
    for (unsigned i = 0; i < count; i++)
        n += (size_t)sprintf(buffer + n, "%s%" PRIu64, i ? ", " : "",
                             read_counter(&account->worker[i], offset));
    buffer[n++] = ']';
    return n;
}

/* The workers of the latest connections, in their order, by their place in the lists above. */
static size_t list_last(const struct account *account, char *buffer)
{
    uint64_t end = account->accepted, begin = end > ACCOUNT_LAST ? end - ACCOUNT_LAST : 0;
    if (!account->in_advance || account->workers < 2)
        return 0;
    size_t n = (size_t)sprintf(buffer, ", \"last_accepted_by\": [");
    for (uint64_t i = begin; i < end; i++)
        n += (size_t)sprintf(buffer + n, "%s%u", i > begin ? ", " : "",
                             account->accepted_by[i % ACCOUNT_LAST]);
    buffer[n++] = ']';
    return n;
}

/* Flat, integers only and with units in the names, so that json_extract(stats,
 * '$.overshoot_p99_ns') reads one. The names are an interface: add to them, change none. */
size_t account_json(const struct account *account, char *buffer)
{
    struct histogram overshoot;
    double fairness = account_fairness(account);
    histogram_read_shared(&account->overshoot, &overshoot);
    const struct {
        const char *name;
        int64_t value;
    } fields[] = {
        {"pid", account->pid},
        {"uptime_ns", clock_now() - account->started},
        {"delay_ns", account->delay},
        {"work_ns", account->work},
        {"idle_ns", account->idle},
        {"backlog", account->backlog},
        {"backlog_effective", account->backlog_effective},
        {"seed", (int64_t)account->seed},
        {"connection_bytes", (int64_t)account->connection_bytes},
        {"serves_at_once", account->serves_at_once},
        {"workers", account->workers},
        {"workers_died", account_in_state(account, WORKER_DIED)},
        {"accepted", (int64_t)ACCOUNT_SUM(account, accepted)},
        {"open", (int64_t)ACCOUNT_SUM(account, open)},
        {"in_flight", (int64_t)account_in_flight(account)},
        {"in_flight_max", (int64_t)account_in_flight_max(account)},
        {"completed", (int64_t)ACCOUNT_SUM(account, completed)},
        {"aborted", (int64_t)ACCOUNT_SUM(account, aborted)},
        {"refused", (int64_t)ACCOUNT_SUM(account, refused)},
        {"bad_requests", (int64_t)ACCOUNT_SUM(account, bad_requests)},
        {"timed_out", (int64_t)ACCOUNT_SUM(account, timed_out)},
        {"overshoot_count", (int64_t)overshoot.total},
        {"overshoot_p50_ns", histogram_percentile(&overshoot, 0.50)},
        {"overshoot_p99_ns", histogram_percentile(&overshoot, 0.99)},
        {"overshoot_max_ns", overshoot.max},
        {"cpu_ns", cpu_of_all(account)},
        {"fairness_ppm", fairness > 0 ? llround(1e6 * fairness) : -1},
    };
    _Static_assert(ARRAY_LEN(fields) * 48 + ACCOUNT_MODEL_BYTES + ACCOUNT_ACTIVE_BYTES +
                           2 * (32 + ACCOUNT_LISTED * 22) + 32 + ACCOUNT_LAST * 7 <
                       ACCOUNT_JSON_BYTES,
                   "a field takes at most 48 bytes");
    size_t n = (size_t)sprintf(buffer, "{\"model\": \"%s\", \"active\": \"%s\"", account->model,
                               account->active);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        n += (size_t)sprintf(buffer + n, ", \"%s\": %" PRId64, fields[i].name, fields[i].value);
    n += list_workers(account, "accepted_by_worker", offsetof(struct account_worker, accepted),
                      buffer + n);
    n += list_workers(account, "completed_by_worker", offsetof(struct account_worker, completed),
                      buffer + n);
    n += list_last(account, buffer + n);
    n += (size_t)sprintf(buffer + n, "}\n");
    return n;
}
