#include "parts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "worker_process.h"

enum { ACTIVE_BYTES = 160 };

/* What all parts do next, each in its own process. */
enum step { STEP_SETUP, STEP_PREPARE, STEP_RUN, STEP_COLLECT, STEP_TEARDOWN };

struct shared_part {
    atomic_uint finished; /* the number of the last step that it finished */
    int result;           /* of that step: 0 or -1 with `error` */
    struct error error;
    struct batch batch; /* the part's share of it */
};

/* Shared memory, mapped before the processes are created. */
struct shared {
    atomic_uint number; /* of the current step: a futex that idle parts sleep on */
    enum step step;
    struct batch *batch;
    char active[ACTIVE_BYTES]; /* of the first part */
    struct shared_part parts[];
};

struct parts {
    const struct driver *driver;
    const struct load *load;
    struct shared *shared;
    size_t shared_bytes;
    unsigned count, created;
    int done_fd;          /* an eventfd: a part has finished a step */
    struct pollfd *watch; /* done_fd, and the pidfd of each part */
    pid_t *pids;          /* 0: reaped */
    bool broken;          /* a part has died */
};

/* ---- in the process of a part ---- */

struct part {
    const struct parts *parts;
    unsigned number;
    struct load load;
    struct batch *batch; /* in shared memory: it may have processes of its own */
    void *state;
};

/* The memory of slots is the process's own: forked, it has all of them. */
static void part_load(struct part *part)
{
    part->load = *part->parts->load;
    load_take_part(&part->load, part->number, part->parts->count);
}

static void part_batch(struct part *part)
{
    const struct batch *whole = part->parts->shared->batch;
    const struct share share = share_of(part->number, part->parts->count);
    *part->batch =
        (struct batch){.load = &part->load,
                       .warmup = whole->warmup,
                       .requests = share_count(whole->requests, part->number, part->parts->count),
                       .delay = whole->delay,
                       .deadline = whole->deadline,
                       .schedule = whole->schedule,
                       .begun = whole->begun,
                       .samples = whole->samples,
                       .share = share_within(&whole->share, &share)};
    if (!whole->summary)
        return;
    part->batch->summary = whole->summary + part->number;
    part->batch->slots = whole->slots + (part->load.first_slot - part->parts->load->first_slot);
}

static void touch(struct sample *sample)
{
    *(volatile uint8_t *)&sample->outcome = OUTCOME_NOT_STARTED;
}

/* A forked process maps the pages of shared memory when it first touches them: not in run(). */
static void touch_samples(const struct batch *batch)
{
    size_t n = batch->summary ? batch->load->concurrency : batch->requests;
    for (size_t i = 0; i < n; i++)
        touch(batch->summary ? &batch->slots[i] : batch_sample(batch, i));
}

static int part_setup(struct part *part, struct error *error)
{
    const struct parts *parts = part->parts;
    part_load(part);
    if (!(parts->driver->traits & DRIVER_OFFLINE))
        net_grow_descriptors(part->load.concurrency + LOAD_SPARE_DESCRIPTORS);
    part->state = parts->driver->setup(parts->driver, &part->load, error);
    if (part->state && part->number == 0 && parts->driver->active)
        parts->driver->active(part->state, parts->shared->active, ACTIVE_BYTES);
    return part->state ? 0 : -1;
}

static int part_prepare(struct part *part, struct error *error)
{
    const struct driver *driver = part->parts->driver;
    part_batch(part);
    touch_samples(part->batch);
    return driver->prepare ? driver->prepare(part->state, part->batch, error) : 0;
}

static int part_run(struct part *part, struct error *error)
{
    const struct batch *whole = part->parts->shared->batch;
    part->batch->begun = whole->begun;
    part->batch->deadline = whole->deadline;
    return part->batch->requests ? part->parts->driver->run(part->state, part->batch, error) : 0;
}

