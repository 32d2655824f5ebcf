/* fork-per-request: a process created for each request, and ended with it.
 *
 * This is how inetd and CGI work. Each request runs in a process of its own: it may leak, crash or
 * be killed without affecting others. The costs are a copy of the parent's page tables and
 * descriptors, page faults when either process then writes, and the teardown of the process: some
 * hundred microseconds, more for a larger parent or more connections. Results return through shared
 * memory, here the samples. A connection that the parent opened is inherited and can be kept; one
 * that a child opens ends with the child. Where requests start by a schedule, the parent sleeps
 * until each is due, so its fork is part of its latency. Choose it for requests that are rare,
 * long, or not trusted. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "worker_process.h"

/* A child's exit code: can the connection it inherited still be used? */
enum { CHILD_KEPT = 0, CHILD_CLOSED = 1 };

struct slot {
    struct exchange exchange;
    pid_t pid;    /* of its child; 0 if the slot is free */
    size_t index; /* of the child's request */
};

struct spawner {
    unsigned slot_count, free_count;
    unsigned *free; /* the free slots: the first free_count */
    struct slot *slots;
    pid_t group; /* all children are in one process group, to wait for any of them */
};

/* A child stays in its group until it is reaped, so the group exists as long as there is a
 * child. */
static bool spawner_add_to_group(struct spawner *spawner, pid_t pid)
{
    if (spawner->free_count == spawner->slot_count)
        spawner->group = pid;
    return setpgid(pid, spawner->group) == 0;
}

/* Start request `index` in the topmost free slot. */
static void spawner_start(struct spawner *spawner, struct batch *batch, size_t index)
{
    struct slot *slot = &spawner->slots[spawner->free[spawner->free_count - 1]];
    struct exchange *exchange = &slot->exchange;
    pid_t pid = worker_fork();
    if (pid == 0) {
        exchange_run(exchange, batch, index);
        int code = exchange->kept ? CHILD_KEPT : CHILD_CLOSED;
        exchange_close(exchange); /* our copy, and a job's context */
        worker_exit(code);
    }
    if (pid > 0 && spawner_add_to_group(spawner, pid)) {
        slot->pid = pid;
        slot->index = index;
        spawner->free_count--;
        return;
    }
    int why = errno;
    if (pid > 0) {
        siginfo_t end;
        kill(pid, SIGKILL);
        worker_wait(P_PID, pid, &end);
    }
    exchange_fail(batch, index, exchange->slot, OUTCOME_NO_WORKER, why);
}

static bool was_lost(const struct sample *sample)
{
    return sample->outcome == OUTCOME_NOT_STARTED || sample->outcome == OUTCOME_UNFINISHED;
}

/* Fail what a dead child did not finish: its request, and those pipelined with it. */
static void slot_fail_lost(const struct slot *slot, struct batch *batch)
{
    uint32_t number = slot->exchange.slot;
    if (was_lost(batch_sample(batch, slot->index)))
        exchange_fail(batch, slot->index, number, OUTCOME_LOST, 0);
    for (size_t i = 0; i < batch->requests && batch->load->pipeline > 1; i++)
        if (exchange_is_under_way(batch, i, number))
            exchange_fail(batch, i, number, OUTCOME_LOST, 0);
}

/* Wait for the end of any child and free its slot. Returns 0 or -1. */
static int spawner_reap(struct spawner *spawner, struct batch *batch, struct error *error)
{
    siginfo_t end;
    int why = worker_wait(P_PGID, spawner->group, &end);
    if (why)
        return error_errno(error, why, "cannot wait for child processes");
    struct slot *slot = spawner->slots;
    while (slot->pid != end.si_pid)
        slot++;
    if (end.si_code != CLD_EXITED || was_lost(batch_sample(batch, slot->index)))
        slot_fail_lost(slot, batch);
    if (end.si_code != CLD_EXITED || end.si_status != CHILD_KEPT)
        exchange_close(&slot->exchange);
    slot->pid = 0;
    spawner->free[spawner->free_count++] = slot->exchange.slot;
    return 0;
}

static int spawner_run(void *state, struct batch *batch, struct error *error)
{
    struct spawner *spawner = state;
    int result = 0;
    while (result == 0) {
        if (spawner->free_count == 0) {
            result = spawner_reap(spawner, batch, error);
            continue;
        }
        ptrdiff_t index = batch_next(batch);
        if (index == BATCH_OVER)
            break;
        batch_await(batch, (size_t)index);
        spawner_start(spawner, batch, (size_t)index);
    }
    while (result == 0 && spawner->free_count < spawner->slot_count)
        result = spawner_reap(spawner, batch, error);
    return result;
}

static void spawner_teardown(void *state)
{
    struct spawner *spawner = state;
    exchange_close_slots(spawner->slots, spawner->slot_count, sizeof(*spawner->slots));
    free(spawner->free);
    free(spawner);
}

static void *spawner_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct spawner *spawner = xcalloc(1, sizeof(*spawner));
    spawner->slot_count = load->concurrency;
    spawner->free = xcalloc(load->concurrency, sizeof(*spawner->free));
    while (spawner->free_count < load->concurrency) {
        spawner->free[spawner->free_count] = spawner->free_count;
        spawner->free_count++;
    }
    spawner->slots = exchange_open_slots(load, 0, load->concurrency, sizeof(*spawner->slots),
                                         EXCHANGE_BLOCKING, error);
    if (spawner->slots)
        return spawner;
    spawner_teardown(spawner);
    return NULL;
}

const struct driver driver_fork_per_request = {
    .name = "fork-per-request",
    .summary = "a process created for each request, at most C at a time",
    .model = MODEL_PROCESSES,
    .kernel = "fork",
    .traits = DRIVER_PROCESSES,
    .setup = spawner_setup,
    .run = spawner_run,
    .teardown = spawner_teardown,
};
