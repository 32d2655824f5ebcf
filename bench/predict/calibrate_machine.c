/* The cost of the operations that requests consist of. */
#include "calibrate_machine.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "calibrate_clock.h"

enum {
    ROUNDS = 7,      /* of each figure; odd, so that the median is a measured value */
    SYSCALLS = 1000, /* in a round */
    SWITCHES = 200,  /* round trips, in a round */
    THREADS = 16,    /* in a round */
    STACK_BYTES = 64 * 1024,
};

#define TIMER_SLEEP (2 * NSEC_PER_MSEC)

static nsec_t round_syscalls(void)
{
    nsec_t before = calibrate_cpu();
    for (int i = 0; i < SYSCALLS; i++)
        syscall(SYS_getppid); /* not one that a C library might cache */
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
    nsec_t start = calibrate_cpu();
    for (int i = 0; i < 2 * SWITCHES; i++) {
        pass(pipes.ours);
        take(pipes.ours);
    }
    nsec_t calls = calibrate_cpu() - start, spent = 0;
    if (pthread_create(&partner, NULL, return_all, &pipes) == 0) {
        start = calibrate_cpu();
        for (int i = 0; i < SWITCHES; i++) {
            pass(pipes.theirs);
            take(pipes.ours);
        }
        spent = calibrate_cpu() - start;
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
    return calibrate_median(values, ROUNDS);
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

/* ---- all figures ---- */

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

void calibrate_machine(struct calibration *out)
{
    out->somaxconn = read_somaxconn();
    out->syscall = median_of(round_syscalls);
    out->thread = median_of(round_threads);
    out->timer = median_of(round_timer);
    out->switching = measure_switch();
}
