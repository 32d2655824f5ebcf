/* Three parts: the cost of single operations, the cost of requests, and the process in which both
 * are measured, so that their side effects (memory, page tables, the scheduler's history) end with
 * it and do not affect the campaign's process. */
#include "calibration.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/proc.h"
#include "bench/base/stats.h"
#include "bench/run/server_process.h"
#include "drivers/driver.h"
#include "workloads/workloads.h"

enum {
    ROUNDS = 7,      /* of each figure; odd, so that the median is a measured value */
    SYSCALLS = 1000, /* in a round */
    SWITCHES = 200,  /* round trips, in a round */
    THREADS = 16,    /* in a round */
    STACK_BYTES = 64 * 1024,
    BURST = 96,       /* requests at once: enough to be batched as under load */
    BURST_ROUNDS = 3, /* that count, after one to warm up */
    BURST_TRIES = 9,
};

#define TIMER_SLEEP (2 * NSEC_PER_MSEC)
#define BURST_DELAY (12 * NSEC_PER_MSEC) /* longer than sending a burst takes */
#define LONE_DELAY  (3 * NSEC_PER_MSEC)
#define SETTLE      (1 * NSEC_PER_MSEC) /* for other threads to finish */
#define TIMEOUT     (20 * NSEC_PER_SEC)

/* CPU time of this process so far, all threads. */
static nsec_t read_cpu(void)
{
    return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

static void rest(nsec_t time)
{
    struct timespec left = clock_timespec(time);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &left, NULL);
}

/* Sorts. */
static nsec_t median(nsec_t *values, size_t n)
{
    qsort(values, n, sizeof(*values), stats_compare_times);
    return values[n / 2];
}

/* ---- the cost of single operations ---- */

static nsec_t round_syscalls(void)
{
    nsec_t before = read_cpu();
    for (int i = 0; i < SYSCALLS; i++)
        syscall(SYS_getppid); /* not one that a C library might cache */
    return (read_cpu() - before) / SYSCALLS;
}

static void *do_nothing(void *argument)
{
    return argument;
}

static nsec_t round_threads(void)
{
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    nsec_t before = read_cpu();
    int made = 0;
    while (made < THREADS && pthread_create(&threads[made], &attributes, do_nothing, NULL) == 0)
        made++;
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    nsec_t spent = read_cpu() - before;
    pthread_attr_destroy(&attributes);
    return made ? spent / made : 0;
}

static nsec_t round_timer(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    nsec_t due = clock_now() + TIMER_SLEEP;
    struct itimerspec when = {.it_value = clock_timespec(due)};
    uint64_t expirations;
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
    ssize_t size = read(fd, &expirations, sizeof(expirations));
    nsec_t overshoot = clock_now() - due;
    close(fd);
    return size > 0 ? overshoot : 0;
}

/* Two threads on one CPU pass a token back and forth through two eventfds: each hop is a write, a
 * read and a context switch. The cost of the calls is measured without switches and subtracted. */
struct ping_pong {
    int ours, theirs;
};

static void pass(int fd)
{
    eventfd_write(fd, 1);
}

static void take(int fd)
{
    eventfd_t token;
    eventfd_read(fd, &token);
}

static void *return_all(void *argument)
{
    const struct ping_pong *pipes = argument;
    for (int i = 0; i < SWITCHES; i++) {
        take(pipes->theirs);
        pass(pipes->ours);
    }
    return NULL;
}

static nsec_t round_switches(void)
{
    struct ping_pong pipes = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};
    pthread_t partner;
    nsec_t start = read_cpu();
    for (int i = 0; i < 2 * SWITCHES; i++) {
        pass(pipes.ours);
        take(pipes.ours);
    }
    nsec_t calls = read_cpu() - start, spent = 0;
    if (pthread_create(&partner, NULL, return_all, &pipes) == 0) {
        start = read_cpu();
        for (int i = 0; i < SWITCHES; i++) {
            pass(pipes.theirs);
            take(pipes.ours);
        }
        spent = read_cpu() - start;
        pthread_join(partner, NULL);
    }
    close(pipes.ours);
    close(pipes.theirs);
    return spent > calls ? (spent - calls) / (2 * SWITCHES) : 0;
}

static nsec_t median_of(nsec_t (*round)(void))
{
    nsec_t values[ROUNDS];
    round(); /* to fill the caches */
    for (int i = 0; i < ROUNDS; i++)
        values[i] = round();
    return median(values, ROUNDS);
}

/* On one CPU, so that each hop is a context switch and not a wake-up of another CPU. */
static nsec_t measure_switch(void)
{
    cpu_set_t all, one;
    sched_getaffinity(0, sizeof(all), &all);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
    nsec_t result = median_of(round_switches);
    sched_setaffinity(0, sizeof(all), &all);
    return result;
}

static void measure_operations(struct calibration *out)
{
    int64_t somaxconn = proc_integer("/proc/sys/net/core/somaxconn", NULL);
    out->somaxconn = somaxconn < 0 ? INT64_MAX : somaxconn;
    out->syscall = median_of(round_syscalls);
    out->thread = median_of(round_threads);
    out->timer = median_of(round_timer);
    out->switching = measure_switch();
}

