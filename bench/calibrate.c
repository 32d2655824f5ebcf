/* The calibration, in a process of its own: what it leaves behind (memory, page tables, a scheduler
 * that takes it for a hog) goes with it, and the campaign's process stays as it was. */
#include "calibrate.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "interrupt.h"
#include "server_process.h"
#include "workloads/workloads.h"

enum {
    BURST = 64,        /* requests at once: enough for batches, as under load */
    BURST_ROUNDS = 7,  /* that are counted; odd, as all rounds are, for a median that was seen */
    BURST_TRIES = 14,  /* rounds in all */
    LONE_ROUNDS = 9,   /* single requests */
    LOOP_ROUNDS = 9,   /* of the figures below */
    SYSCALLS = 1000,   /* in a round */
    SWITCHES = 200,    /* there and back, in a round */
    THREADS = 16,      /* in a round */
    ROUNDS_MAX = 16,   /* of anything */
    STACK_BYTES = 64 * 1024,
};

static const nsec_t BURST_THINK = 6 * NSEC_PER_MSEC; /* longer than a burst's asks take */
static const nsec_t SETTLE = 1 * NSEC_PER_MSEC; /* for the server to be done with what it has */
static const nsec_t SLEEP = 2 * NSEC_PER_MSEC;  /* of a timer or a lone request */
static const nsec_t PATIENCE = 20 * NSEC_PER_SEC;

static nsec_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (nsec_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static nsec_t cpu_now(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static void rest(nsec_t time)
{
    struct timespec left = clock_timespec(time);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &left, NULL);
}

static int compare(const void *a, const void *b)
{
    nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;
    return (x > y) - (x < y);
}

static nsec_t median(nsec_t *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}

/* ---- the kernel's prices ---- */

static nsec_t round_syscalls(void)
{
    nsec_t before = cpu_now();
    for (int i = 0; i < SYSCALLS; i++)
        syscall(SYS_getppid); /* glibc caches no getppid, but says so nowhere */
    return (cpu_now() - before) / SYSCALLS;
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
    nsec_t before = cpu_now();
    int made = 0;
    while (made < THREADS && pthread_create(&threads[made], &attributes, do_nothing, NULL) == 0)
        made++;
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    nsec_t spent = cpu_now() - before;
    pthread_attr_destroy(&attributes);
    return made ? spent / made : 0;
}

static nsec_t round_timer(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    nsec_t due = clock_now() + SLEEP;
    struct itimerspec when = {.it_value = clock_timespec(due)};
    uint64_t expirations;
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
    ssize_t size = read(fd, &expirations, sizeof(expirations));
    nsec_t late = clock_now() - due;
    close(fd);
    return size > 0 ? late : 0;
}

/* Two threads on one CPU pass a token through two eventfds: each hop is a write, a read and a
 * switch. What the calls themselves cost is taken off: the same number of them without a switch. */
struct table_tennis {
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
    const struct table_tennis *game = argument;
    for (int i = 0; i < SWITCHES; i++) {
        take(game->theirs);
        pass(game->ours);
    }
    return NULL;
}

static nsec_t round_switches(void)
{
    struct table_tennis game = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};
    pthread_t opponent;
    nsec_t start = cpu_now();
    for (int i = 0; i < 2 * SWITCHES; i++) {
        pass(game.ours);
        take(game.ours);
    }
    nsec_t calls = cpu_now() - start;
    if (pthread_create(&opponent, NULL, return_all, &game))
        return 0;
    start = cpu_now();
    for (int i = 0; i < SWITCHES; i++) {
        pass(game.theirs);
        take(game.ours);
    }
    nsec_t spent = cpu_now() - start;
    pthread_join(opponent, NULL);
    close(game.ours);
    close(game.theirs);
    return spent > calls ? (spent - calls) / (2 * SWITCHES) : 0;
}

static nsec_t median_of(nsec_t (*round)(void))
{
    nsec_t values[LOOP_ROUNDS];
    round(); /* for the caches */
    for (int i = 0; i < LOOP_ROUNDS; i++)
        values[i] = round();
    return median(values, LOOP_ROUNDS);
}

/* On one CPU, so that each hop is a switch and not two CPUs waking each other. */
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

/* ---- a request's price ---- */

struct burst {
    struct load load;
    clockid_t server_clock;
    int epoll;
    nsec_t think;
    struct exchange lanes[BURST];
    struct sample samples[BURST];
};

static int check_sample(const struct sample *sample, struct error *error)
{
    if (sample->outcome == OUTCOME_OK)
        return 0;
    return error_errno(error, sample->errnum, "a request failed: %s",
                       outcome_explain(sample->outcome));
}

