/* prefork: C processes created in advance, which take requests from shared memory and write their
 * results there.
 *
 * It is a thread pool with isolation: each process runs the simplest code, one blocking request
 * (exchange_run), in its own address space. A crash costs one request and one worker. Code that is
 * not thread-safe, or an interpreter with a global lock, can still use every core. Creation is paid
 * once, in setup. What remains is a process's memory (page tables, a kernel stack, the pages it
 * writes) and costlier context switches, because each also switches address spaces. The parent must
 * not depend on a worker to finish anything in shared memory, since it may be killed: here the
 * kernel reports a death through a pidfd. Where requests start by a schedule, each free process
 * takes the next one and sleeps until it is due. Choose it for work that blocks and needs
 * isolation, or that cannot share a process. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker_process.h"

/* Shared memory, mapped before the workers are created. */
struct shared {
    atomic_uint round; /* number of the batch: a futex that idle workers sleep on */
    atomic_uint busy;  /* workers still running: the last one writes to done_fd */
    bool closing;
    struct batch *batch;
    atomic_uint finished[]; /* by worker: the last round that it finished */
};

struct pool {
    struct shared *shared;
    size_t shared_bytes;
    int done_fd, events; /* an eventfd; an epoll over it and all pidfds */
    unsigned slots, alive;
    struct worker *workers;
};

static const uint32_t DONE_EVENT = UINT32_MAX; /* in epoll's data; other values are slots */

/* After a death done_fd may not be written: check this often. */
enum { CHECK_MS = 10 };

static _Noreturn void worker_main(struct shared *shared, struct exchange *exchange, int done_fd)
{
    static const uint64_t one = 1;
    for (unsigned round = 0;;) {
        round = counter_await(&shared->round, round);
        if (shared->closing) {
            exchange_close(exchange);
            worker_exit(0);
        }
        for (ptrdiff_t index; (index = batch_next(shared->batch)) != BATCH_OVER;)
            exchange_run(exchange, shared->batch, (size_t)index);
        bool last = atomic_fetch_sub(&shared->busy, 1) == 1;
        atomic_store(&shared->finished[exchange->slot], round);
        if (last && write(done_fd, &one, sizeof(one)) < 0)
            worker_exit(1);
    }
}

/* A dead worker does not decrement `busy`: after a death, check the others one by one. */
static bool pool_finished(const struct pool *pool, unsigned deaths)
{
    if (deaths == 0)
        return atomic_load(&pool->shared->busy) == 0;
    unsigned round = atomic_load(&pool->shared->round);
    for (unsigned i = 0; i < pool->slots; i++)
        if (pool->workers[i].pid && atomic_load(&pool->shared->finished[i]) != round)
            return false;
    return true;
}

/* Fail the requests that the dead worker of a slot had begun. */
static void batch_fail_lost(struct batch *batch, unsigned slot)
{
    for (size_t i = 0; i < batch->requests; i++)
        if (exchange_is_under_way(batch, i, slot))
            exchange_fail(batch, i, slot, OUTCOME_LOST, 0);
}

/* Fail the requests that a dead worker had taken and not begun, once all others have finished. */
static void batch_fail_unstarted(struct batch *batch)
{
    size_t taken = atomic_load(&batch->next);
    for (size_t i = 0; i < taken && i < batch->requests; i++)
        if (batch_sample(batch, i)->outcome == OUTCOME_NOT_STARTED)
            exchange_fail(batch, i, 0, OUTCOME_LOST, 0);
}

/* Sleep until the batch is done or a worker dies. Returns 0, or -1 with errno. */
static int pool_wait(struct pool *pool, struct batch *batch, unsigned *deaths, siginfo_t *end)
{
    struct epoll_event events[16];
    uint64_t count;
    int n = epoll_wait(pool->events, events, 16, *deaths ? CHECK_MS : -1);
    for (int i = 0; i < n; i++) {
        uint32_t slot = events[i].data.u32;
        if (slot == DONE_EVENT) {
            if (read(pool->done_fd, &count, sizeof(count)) < 0)
                return -1;
            continue;
        }
        worker_reap(&pool->workers[slot], end);
        batch_fail_lost(batch, slot);
        pool->alive--;
        ++*deaths;
    }
    return n < 0 && errno != EINTR ? -1 : 0;
}