/* ---- the cost of a request ---- */

/* Bursts by a real driver against a randintd. The server delay separates requests from responses,
 * so that the CPU clocks of both sides can be read while both are idle. The driver runs in a
 * separate thread, so that this one can read clocks meanwhile. */
struct burst {
    const struct driver *driver;
    void *state;
    struct load load;
    struct batch batch;
    struct sample samples[BURST];
    clockid_t server_clock;
    nsec_t lone;
    int result;
    struct error error;
};

static void *burst_run(void *argument)
{
    struct burst *burst = argument;
    burst->result = burst->driver->run(burst->state, &burst->batch, &burst->error);
    return NULL;
}

static int check_samples(const struct sample *samples, size_t n, struct error *error)
{
    for (size_t i = 0; i < n; i++)
        if (samples[i].outcome != OUTCOME_OK)
            return error_errno(error, samples[i].errnum, "a request failed: %s",
                               outcome_explain(samples[i].outcome));
    return 0;
}

/* Were the clocks read between requests and responses: all sent, none received? */
static bool is_between(const struct burst *burst, nsec_t read_at)
{
    for (size_t i = 0; i < BURST; i++)
        if (burst->samples[i].sent > read_at || burst->samples[i].first_byte < read_at)
            return false;
    return true;
}

static nsec_t spread_of(const struct burst *burst)
{
    nsec_t first = burst->samples[0].start, last = burst->samples[0].end;
    for (size_t i = 1; i < BURST; i++) {
        first = burst->samples[i].start < first ? burst->samples[i].start : first;
        last = burst->samples[i].end > last ? burst->samples[i].end : last;
    }
    nsec_t spread = (last - first - burst->batch.delay - burst->lone) / (BURST - 1);
    return spread > 0 ? spread : 0;
}

/* Returns 1, 0 if the machine was too slow to separate requests from responses (the next try has a
 * longer delay), or -1. */
static int burst_round(struct burst *burst, struct calibration_burst *out, struct error *error)
{
    pthread_t runner;
    atomic_store(&burst->batch.next, 0);
    nsec_t server_start = clock_read(burst->server_clock), start = read_cpu();
    int result = pthread_create(&runner, NULL, burst_run, burst);
    if (result)
        return error_errno(error, result, "cannot create a thread for the calibration");
    rest(burst->batch.delay - SETTLE);
    nsec_t read_at = clock_now();
    nsec_t server_middle = clock_read(burst->server_clock), middle = read_cpu();
    pthread_join(runner, NULL);
    rest(SETTLE);
    nsec_t server_end = clock_read(burst->server_clock), end = read_cpu();
    if (burst->result < 0) {
        *error = burst->error;
        return -1;
    }
    if (check_samples(burst->samples, BURST, error) < 0)
        return -1;
    if (!is_between(burst, read_at)) {
        burst->batch.delay *= 2;
        return 0;
    }
    *out = (struct calibration_burst){
        .client_request = (middle - start) / BURST,
        .client_response = (end - middle) / BURST,
        .server_request = (server_middle - server_start) / BURST,
        .server_response = (server_end - server_middle) / BURST,
        .spread = spread_of(burst),
    };
    return 1;
}

/* The median of each figure over the rounds. */
static void summarise(const struct calibration_burst *rounds, size_t n,
                      struct calibration_burst *out)
{
    enum { FIELDS = sizeof(*out) / sizeof(nsec_t) };
    for (size_t f = 0; f < FIELDS; f++) {
        nsec_t values[BURST_ROUNDS] = {0};
        for (size_t i = 0; i < n; i++)
            values[i] = ((const nsec_t *)&rounds[i])[f];
        ((nsec_t *)out)[f] = median(values, n);
    }
}

static int measure_rounds(struct burst *burst, struct calibration_burst *out, struct error *error)
{
    struct calibration_burst rounds[BURST_ROUNDS] = {0};
    size_t good = 0;
    for (int try = 0; try < BURST_TRIES && good < BURST_ROUNDS; try++) {
        int result = burst_round(burst, &rounds[good], error);
        if (result < 0)
            return -1;
        good += try > 0 && result;
    }
    if (good == 0)
        return error_set(error, "the machine is too busy to calibrate");
    summarise(rounds, good, out);
    return 0;
}

static int measure_burst(const struct driver *driver, const struct server_process *server,
                         bool keep_alive, nsec_t lone, struct calibration_burst *out,
                         struct error *error)
{
    static struct burst burst;
    burst = (struct burst){.driver = driver, .lone = lone};
    burst.load = (struct load){.workload = workloads[0],
                               .server = server->addresses.items[0],
                               .concurrency = BURST,
                               .keep_alive = keep_alive,
                               .seed = 1};
    burst.batch = (struct batch){
        .load = &burst.load, .requests = BURST, .delay = BURST_DELAY, .samples = burst.samples};
    int result = clock_getcpuclockid(server->child.pid, &burst.server_clock);
    if (result)
        return error_errno(error, result, "cannot read the server's CPU clock");
    burst.state = driver->setup(driver, &burst.load, error);
    if (!burst.state)
        return -1;
    result = measure_rounds(&burst, out, error);
    driver->teardown(burst.state);
    return result;
}

