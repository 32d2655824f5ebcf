/* st: State Threads, a library for code that reads as if it blocked.
 *
 * Its "threads" are stacks that it switches between on one real thread. st_connect, st_write and
 * st_read wait like the calls they are named after, and other slots run meanwhile: see slot_run,
 * and drivers/coroutine.c for how such a library works.
 *
 * It costs a stack each: 64 KiB of address space, of which 4.3 KiB are resident per request in
 * flight. There is no guard page, so an overflow is not detected, and stacks are reused but never
 * freed. Its state is global: one real thread, for the life of the process. And it makes more
 * system calls: one sets a socket non-blocking, a connection waits until it is writable, and a read
 * is tried before it waits. That makes 8 calls for a connection with one request, where epoll makes
 * 6, and 3 for a request on a kept one, where epoll makes 2.
 *
 * How it waits is fixed when the library is built. Debian's has no epoll and runs with poll(), so
 * every loop iteration passes all waiting sockets (drivers/poll.c). A run reports which was used.
 * With poll() its timers round down to milliseconds, and it polls without sleeping for the rest. So
 * requests that start by a schedule are awaited with a timerfd: one free slot at a time waits for
 * it, in st_netfd_poll, and holds a mutex on which the other free slots wait for their turn.
 *
 * Choose it for programs already written for it. It is small and works as documented; its last
 * release, the one in Debian, is of 2009. */
#include "driver.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <st.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/due_timer.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

struct slot {
    struct exchange exchange;
    struct scheduler *scheduler;
    st_thread_t thread;
    st_netfd_t connection; /* NULL while there is none */
};

struct scheduler {
    struct batch *batch; /* NULL before the first */
    bool closing;
    unsigned slot_count, active;
    st_cond_t work; /* a new batch, or closing */
    st_cond_t done; /* active == 0 */
    /* Both from the first batch with a schedule on; else NULL. */
    st_mutex_t turn;  /* to wait for the time of the next request */
    st_netfd_t timer; /* a due_timer */
    struct slot *slots;
};

/* Pass a socket to the library. Returns 0, or -1 with errno and the socket closed. */
static int slot_adopt(struct slot *slot, int fd)
{
    slot->connection = st_netfd_open_socket(fd);
    if (slot->connection)
        return 0;
    int errnum = errno;
    close(fd);
    errno = errnum;
    return -1;
}

static void slot_close(struct slot *slot)
{
    if (slot->connection)
        st_netfd_close(slot->connection);
    slot->connection = NULL;
}

/* ---- on a slot's own stack ---- */

static enum exchange_want slot_connect(struct slot *slot)
{
    const struct net_address *server = &slot->exchange.load->server;
    int fd = exchange_socket(&slot->exchange, 0);
    if (fd < 0 || slot_adopt(slot, fd) < 0)
        return exchange_on_socket(&slot->exchange, -errno);
    int result = st_connect(slot->connection, (const struct sockaddr *)&server->storage,
                            (int)server->length, ST_UTIME_NO_TIMEOUT);
    return exchange_on_connect(&slot->exchange, result < 0 ? -errno : 0);
}

static enum exchange_want slot_send(struct slot *slot)
{
    char buffer[PROTOCOL_REQUEST_BYTES];
    size_t size;
    const char *unsent = exchange_unsent(&slot->exchange, buffer, &size);
    ssize_t result = st_write(slot->connection, unsent, size, ST_UTIME_NO_TIMEOUT);
    return exchange_on_send(&slot->exchange, result < 0 ? -errno : result);
}

static enum exchange_want slot_receive(struct exchange *exchange, char *input, size_t size)
{
    struct slot *slot = (struct slot *)exchange;
    ssize_t result = st_read(slot->connection, input, size, ST_UTIME_NO_TIMEOUT);
    return exchange_on_receive(exchange, input, result < 0 ? -errno : result);
}

static void slot_run(struct slot *slot, size_t index)
{
    struct exchange *exchange = &slot->exchange;
    enum exchange_want want = exchange_begin(exchange, slot->scheduler->batch, index);
    if (want != EXCHANGE_OVER && exchange->phase == EXCHANGE_NEW)
        want = slot_connect(slot);
    while (want == EXCHANGE_WRITE)
        want = slot_send(slot);
    while (want == EXCHANGE_READ)
        want = exchange_receive_by(exchange, slot_receive);
    if (!exchange->kept)
        slot_close(slot);
}

/* The index of the next request, when it is due, or BATCH_OVER; other slots run until then. */
static ptrdiff_t slot_next(struct slot *slot)
{
    struct scheduler *scheduler = slot->scheduler;
    struct batch *batch = scheduler->batch;
    if (!batch->schedule)
        return batch_next(batch);
    st_mutex_lock(scheduler->turn);
    ptrdiff_t index = batch_next(batch);
    while (index != BATCH_OVER && batch_intended(batch, (size_t)index) > clock_now()) {
        due_timer_set(st_netfd_fileno(scheduler->timer), batch_intended(batch, (size_t)index));
        st_netfd_poll(scheduler->timer, POLLIN, ST_UTIME_NO_TIMEOUT);
    }
    st_mutex_unlock(scheduler->turn);
    return index;
}

