/* prefork: C processes made beforehand, which take requests from shared memory and write their
 * results there.
 *
 * A thread pool with walls: each process runs the simplest code there is, one blocking request
 * (exchange_run), in an address space of its own. A crash costs one request and one worker, and
 * code that is not safe for threads, or an interpreter with one big lock, still gets every core.
 * The making is paid once, in setup. What is left is a process's memory (page tables, a kernel
 * stack, whatever it writes to) and dearer switches, as each also switches address spaces. Whoever
 * shares memory with a process that may be killed must not count on it to finish anything: here the
 * kernel tells the parent of a death, through a pidfd. Choose it for work that blocks and needs
 * isolation, or that cannot share a process. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker_process.h"

/* Shared: mapped before the workers are made. */
struct board {
    atomic_uint order; /* counts batches: a futex that idle workers sleep on */
    atomic_uint busy;  /* workers still at it: the last one rings */
    bool closing;
    struct batch *batch;
    atomic_uint finished[]; /* by each worker: the last order that it finished */
};

struct pool {
    struct board *board;
    size_t board_bytes;
    int bell, events; /* an eventfd; an epoll over it and all pidfds */
    unsigned slots, living;
    struct worker *workers;
};

static const uint32_t BELL = UINT32_MAX; /* in epoll's data, which else are slots */

/* After a death nobody may ring: how often to ask then. */
enum { LOOK_MS = 10 };

static _Noreturn void worker_main(struct board *board, struct exchange *exchange, int bell)
{
    static const uint64_t one = 1;
    for (unsigned order = 0;;) {
        order = counter_await(&board->order, order);
        if (board->closing) {
            exchange_close(exchange);
            worker_exit(0);
        }
        for (ptrdiff_t index; (index = batch_next(board->batch)) != BATCH_OVER;)
            exchange_run(exchange, board->batch, (size_t)index);
        bool last = atomic_fetch_sub(&board->busy, 1) == 1;
        atomic_store(&board->finished[exchange->slot], order);
        if (last && write(bell, &one, sizeof(one)) < 0)
            worker_exit(1);
    }
}

/* The dead do not take themselves off `busy`: after a death, ask the living one by one. */
static bool pool_finished(const struct pool *pool, unsigned deaths)
{
    if (deaths == 0)
        return atomic_load(&pool->board->busy) == 0;
    unsigned order = atomic_load(&pool->board->order);
    for (unsigned i = 0; i < pool->slots; i++)
        if (pool->workers[i].pid && atomic_load(&pool->board->finished[i]) != order)
            return false;
    return true;
}

/* What the dead worker of a slot was carrying. */
static void batch_lose(struct batch *batch, unsigned slot)
{
    for (size_t i = 0; i < batch->requests; i++)
        if (batch->samples[i].outcome == OUTCOME_UNFINISHED && batch->samples[i].slot == slot)
            exchange_fail(batch, i, slot, OUTCOME_LOST, 0);
}

/* What one of the dead had taken and not begun, once everybody else has finished. */
static void batch_lose_unbegun(struct batch *batch)
{
    size_t taken = atomic_load(&batch->next);
    for (size_t i = 0; i < taken && i < batch->requests; i++)
        if (batch->samples[i].outcome == OUTCOME_NOT_STARTED)
            exchange_fail(batch, i, 0, OUTCOME_LOST, 0);
}