static int part_step(struct part *part, struct error *error)
{
    const struct driver *driver = part->parts->driver;
    switch (part->parts->shared->step) {
    case STEP_SETUP: return part_setup(part, error);
    case STEP_PREPARE: return part_prepare(part, error);
    case STEP_RUN: return part_run(part, error);
    case STEP_COLLECT:
        return driver->collect ? driver->collect(part->state, part->batch, error) : 0;
    case STEP_TEARDOWN:
        if (part->state)
            driver->teardown(part->state);
        return 0;
    }
    return 0;
}

static _Noreturn void part_main(const struct parts *parts, unsigned number)
{
    static const uint64_t one = 1;
    struct shared *shared = parts->shared;
    struct shared_part *own = &shared->parts[number];
    struct part part = {.parts = parts, .number = number, .batch = &own->batch};
    for (unsigned step = 0;;) {
        step = counter_await(&shared->number, step);
        bool last = shared->step == STEP_TEARDOWN;
        own->result = part_step(&part, &own->error);
        atomic_store(&own->finished, step);
        if (write(parts->done_fd, &one, sizeof(one)) < 0 || last)
            worker_exit(0);
    }
}

/* ---- in the measured process ---- */

/* A part has ended before it was told to: say which, and how. */
static int part_died(struct parts *parts, unsigned number, struct error *error)
{
    siginfo_t end;
    char how[64];
    pid_t pid = parts->pids[number];
    worker_wait(P_PID, pid, &end);
    parts->pids[number] = 0;
    parts->broken = true;
    return error_set(error, "part %u of %u (process %d) %s", number + 1, parts->count, (int)pid,
                     worker_describe_end(&end, how, sizeof(how)));
}

static bool all_finished(const struct parts *parts, unsigned step)
{
    for (unsigned i = 0; i < parts->created; i++)
        if (atomic_load(&parts->shared->parts[i].finished) != step)
            return false;
    return true;
}

/* The first error of a step. */
static int result_of(const struct parts *parts, struct error *error)
{
    for (unsigned i = 0; i < parts->created; i++) {
        const struct shared_part *part = &parts->shared->parts[i];
        if (part->result == 0)
            continue;
        if (error)
            *error = part->error;
        return error_prefix(error, "part %u of %u", i + 1, parts->count);
    }
    return 0;
}

/* Have all parts begin a step. */
static void parts_tell(struct parts *parts, enum step step)
{
    parts->shared->step = step;
    counter_raise(&parts->shared->number);
}

/* Have all parts do a step, and wait for it. Returns 0 or -1. */
static int parts_step(struct parts *parts, enum step step, struct error *error)
{
    uint64_t count;
    parts_tell(parts, step);
    unsigned number = atomic_load(&parts->shared->number);
    while (!all_finished(parts, number)) {
        if (poll(parts->watch, parts->created + 1, -1) < 0 && errno != EINTR)
            return error_errno(error, errno, "cannot wait for %u processes", parts->count);
        if (parts->watch[0].revents && read(parts->done_fd, &count, sizeof(count)) < 0)
            return error_errno(error, errno, "cannot read an eventfd");
        for (unsigned i = 0; i < parts->created; i++)
            if (parts->watch[1 + i].revents &&
                atomic_load(&parts->shared->parts[i].finished) != number)
                return part_died(parts, i, error);
    }
    return result_of(parts, error);
}

static int parts_prepare(void *state, struct batch *batch, struct error *error)
{
    struct parts *parts = state;
    parts->shared->batch = batch;
    return parts_step(parts, STEP_PREPARE, error);
}

static int parts_run(void *state, struct batch *batch, struct error *error)
{
    (void)batch;
    return parts_step(state, STEP_RUN, error);
}

static int parts_collect(void *state, struct batch *batch, struct error *error)
{
    (void)batch;
    return parts_step(state, STEP_COLLECT, error);
}

static void parts_active(const void *state, char *text, size_t size)
{
    const struct parts *parts = state;
    snprintf(text, size, "%s", parts->shared->active);
}