static void *slot_main(void *argument)
{
    struct slot *slot = argument;
    struct scheduler *scheduler = slot->scheduler;
    while (!scheduler->closing) {
        ptrdiff_t index;
        while ((index = slot_next(slot)) != BATCH_OVER)
            slot_run(slot, (size_t)index);
        if (--scheduler->active == 0)
            st_cond_signal(scheduler->done);
        st_cond_wait(scheduler->work);
    }
    return NULL;
}

/* ---- on the thread's own stack ---- */

static int scheduler_prepare(void *state, struct batch *batch, struct error *error)
{
    struct scheduler *scheduler = state;
    if (!batch->schedule || scheduler->timer)
        return 0;
    if (!scheduler->turn && !(scheduler->turn = st_mutex_new()))
        return error_errno(error, errno, "st_mutex_new");
    int timer = due_timer_open(error);
    if (timer < 0)
        return -1;
    scheduler->timer = st_netfd_open(timer);
    if (scheduler->timer)
        return 0;
    error_errno(error, errno, "st_netfd_open");
    close(timer);
    return -1;
}

static int scheduler_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct scheduler *scheduler = state;
    scheduler->batch = batch;
    scheduler->active = scheduler->slot_count;
    st_cond_broadcast(scheduler->work);
    while (scheduler->active > 0)
        st_cond_wait(scheduler->done);
    return 0;
}

static void scheduler_teardown(void *state)
{
    struct scheduler *scheduler = state;
    scheduler->closing = true;
    if (scheduler->work)
        st_cond_broadcast(scheduler->work);
    for (unsigned i = 0; scheduler->slots && i < scheduler->slot_count; i++) {
        if (scheduler->slots[i].thread)
            st_thread_join(scheduler->slots[i].thread, NULL);
        slot_close(&scheduler->slots[i]);
    }
    exchange_close_slots(scheduler->slots, scheduler->slot_count, sizeof(*scheduler->slots));
    st_sleep(0); /* let the joined threads run once more, to free their memory */
    if (scheduler->work)
        st_cond_destroy(scheduler->work);
    if (scheduler->done)
        st_cond_destroy(scheduler->done);
    if (scheduler->turn)
        st_mutex_destroy(scheduler->turn);
    if (scheduler->timer)
        st_netfd_close(scheduler->timer);
    free(scheduler);
}

static int scheduler_start(struct scheduler *scheduler, const struct load *load,
                           struct error *error)
{
    scheduler->work = st_cond_new();
    scheduler->done = st_cond_new();
    if (!scheduler->work || !scheduler->done)
        return error_errno(error, errno, "st_cond_new");
    scheduler->slots = exchange_open_slots(load, 0, scheduler->slot_count,
                                           sizeof(*scheduler->slots), EXCHANGE_FOREIGN, error);
    for (unsigned i = 0; scheduler->slots && i < scheduler->slot_count; i++) {
        struct slot *slot = &scheduler->slots[i];
        slot->scheduler = scheduler;
        int fd = exchange_take(&slot->exchange);
        if (fd >= 0 && slot_adopt(slot, fd) < 0)
            return error_errno(error, errno, "connection %u: st_netfd_open_socket", i);
        slot->thread = st_thread_create(slot_main, slot, 1, (int)load->stack_bytes);
        if (!slot->thread)
            return error_errno(error, errno, "st_thread_create for slot %u", i);
    }
    return scheduler->slots ? 0 : -1;
}

/* The library's default is select(), limited to 1024 descriptors. The choice holds for the life of
 * the process. */
static int library_begin(struct error *error)
{
    if (st_get_eventsys() < 0)
        st_set_eventsys(ST_EVENTSYS_ALT);
    if (st_get_eventsys() < 0)
        st_set_eventsys(ST_EVENTSYS_POLL);
    if (st_get_eventsys() < 0)
        return error_set(error, "State Threads was built without epoll and without poll");
    __lsan_disable(); /* its stacks are invisible to LeakSanitizer */
    int result = st_init();
    __lsan_enable();
    return result < 0 ? error_errno(error, errno, "st_init") : 0;
}

static void *scheduler_setup(const struct driver *self, const struct load *load,
                             struct error *error)
{
    (void)self;
    if (load->stack_bytes > INT_MAX / 2) {
        error_errno(error, ENOMEM, "stacks of %zu bytes", load->stack_bytes);
        return NULL;
    }
    if (library_begin(error) < 0)
        return NULL;
    struct scheduler *scheduler = xcalloc(1, sizeof(*scheduler));
    scheduler->slot_count = load->concurrency;
    if (scheduler_start(scheduler, load, error) == 0)
        return scheduler;
    scheduler_teardown(scheduler);
    return NULL;
}

static void scheduler_active(const void *state, char *text, size_t size)
{
    (void)state;
    snprintf(text, size, "%s", st_get_eventsys_name());
}

/* From the header: the library has no function for it. */
static const char *scheduler_version(const struct driver *self)
{
    (void)self;
    return ST_VERSION;
}

const struct driver driver_st = {
    .name = "st",
    .summary = "State Threads: one thread, its own scheduler and I/O calls",
    .model = MODEL_COROUTINES,
    .library = "State Threads",
    .version = scheduler_version,
    .setup = scheduler_setup,
    .prepare = scheduler_prepare,
    .run = scheduler_run,
    .teardown = scheduler_teardown,
    .active = scheduler_active,
};
