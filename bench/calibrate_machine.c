/* What the machine charges for the operations that no request is made without, and for what a
 * driver with threads adds to them. */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "calibrate_parts.h"

enum {
    SYSCALLS = 1000, /* in a round */
    SWITCHES = 200,  /* there and back, in a round */
    THREADS = 16,    /* in a round */
    POOL_ROUNDS = 5,
    STACK_BYTES = 64 * 1024,
};

#define POOL_SETTLE (4 * NSEC_PER_MSEC) /* for all of a pool to take up their work */

static nsec_t round_syscalls(void)
{
    nsec_t before = calibrate_cpu();
    for (int i = 0; i < SYSCALLS; i++)
        syscall(SYS_getppid); /* glibc caches no getppid, but says so nowhere */
    return (calibrate_cpu() - before) / SYSCALLS;
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
    nsec_t before = calibrate_cpu();
    int made = 0;
    while (made < THREADS && pthread_create(&threads[made], &attributes, do_nothing, NULL) == 0)
        made++;
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    nsec_t spent = calibrate_cpu() - before;
    pthread_attr_destroy(&attributes);
    return made ? spent / made : 0;
}

static nsec_t round_timer(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    nsec_t due = clock_now() + CALIBRATE_SLEEP;
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
    nsec_t start = calibrate_cpu();
    for (int i = 0; i < 2 * SWITCHES; i++) {
        pass(game.ours);
        take(game.ours);
    }
    nsec_t calls = calibrate_cpu() - start;
    if (pthread_create(&opponent, NULL, return_all, &game))
        return 0;
    start = calibrate_cpu();
    for (int i = 0; i < SWITCHES; i++) {
        pass(game.theirs);
        take(game.ours);
    }
    nsec_t spent = calibrate_cpu() - start;
    pthread_join(opponent, NULL);
    close(game.ours);
    close(game.theirs);
    return spent > calls ? (spent - calls) / (2 * SWITCHES) : 0;
}

static nsec_t median_of(nsec_t (*round)(void))
{
    nsec_t values[CALIBRATE_ROUNDS];
    round(); /* for the caches */
    for (int i = 0; i < CALIBRATE_ROUNDS; i++)
        values[i] = round();
    return calibrate_median(values, CALIBRATE_ROUNDS);
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

/* ---- a pool of threads ---- */

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    unsigned turn; /* a new one is work for everybody */
    unsigned outstanding;
    nsec_t last_taken; /* when a thread last took up its work */
    bool closing;
    struct member {
        pthread_t thread;
        struct pool *pool;
        int answer;
    } members[CALIBRATE_BURST];
};

struct pool_cost {
    nsec_t ask, answer;
    int64_t cores;
};

/* What a thread does per request beside the request: wait for work, wait for an answer. */
static void *member_main(void *argument)
{
    struct member *member = argument;
    struct pool *pool = member->pool;
    unsigned turn = 0;
    pthread_mutex_lock(&pool->lock);
    while (!pool->closing) {
        if (turn == pool->turn) {
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        turn = pool->turn;
        pool->last_taken = clock_now();
        pthread_mutex_unlock(&pool->lock);
        take(member->answer);
        pthread_mutex_lock(&pool->lock);
        if (--pool->outstanding == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* One round: ask, let all of them wait for their answers, answer. */
static struct pool_cost pool_round(struct pool *pool)
{
    struct pool_cost cost;
    nsec_t start = clock_now(), cpu_start = calibrate_cpu();
    pthread_mutex_lock(&pool->lock);
    pool->turn++;
    pool->outstanding = CALIBRATE_BURST;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    calibrate_rest(POOL_SETTLE);
    nsec_t asked = clock_now(), cpu_asked = calibrate_cpu();
    for (int i = 0; i < CALIBRATE_BURST; i++)
        pass(pool->members[i].answer);
    pthread_mutex_lock(&pool->lock);
    nsec_t wall = pool->last_taken - start;
    while (pool->outstanding > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    wall += clock_now() - asked;
    calibrate_rest(CALIBRATE_SETTLE);
    nsec_t cpu = calibrate_cpu() - cpu_start;
    cost.ask = (cpu_asked - cpu_start) / CALIBRATE_BURST;
    cost.answer = cpu / CALIBRATE_BURST - cost.ask;
    cost.cores = wall > 0 ? 1000 * cpu / wall : 1000;
    return cost;
}

static void pool_close(struct pool *pool, int made)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < made; i++) {
        pthread_join(pool->members[i].thread, NULL);
        close(pool->members[i].answer);
    }
}

static int measure_pool(struct calibration *out, struct error *error)
{
    static struct pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
                               .work = PTHREAD_COND_INITIALIZER,
                               .done = PTHREAD_COND_INITIALIZER};
    nsec_t asks[POOL_ROUNDS], answers[POOL_ROUNDS], cores[POOL_ROUNDS];
    pthread_attr_t attributes;
    int made = 0, result = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (; made < CALIBRATE_BURST && !result; made += !result) {
        struct member *member = &pool.members[made];
        *member = (struct member){.pool = &pool, .answer = eventfd(0, EFD_CLOEXEC)};
        result = pthread_create(&member->thread, &attributes, member_main, member);
    }
    pthread_attr_destroy(&attributes);
    for (int i = -1; i < POOL_ROUNDS && !result; i++) {
        struct pool_cost cost = pool_round(&pool);
        if (i < 0) /* for the stacks and the caches */
            continue;
        asks[i] = cost.ask;
        answers[i] = cost.answer;
        cores[i] = cost.cores;
    }
    pool_close(&pool, made);
    if (result)
        return error_errno(error, result, "thread %d to calibrate with", made + 1);
    out->pool_ask = calibrate_median(asks, POOL_ROUNDS);
    out->pool_cores = calibrate_median(cores, POOL_ROUNDS);
    out->pool_answer = calibrate_median(answers, POOL_ROUNDS);
    return 0;
}

/* ---- the whole ---- */

static int64_t read_somaxconn(void)
{
    long value = LONG_MAX;
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    if (file && fscanf(file, "%ld", &value) != 1)
        value = LONG_MAX;
    if (file)
        fclose(file);
    return value;
}

int calibrate_machine(struct calibration *out, struct error *error)
{
    out->somaxconn = read_somaxconn();
    out->syscall = median_of(round_syscalls);
    out->thread = median_of(round_threads);
    out->timer = median_of(round_timer);
    out->switching = measure_switch();
    return measure_pool(out, error);
}