static int burst_ask(struct burst *burst, struct batch *batch, struct error *error)
{
    for (size_t i = 0; i < BURST; i++) {
        struct exchange *lane = &burst->lanes[i];
        enum exchange_want want = exchange_begin(lane, batch, i);
        if (want != EXCHANGE_OVER)
            want = exchange_step(lane);
        if (want == EXCHANGE_OVER)
            return check_sample(lane->sample, error);
        struct epoll_event event = {.events = want == EXCHANGE_READ ? EPOLLIN : EPOLLOUT,
                                    .data.ptr = lane};
        bool known = lane->sample->flags & SAMPLE_REUSED;
        if (epoll_ctl(burst->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, lane->fd, &event) < 0)
            return error_errno(error, errno, "epoll_ctl");
    }
    return 0;
}

static int burst_collect(struct burst *burst, struct error *error)
{
    struct epoll_event events[BURST];
    for (size_t over = 0; over < BURST;) {
        int n = epoll_wait(burst->epoll, events, BURST, (int)(PATIENCE / NSEC_PER_MSEC));
        if (n == 0)
            return error_set(error, "the server did not answer");
        for (int i = 0; i < n; i++) {
            struct exchange *lane = events[i].data.ptr;
            if (exchange_step(lane) != EXCHANGE_OVER)
                continue;
            if (check_sample(lane->sample, error) < 0)
                return -1;
            over++;
        }
    }
    return 0;
}

/* One burst. Client's and server's CPU clocks are read where both rest: before, while all asks are
 * thought about, after. Returns 1, 0 where the machine was too slow to keep the halves apart (the
 * next try thinks longer), or -1. */
static int burst_round(struct burst *burst, struct calibration_exchange *out, struct error *error)
{
    struct batch batch = {.load = &burst->load,
                          .requests = BURST,
                          .think = burst->think,
                          .samples = burst->samples};
    nsec_t server_start = read_clock(burst->server_clock), start = cpu_now();
    if (burst_ask(burst, &batch, error) < 0)
        return -1;
    nsec_t asked = cpu_now();
    rest(SETTLE);
    nsec_t server_asked = read_clock(burst->server_clock), looked = clock_now();
    nsec_t answering = cpu_now();
    if (burst_collect(burst, error) < 0)
        return -1;
    nsec_t end = cpu_now();
    rest(SETTLE);
    nsec_t server_end = read_clock(burst->server_clock);
    if (looked > burst->samples[0].sent + burst->think) {
        burst->think *= 2;
        return 0;
    }
    *out = (struct calibration_exchange){
        .client_ask = (asked - start) / BURST,
        .client_answer = (end - answering) / BURST,
        .server_ask = (server_asked - server_start) / BURST,
        .server_answer = (server_end - server_asked) / BURST,
    };
    return 1;
}

/* The median of each figure over the rounds. */
static void summarise(const struct calibration_exchange *rounds, size_t n,
                      struct calibration_exchange *out)
{
    static const size_t fields[] = {
        offsetof(struct calibration_exchange, client_ask),
        offsetof(struct calibration_exchange, client_answer),
        offsetof(struct calibration_exchange, server_ask),
        offsetof(struct calibration_exchange, server_answer),
    };
    for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
        nsec_t values[ROUNDS_MAX];
        for (size_t i = 0; i < n; i++)
            values[i] = *(const nsec_t *)((const char *)&rounds[i] + fields[f]);
        *(nsec_t *)((char *)out + fields[f]) = median(values, n);
    }
}

static int measure_bursts(struct burst *burst, struct calibration_exchange *out,
                          struct error *error)
{
    struct calibration_exchange rounds[BURST_TRIES];
    size_t good = 0;
    /* The first warms up, and opens the connections that are kept alive. */
    for (int try = 0; try <= BURST_TRIES && good < BURST_ROUNDS; try++) {
        int result = burst_round(burst, &rounds[good], error);
        if (result < 0)
            return -1;
        good += try > 0 && result;
    }
    if (good == 0)
        return error_set(error, "the machine is too busy to calibrate: try again later");
    summarise(rounds, good, out);
    return 0;
}

static int measure_lone(struct burst *burst, nsec_t *out, struct error *error)
{
    struct exchange lane;
    struct batch batch = {
        .load = &burst->load, .requests = 1, .think = SLEEP, .samples = burst->samples};
    nsec_t values[LONE_ROUNDS];
    exchange_init(&lane, &burst->load, 0, true);
    for (int i = -1; i < LONE_ROUNDS; i++) {
        exchange_run(&lane, &batch, 0);
        if (check_sample(lane.sample, error) < 0)
            return -1;
        if (i >= 0)
            values[i] = lane.sample->end - lane.sample->start - SLEEP;
    }
    exchange_close(&lane);
    *out = median(values, LONE_ROUNDS);
    return 0;
}