static int pool_run(void *state, struct batch *batch, struct error *error)
{
    struct pool *pool = state;
    unsigned deaths = 0;
    siginfo_t end;
    char how[64] = "died before";
    pool->shared->batch = batch;
    atomic_store(&pool->shared->busy, pool->alive);
    counter_raise(&pool->shared->round);
    while (!pool_finished(pool, deaths))
        if (pool_wait(pool, batch, &deaths, &end) < 0)
            return error_errno(error, errno, "cannot wait for %u workers", pool->alive);
    if (deaths) {
        batch_fail_unstarted(batch);
        worker_describe_end(&end, how, sizeof(how));
    }
    if (pool->alive == 0)
        return error_set(error, "none of %u workers is left: the last one %s", pool->slots, how);
    return 0;
}

static void pool_teardown(void *state)
{
    struct pool *pool = state;
    siginfo_t end;
    pool->shared->closing = true;
    counter_raise(&pool->shared->round);
    for (unsigned i = 0; i < pool->slots; i++)
        if (pool->workers[i].pid)
            worker_reap(&pool->workers[i], &end);
    if (pool->events >= 0)
        close(pool->events);
    if (pool->done_fd >= 0)
        close(pool->done_fd);
    munmap(pool->shared, pool->shared_bytes);
    free(pool->workers);
    free(pool);
}

/* The parent opens the connections, one at a time; each then belongs to its worker. */
static int pool_add_worker(struct pool *pool, const struct load *load, struct error *error)
{
    unsigned slot = pool->slots;
    struct exchange exchange;
    exchange_init(&exchange, load, slot, EXCHANGE_BLOCKING);
    if (exchange_open(&exchange, error) < 0)
        return -1;
    pid_t pid = worker_fork();
    if (pid == 0)
        worker_main(pool->shared, &exchange, pool->done_fd);
    int why = errno;
    exchange_close(&exchange);
    if (pid < 0)
        return error_errno(error, why, "cannot create process %u of %u", slot + 1,
                           load->concurrency);
    pool->workers[slot] = (struct worker){.pid = pid, .pidfd = -1};
    pool->alive = ++pool->slots;
    return 0;
}

static int pool_fill(struct pool *pool, const struct load *load, struct error *error)
{
    pool->done_fd = eventfd(0, EFD_CLOEXEC);
    if (pool->done_fd < 0)
        return error_errno(error, errno, "eventfd");
    while (pool->slots < load->concurrency)
        if (pool_add_worker(pool, load, error) < 0)
            return -1;
    pool->events = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event done = {.events = EPOLLIN, .data.u32 = DONE_EVENT};
    if (pool->events < 0 || epoll_ctl(pool->events, EPOLL_CTL_ADD, pool->done_fd, &done) < 0)
        return error_errno(error, errno, "epoll_create1");
    for (unsigned i = 0; i < pool->slots; i++)
        if (worker_watch(&pool->workers[i], pool->events, i, error) < 0)
            return -1;
    return 0;
}

static void *pool_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    size_t shared_bytes = sizeof(struct shared) + load->concurrency * sizeof(atomic_uint);
    struct shared *shared =
        mmap(NULL, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        error_errno(error, errno, "cannot map memory to share with %u processes",
                    load->concurrency);
        return NULL;
    }
    struct pool *pool = xcalloc(1, sizeof(*pool));
    *pool =
        (struct pool){.shared = shared, .shared_bytes = shared_bytes, .done_fd = -1, .events = -1};
    pool->workers = xcalloc(load->concurrency, sizeof(*pool->workers));
    if (pool_fill(pool, load, error) == 0)
        return pool;
    pool_teardown(pool);
    return NULL;
}

const struct driver driver_prefork = {
    .name = "prefork",
    .summary = "C processes created in setup, requests and results in shared memory",
    .model = MODEL_PROCESSES,
    .kernel = "pidfd, futex",
    .traits = DRIVER_PROCESSES,
    .setup = pool_setup,
    .run = pool_run,
    .teardown = pool_teardown,
};
