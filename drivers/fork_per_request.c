/* fork-per-request: a process made for each request, and gone with it.
 *
 * What inetd and CGI do. A request has a program of its own: it may leak, crash or be killed, and
 * takes nobody along. For that it pays with a copy of the parent's page tables and descriptors,
 * with page faults where either then writes, and with being taken apart again: some hundred
 * microseconds, more the larger the parent and the more connections it holds. Results come back
 * through memory that both map, here the samples. A connection that the parent opened is inherited
 * and can be kept; one that a child opens ends with the child. Choose it where requests are rare,
 * long, and not to be trusted. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "worker_process.h"

/* How a child says in its exit code whether the connection it inherited can still be used. */
enum { CHILD_KEPT = 0, CHILD_CLOSED = 1 };

struct crew {
    unsigned slots_made, free_count;
    unsigned *free; /* the slots that carry nothing: the first free_count */
    pid_t *pids;    /* of a slot's child; 0 where it carries nothing */
    size_t *indices;
    struct exchange *exchanges;
    pid_t group; /* the children are a process group, so that they can be waited for as one */
};

/* Until it is waited for a child stays in its group, so while one is there, the group is. */
static bool crew_group(struct crew *crew, pid_t pid)
{
    if (crew->free_count == crew->slots_made)
        crew->group = pid;
    return setpgid(pid, crew->group) == 0;
}

/* Start request `index` on the free slot on top. */
static void crew_start(struct crew *crew, struct batch *batch, size_t index)
{
    unsigned slot = crew->free[crew->free_count - 1];
    struct exchange *exchange = &crew->exchanges[slot];
    pid_t pid = worker_fork();
    if (pid == 0) {
        exchange_run(exchange, batch, index);
        int code = exchange->kept ? CHILD_KEPT : CHILD_CLOSED;
        exchange_close(exchange); /* our copy, and what a job opened */
        worker_exit(code);
    }
    if (pid > 0 && crew_group(crew, pid)) {
        crew->pids[slot] = pid;
        crew->indices[slot] = index;
        crew->free_count--;
        return;
    }
    int why = errno;
    if (pid > 0) {
        siginfo_t end;
        kill(pid, SIGKILL);
        worker_wait(P_PID, pid, &end);
    }
    exchange_fail(batch, index, slot, OUTCOME_NO_WORKER, why);
}

static bool was_lost(const struct sample *sample)
{
    return sample->outcome == OUTCOME_NOT_STARTED || sample->outcome == OUTCOME_UNFINISHED;
}

/* What a child did not bring to its end: its request, and those it took to pipeline with it. */
static void crew_lose(struct crew *crew, struct batch *batch, unsigned slot)
{
    if (was_lost(&batch->samples[crew->indices[slot]]))
        exchange_fail(batch, crew->indices[slot], slot, OUTCOME_LOST, 0);
    for (size_t i = 0; i < batch->requests && batch->load->pipeline > 1; i++)
        if (batch->samples[i].outcome == OUTCOME_UNFINISHED && batch->samples[i].slot == slot)
            exchange_fail(batch, i, slot, OUTCOME_LOST, 0);
}

/* Wait for the end of any child and free its slot. Returns 0 or -1. */
static int crew_reap(struct crew *crew, struct batch *batch, struct error *error)
{
    siginfo_t end;
    int why = worker_wait(P_PGID, crew->group, &end);
    if (why)
        return error_errno(error, why, "cannot wait for the children");
    unsigned slot = 0;
    while (crew->pids[slot] != end.si_pid)
        slot++;
    if (end.si_code != CLD_EXITED || was_lost(&batch->samples[crew->indices[slot]]))
        crew_lose(crew, batch, slot);
    if (end.si_code != CLD_EXITED || end.si_status != CHILD_KEPT)
        exchange_close(&crew->exchanges[slot]);
    crew->pids[slot] = 0;
    crew->free[crew->free_count++] = slot;
    return 0;
}

static int crew_run(void *state, struct batch *batch, struct error *error)
{
    struct crew *crew = state;
    int result = 0;
    while (result == 0) {
        if (crew->free_count == 0) {
            result = crew_reap(crew, batch, error);
            continue;
        }
        ptrdiff_t index = batch_next(batch);
        if (index == BATCH_OVER)
            break;
        crew_start(crew, batch, (size_t)index);
    }
    while (result == 0 && crew->free_count < crew->slots_made)
        result = crew_reap(crew, batch, error);
    return result;
}

static void crew_teardown(void *state)
{
    struct crew *crew = state;
    for (unsigned i = 0; i < crew->slots_made; i++)
        exchange_close(&crew->exchanges[i]);
    free(crew->exchanges);
    free(crew->indices);
    free(crew->pids);
    free(crew->free);
    free(crew);
}

static void *crew_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    struct crew *crew = xcalloc(1, sizeof(*crew));
    crew->free = xcalloc(load->concurrency, sizeof(*crew->free));
    crew->pids = xcalloc(load->concurrency, sizeof(*crew->pids));
    crew->indices = xcalloc(load->concurrency, sizeof(*crew->indices));
    crew->exchanges = xcalloc(load->concurrency, sizeof(*crew->exchanges));
    while (crew->slots_made < load->concurrency) {
        struct exchange *exchange = &crew->exchanges[crew->slots_made];
        exchange_init(exchange, load, crew->slots_made, EXCHANGE_BLOCKING);
        if (exchange_open(exchange, error) < 0) {
            crew_teardown(crew);
            return NULL;
        }
        crew->free[crew->free_count++] = crew->slots_made++;
    }
    return crew;
}

const struct driver driver_fork_per_request = {
    .name = "fork-per-request",
    .summary = "a process made for each request, at most C at a time",
    .model = MODEL_PROCESSES,
    .kernel = "fork",
    .traits = DRIVER_PROCESSES,
    .setup = crew_setup,
    .run = crew_run,
    .teardown = crew_teardown,
};