static int measure_exchange(bool keep_alive, struct calibration_exchange *out, struct error *error)
{
    struct bench_case c = {.keep_alive = keep_alive, .backlog = 2 * BURST};
    struct server_process server;
    if (server_start(&server, &c, error) < 0)
        return -1;
    struct burst *burst = xcalloc(1, sizeof(*burst));
    burst->load = (struct load){.workload = workloads[0],
                                .server = server.address,
                                .concurrency = BURST,
                                .keep_alive = keep_alive,
                                .seed = 1};
    burst->think = BURST_THINK;
    burst->epoll = epoll_create1(EPOLL_CLOEXEC);
    clock_getcpuclockid(server.child.pid, &burst->server_clock);
    for (unsigned i = 0; i < BURST; i++)
        exchange_init(&burst->lanes[i], &burst->load, i, false);
    int result = measure_bursts(burst, out, error);
    if (result == 0)
        result = measure_lone(burst, &out->lone, error);
    for (unsigned i = 0; i < BURST; i++)
        exchange_close(&burst->lanes[i]);
    close(burst->epoll);
    free(burst);
    server_stop(&server);
    return result;
}

/* ---- the process ---- */

struct account {
    bool complete;
    struct calibration calibration;
    struct error error;
};

static int64_t read_somaxconn(void)
{
    int64_t value = INT64_MAX;
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    if (file && fscanf(file, "%ld", &value) != 1)
        value = INT64_MAX;
    if (file)
        fclose(file);
    return value;
}

static void measure_all(struct account *account)
{
    struct calibration *c = &account->calibration;
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof(cpus), &cpus);
    c->cpus = CPU_COUNT(&cpus);
    c->somaxconn = read_somaxconn();
    if (net_want_descriptors(2 * BURST, &account->error) < 0 ||
        measure_exchange(false, &c->connection, &account->error) < 0 ||
        measure_exchange(true, &c->kept_alive, &account->error) < 0)
        return;
    c->syscall = median_of(round_syscalls);
    c->thread = median_of(round_threads);
    c->timer = median_of(round_timer);
    c->switching = measure_switch();
    account->complete = true;
}

int calibrate(struct calibration *out, struct error *error)
{
    struct account *account = mmap(NULL, sizeof(*account), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (account == MAP_FAILED)
        return error_errno(error, errno, "no memory to calibrate in");
    struct child child = {.pid = fork()};
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        measure_all(account);
        _exit(0);
    }
    int result = -1;
    if (child.pid < 0) {
        error_errno(error, errno, "no process to calibrate in");
    } else if ((child.pidfd = pidfd_open(child.pid, 0)) < 0) {
        error_errno(error, errno, "cannot watch process %d", (int)child.pid);
        kill(child.pid, SIGKILL);
        waitpid(child.pid, NULL, 0);
    } else {
        enum child_wait waited = child_wait(&child, clock_now() + PATIENCE);
        child_stop(&child, 0);
        if (account->complete)
            result = 0;
        else if (account->error.text[0] && error)
            *error = account->error;
        else
            error_set(error, waited == CHILD_INTERRUPTED ? "interrupted"
                                                         : "the calibration did not end");
    }
    if (result == 0)
        *out = account->calibration;
    munmap(account, sizeof(*account));
    return result;
}

/* ---- by name ---- */

#define ENTRY(field, name, unit, explain)                                                          \
    {                                                                                              \
        name, unit, explain, offsetof(struct calibration, field)                                   \
    }

static const struct {
    const char *name, *unit, *explain;
    size_t offset;
} entries[] = {
    ENTRY(cpus, "cpus", "", "CPUs that client and server share"),
    ENTRY(somaxconn, "somaxconn", "", "the kernel's cap on a backlog"),
    ENTRY(syscall, "syscall", "ns", "CPU of a system call that does nothing"),
    ENTRY(switching, "switch", "ns", "CPU of a switch from one thread to another"),
    ENTRY(thread, "thread", "ns", "CPU of making and joining a thread"),
    ENTRY(timer, "timer", "ns", "how late a timer's reader runs"),
    ENTRY(connection.client_ask, "connection_client_ask", "ns", "CPU to connect and send"),
    ENTRY(connection.client_answer, "connection_client_answer", "ns", "CPU to read and close"),
    ENTRY(connection.server_ask, "connection_server_ask", "ns", "server's CPU to accept and read"),
    ENTRY(connection.server_answer, "connection_server_answer", "ns",
          "server's CPU to write and close"),
    ENTRY(connection.lone, "connection_lone", "ns", "one connection alone, its thinking apart"),
    ENTRY(kept_alive.client_ask, "kept_alive_client_ask", "ns", "CPU to send"),
    ENTRY(kept_alive.client_answer, "kept_alive_client_answer", "ns", "CPU to read"),
    ENTRY(kept_alive.server_ask, "kept_alive_server_ask", "ns", "server's CPU to read"),
    ENTRY(kept_alive.server_answer, "kept_alive_server_answer", "ns", "server's CPU to write"),
    ENTRY(kept_alive.lone, "kept_alive_lone", "ns", "one exchange alone, its thinking apart"),
};

bool calibration_entry(const struct calibration *calibration, size_t i,
                       struct calibration_entry *out)
{
    if (i >= sizeof(entries) / sizeof(entries[0]))
        return false;
    *out = (struct calibration_entry){
        .name = entries[i].name,
        .unit = entries[i].unit,
        .explain = entries[i].explain,
        .value = *(const int64_t *)((const char *)calibration + entries[i].offset),
    };
    return true;
}