/* One request at a time: both sides sleep and are woken up. */
static int measure_lone(const struct server_process *server, bool keep_alive, nsec_t *out,
                        struct error *error)
{
    struct sample samples[ROUNDS];
    struct load load = {.workload = workloads[0],
                        .server = server->addresses.items[0],
                        .concurrency = 1,
                        .keep_alive = keep_alive,
                        .seed = 1};
    struct batch batch = {
        .load = &load, .requests = ROUNDS, .delay = LONE_DELAY, .samples = samples};
    memset(samples, 0, sizeof(samples));
    void *state = driver_sequential.setup(&driver_sequential, &load, error);
    if (!state)
        return -1;
    int result = driver_sequential.run(state, &batch, error);
    driver_sequential.teardown(state);
    if (result < 0 || check_samples(samples, ROUNDS, error) < 0)
        return -1;
    nsec_t values[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++)
        values[i] = samples[i].end - samples[i].start - LONE_DELAY;
    *out = median(values, ROUNDS);
    return 0;
}

static int measure_exchange(bool keep_alive, struct calibration_exchange *out, struct error *error)
{
    struct bench_case c = {.keep_alive = keep_alive, .backlog = 2 * BURST};
    struct server_process server;
    if (server_start(&server, &c, error) < 0)
        return -1;
    int result = measure_lone(&server, keep_alive, &out->lone, error);
    if (result == 0)
        result = measure_burst(&driver_libev, &server, keep_alive, out->lone, &out->loop, error);
    if (result == 0)
        result =
            measure_burst(&driver_threadpool, &server, keep_alive, out->lone, &out->threads, error);
    server_stop(&server);
    return result;
}

/* ---- the process ---- */

struct outcome_page {
    bool complete;
    struct calibration calibration;
    struct error error;
};

static void measure_all(struct outcome_page *account)
{
    struct calibration *c = &account->calibration;
    measure_operations(c);
    account->complete =
        net_want_descriptors(BURST + LOAD_SPARE_DESCRIPTORS, &account->error) == 0 &&
        measure_exchange(false, &c->connection, &account->error) == 0 &&
        measure_exchange(true, &c->kept_alive, &account->error) == 0;
}

static int check_outcome(const struct outcome_page *account, enum child_wait waited,
                         const struct child *child, struct error *error)
{
    char how[64];
    if (account->complete)
        return 0;
    if (waited == CHILD_INTERRUPTED)
        return error_set(error, "interrupted");
    if (waited == CHILD_TIMEOUT)
        return error_set(error, "the calibration did not end within 20 s");
    if (account->error.text[0] == '\0')
        return error_set(error, "the calibration process %s",
                         process_describe_end(child->status, how, sizeof(how)));
    if (error)
        *error = account->error;
    return -1;
}

int calibrate(struct calibration *out, struct error *error)
{
    struct outcome_page *account =
        mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (account == MAP_FAILED)
        return error_errno(error, errno, "cannot map memory for the calibration");
    struct child child = {.pid = fork()};
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        measure_all(account);
        _exit(0);
    }
    int result = -1;
    if (child.pid < 0) {
        error_errno(error, errno, "cannot create a process for the calibration");
    } else if (child_watch(&child, error) == 0) {
        enum child_wait waited = child_wait(&child, clock_now() + TIMEOUT);
        child_stop(&child, 0);
        result = check_outcome(account, waited, &child, error);
    }
    if (result == 0)
        *out = account->calibration;
    munmap(account, sizeof(*account));
    return result;
}

/* ---- figures by name ---- */

#define ENTRY(field, name, unit)                                                                   \
    {                                                                                              \
        name, unit, MEMBER(struct calibration, field)                                              \
    }
#define ENTRIES_BURST(field, name)                                                                 \
    ENTRY(field.client_request, name "_client_request", "ns"),                                     \
        ENTRY(field.client_response, name "_client_response", "ns"),                               \
        ENTRY(field.server_request, name "_server_request", "ns"),                                 \
        ENTRY(field.server_response, name "_server_response", "ns"),                               \
        ENTRY(field.spread, name "_spread", "ns")
#define ENTRIES_EXCHANGE(field, name)                                                              \
    ENTRY(field.lone, name "_lone", "ns"), ENTRIES_BURST(field.loop, name "_loop"),                \
        ENTRIES_BURST(field.threads, name "_threads")

const struct calibration_entry calibration_entries[] = {
    ENTRY(somaxconn, "somaxconn", ""),
    ENTRY(syscall, "syscall", "ns"),
    ENTRY(switching, "switch", "ns"),
    ENTRY(thread, "thread", "ns"),
    ENTRY(timer, "timer", "ns"),
    ENTRIES_EXCHANGE(connection, "connection"),
    ENTRIES_EXCHANGE(kept_alive, "kept_alive"),
    {0},
};