/* What is left of a load one of whose parts has died is of no use. */
static void parts_kill(struct parts *parts)
{
    for (unsigned i = 0; i < parts->created; i++)
        if (parts->pids[i])
            kill(parts->pids[i], SIGKILL);
}

static void parts_reap(struct parts *parts)
{
    siginfo_t end;
    for (unsigned i = 0; i < parts->created; i++) {
        if (parts->pids[i])
            worker_wait(P_PID, parts->pids[i], &end);
        close(parts->watch[1 + i].fd);
    }
}

static void parts_teardown(void *state)
{
    struct parts *parts = state;
    if (parts->broken || parts->created < parts->count)
        parts_kill(parts);
    else
        parts_tell(parts, STEP_TEARDOWN);
    parts_reap(parts);
    if (parts->done_fd >= 0)
        close(parts->done_fd);
    munmap(parts->shared, parts->shared_bytes);
    free(parts->watch);
    free(parts->pids);
    free(parts);
}

static int parts_add(struct parts *parts, struct error *error)
{
    unsigned number = parts->created;
    pid_t pid = worker_fork();
    if (pid == 0)
        part_main(parts, number);
    int pidfd = pid < 0 ? -1 : pidfd_open(pid, 0);
    if (pidfd < 0) {
        error_errno(error, errno, "cannot create process %u of %u", number + 1, parts->count);
        if (pid > 0)
            kill(pid, SIGKILL);
        return -1;
    }
    parts->pids[number] = pid;
    parts->watch[++parts->created] = (struct pollfd){.fd = pidfd, .events = POLLIN};
    return 0;
}

static int parts_start(struct parts *parts, struct error *error)
{
    parts->done_fd = eventfd(0, EFD_CLOEXEC);
    if (parts->done_fd < 0)
        return error_errno(error, errno, "eventfd");
    parts->watch[0] = (struct pollfd){.fd = parts->done_fd, .events = POLLIN};
    while (parts->created < parts->count)
        if (parts_add(parts, error) < 0)
            return -1;
    return parts_step(parts, STEP_SETUP, error);
}

static void *parts_setup(const struct driver *self, const struct load *load, struct error *error)
{
    const struct parts_config *config = self->config;
    size_t bytes = sizeof(struct shared) + config->count * sizeof(struct shared_part);
    struct shared *shared =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        error_errno(error, errno, "cannot map memory to share with %u processes", config->count);
        return NULL;
    }
    struct parts *parts = xcalloc(1, sizeof(*parts));
    *parts = (struct parts){.driver = config->driver,
                            .load = load,
                            .shared = shared,
                            .shared_bytes = bytes,
                            .count = config->count < load->concurrency ? config->count
                                                                       : load->concurrency,
                            .done_fd = -1};
    parts->watch = xcalloc(1 + config->count, sizeof(*parts->watch));
    parts->pids = xcalloc(config->count, sizeof(*parts->pids));
    if (parts_start(parts, error) == 0)
        return parts;
    parts_teardown(parts);
    return NULL;
}

static int parts_probe(const struct driver *self, struct error *why)
{
    const struct parts_config *config = self->config;
    return config->driver->probe ? config->driver->probe(config->driver, why) : 0;
}

static int parts_probe_schedule(const struct driver *self, struct error *why)
{
    const struct parts_config *config = self->config;
    return driver_schedules(config->driver, why);
}

/* Functions of the driver's would take `config` for theirs. */
struct driver parts_driver(const struct parts_config *config)
{
    struct driver driver = *config->driver;
    driver.config = config;
    driver.concurrency_max *= config->count;
    driver.version = NULL;
    driver.probe = parts_probe;
    driver.probe_schedule = parts_probe_schedule;
    driver.setup = parts_setup;
    driver.prepare = parts_prepare;
    driver.run = parts_run;
    driver.collect = parts_collect;
    driver.teardown = parts_teardown;
    driver.active = parts_active;
    return driver;
}