/* Sleep until the bell rings or a worker dies. Returns 0 or -1 with errno. */
static int pool_listen(struct pool *pool, struct batch *batch, unsigned *deaths, siginfo_t *end)
{
    struct epoll_event events[16];
    uint64_t rung;
    int n = epoll_wait(pool->events, events, 16, *deaths ? LOOK_MS : -1);
    for (int i = 0; i < n; i++) {
        uint32_t slot = events[i].data.u32;
        if (slot == BELL) {
            if (read(pool->bell, &rung, sizeof(rung)) < 0)
                return -1;
            continue;
        }
        worker_bury(&pool->workers[slot], end);
        batch_lose(batch, slot);
        pool->living--;
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
    pool->board->batch = batch;
    atomic_store(&pool->board->busy, pool->living);
    counter_raise(&pool->board->order);
    while (!pool_finished(pool, deaths))
        if (pool_listen(pool, batch, &deaths, &end) < 0)
            return error_errno(error, errno, "cannot wait for %u workers", pool->living);
    if (deaths) {
        batch_lose_unbegun(batch);
        worker_describe_end(&end, how, sizeof(how));
    }
    if (pool->living == 0)
        return error_set(error, "no worker of %u is left: the last one %s", pool->slots, how);
    return 0;
}

static void pool_teardown(void *state)
{
    struct pool *pool = state;
    siginfo_t end;
    pool->board->closing = true;
    counter_raise(&pool->board->order);
    for (unsigned i = 0; i < pool->slots; i++)
        if (pool->workers[i].pid)
            worker_bury(&pool->workers[i], &end);
    if (pool->events >= 0)
        close(pool->events);
    if (pool->bell >= 0)
        close(pool->bell);
    munmap(pool->board, pool->board_bytes);
    free(pool->workers);
    free(pool);
}

/* The connection is opened by the parent, one at a time, and from then on the worker's. */
static int pool_add_worker(struct pool *pool, const struct load *load, struct error *error)
{
    unsigned slot = pool->slots;
    struct exchange exchange;
    exchange_init(&exchange, load, slot, EXCHANGE_BLOCKING);
    if (exchange_open(&exchange, error) < 0)
        return -1;
    pid_t pid = worker_fork();
    if (pid == 0)
        worker_main(pool->board, &exchange, pool->bell);
    int why = errno;
    exchange_close(&exchange);
    if (pid < 0)
        return error_errno(error, why, "process %u of %u", slot + 1, load->concurrency);
    pool->workers[slot] = (struct worker){.pid = pid, .pidfd = -1};
    pool->living = ++pool->slots;
    return 0;
}

static int pool_fill(struct pool *pool, const struct load *load, struct error *error)
{
    pool->bell = eventfd(0, EFD_CLOEXEC);
    if (pool->bell < 0)
        return error_errno(error, errno, "no eventfd");
    while (pool->slots < load->concurrency)
        if (pool_add_worker(pool, load, error) < 0)
            return -1;
    pool->events = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event rings = {.events = EPOLLIN, .data.u32 = BELL};
    if (pool->events < 0 || epoll_ctl(pool->events, EPOLL_CTL_ADD, pool->bell, &rings) < 0)
        return error_errno(error, errno, "no epoll");
    for (unsigned i = 0; i < pool->slots; i++)
        if (worker_watch(&pool->workers[i], pool->events, i, error) < 0)
            return -1;
    return 0;
}

static void *pool_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    size_t board_bytes = sizeof(struct board) + load->concurrency * sizeof(atomic_uint);
    struct board *board =
        mmap(NULL, board_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) {
        error_errno(error, errno, "no memory to share with %u processes", load->concurrency);
        return NULL;
    }
    struct pool *pool = xcalloc(1, sizeof(*pool));
    *pool = (struct pool){.board = board, .board_bytes = board_bytes, .bell = -1, .events = -1};
    pool->workers = xcalloc(load->concurrency, sizeof(*pool->workers));
    if (pool_fill(pool, load, error) == 0)
        return pool;
    pool_teardown(pool);
    return NULL;
}

const struct driver driver_prefork = {
    .name = "prefork",
    .summary = "C processes made in setup, requests and results through shared memory",
    .model = MODEL_PROCESSES,
    .kernel = "pidfd, futex",
    .traits = DRIVER_PROCESSES,
    .setup = pool_setup,
    .run = pool_run,
    .teardown = pool_teardown,
};
