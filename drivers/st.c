/* st: State Threads, a library for code that reads as if it blocked.
 *
 * Its "threads" are stacks that it switches between on one real thread. st_connect, st_write and
 * st_read wait like the calls they are named after, and the others run meanwhile: see slot_carry,
 * and drivers/coroutine.c for what such a library does inside.
 *
 * It costs a stack each, 64 KiB of addresses and 4.6 KiB resident for a request in flight. There is
 * no guard page, so nothing stops an overflow, and stacks are used again but never given back. What
 * it knows is global: one real thread, to the end of the process. And it asks more of the kernel: a
 * call makes a socket non-blocking, a connection waits until it is writable, a read is tried before
 * it waits. That makes 8 calls for a connection with one request, where epoll makes 6, and 3, not
 * 2, for a kept one.
 *
 * How it waits is settled when it is built. Debian's has no epoll and runs with poll(), so every
 * turn of the loop hands over all sockets that wait (drivers/poll.c). A run says which it was.
 *
 * Choose it for what was written for it. It is small and does what it says; its last release, the
 * one that Debian has, is of 2009. */
#include "driver.h"

#include <errno.h>
#include <limits.h>
#include <st.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

struct slot {
    struct crew *crew;
    st_thread_t thread;
    st_netfd_t connection; /* NULL while there is none */
    struct exchange exchange;
};

struct crew {
    struct batch *batch; /* NULL before the first */
    bool closing;
    unsigned slots_made, active;
    st_cond_t work; /* another batch, or closing */
    st_cond_t done; /* active == 0 */
    struct slot *slots;
};

/* Hand a socket over to the library. Returns 0, or -1 with errno and the socket closed. */
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
    int fd = socket(server->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && slot->exchange.load->workload->nodelay)
        net_send_at_once(fd);
    if (fd < 0 || slot_adopt(slot, fd) < 0)
        return exchange_on_socket(&slot->exchange, -errno);
    int result = st_connect(slot->connection, (const struct sockaddr *)&server->storage,
                            (int)server->length, ST_UTIME_NO_TIMEOUT);
    return exchange_on_connect(&slot->exchange, result < 0 ? -errno : 0);
}

static enum exchange_want slot_send(struct slot *slot)
{
    size_t size;
    const char *unsent = exchange_unsent(&slot->exchange, &size);
    ssize_t result = st_write(slot->connection, unsent, size, ST_UTIME_NO_TIMEOUT);
    return exchange_on_send(&slot->exchange, result < 0 ? -errno : result);
}

static enum exchange_want slot_receive(struct slot *slot)
{
    char input[512];
    ssize_t result = st_read(slot->connection, input, sizeof(input), ST_UTIME_NO_TIMEOUT);
    return exchange_on_receive(&slot->exchange, input, result < 0 ? -errno : result);
}

static void slot_carry(struct slot *slot, size_t index)
{
    struct exchange *exchange = &slot->exchange;
    enum exchange_want want = exchange_begin(exchange, slot->crew->batch, index);
    if (want != EXCHANGE_OVER && exchange->phase == EXCHANGE_NEW)
        want = slot_connect(slot);
    while (want == EXCHANGE_WRITE)
        want = slot_send(slot);
    while (want == EXCHANGE_READ)
        want = slot_receive(slot);
    if (!exchange->kept)
        slot_close(slot);
}

static void *slot_main(void *argument)
{
    struct slot *slot = argument;
    struct crew *crew = slot->crew;
    while (!crew->closing) {
        ptrdiff_t index;
        while ((index = batch_next(crew->batch)) != BATCH_OVER)
            slot_carry(slot, (size_t)index);
        if (--crew->active == 0)
            st_cond_signal(crew->done);
        st_cond_wait(crew->work);
    }
    return NULL;
}

/* ---- on the thread's own stack ---- */

static int crew_run(void *state, struct batch *batch, struct error *error)
{
    (void)error;
    struct crew *crew = state;
    crew->batch = batch;
    crew->active = crew->slots_made;
    st_cond_broadcast(crew->work);
    while (crew->active > 0)
        st_cond_wait(crew->done);
    return 0;
}

static void crew_teardown(void *state)
{
    struct crew *crew = state;
    crew->closing = true;
    if (crew->slots_made > 0)
        st_cond_broadcast(crew->work);
    for (unsigned i = 0; i < crew->slots_made; i++) {
        if (crew->slots[i].thread)
            st_thread_join(crew->slots[i].thread, NULL);
        slot_close(&crew->slots[i]);
        exchange_close(&crew->slots[i].exchange);
    }
    st_sleep(0); /* a turn for those that were joined, to give back what they have */
    if (crew->work)
        st_cond_destroy(crew->work);
    if (crew->done)
        st_cond_destroy(crew->done);
    free(crew->slots);
    free(crew);
}

static int crew_add_slot(struct crew *crew, const struct load *load, struct error *error)
{
    unsigned i = crew->slots_made++;
    struct slot *slot = &crew->slots[i];
    slot->crew = crew;
    exchange_init(&slot->exchange, load, i, EXCHANGE_FOREIGN);
    if (exchange_open(&slot->exchange, error) < 0)
        return -1;
    int fd = exchange_take(&slot->exchange);
    if (fd >= 0 && slot_adopt(slot, fd) < 0)
        return error_errno(error, errno, "connection %u: st_netfd_open_socket", i);
    slot->thread = st_thread_create(slot_main, slot, 1, (int)load->stack_bytes);
    return slot->thread ? 0 : error_errno(error, errno, "st_thread_create for slot %u", i);
}

/* Its own choice is select(), which ends at 1024 descriptors. What was chosen, and begun, stays for
 * the life of the process. */
static int library_begin(struct error *error)
{
    if (st_get_eventsys() < 0)
        st_set_eventsys(ST_EVENTSYS_ALT);
    if (st_get_eventsys() < 0)
        st_set_eventsys(ST_EVENTSYS_POLL);
    if (st_get_eventsys() < 0)
        return error_set(error, "State Threads was built without epoll and without poll");
    __lsan_disable(); /* what it keeps to the end hangs on a stack, which LeakSanitizer cannot see
                       */
    int result = st_init();
    __lsan_enable();
    return result < 0 ? error_errno(error, errno, "st_init") : 0;
}

static void *crew_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    if (load->stack_bytes > INT_MAX / 2) {
        error_errno(error, ENOMEM, "stacks of %zu bytes", load->stack_bytes);
        return NULL;
    }
    if (library_begin(error) < 0)
        return NULL;
    struct crew *crew = xcalloc(1, sizeof(*crew));
    crew->slots = xcalloc(load->concurrency, sizeof(*crew->slots));
    crew->work = st_cond_new();
    crew->done = st_cond_new();
    int result = crew->work && crew->done ? 0 : error_errno(error, errno, "st_cond_new");
    while (result == 0 && crew->slots_made < load->concurrency)
        result = crew_add_slot(crew, load, error);
    if (result == 0)
        return crew;
    crew_teardown(crew);
    return NULL;
}

static void crew_active(const void *state, char *text, size_t size)
{
    (void)state;
    snprintf(text, size, "%s", st_get_eventsys_name());
}

/* The header's: the library cannot be asked. */
static const char *crew_version(const struct driver *self)
{
    (void)self;
    return ST_VERSION;
}

const struct driver driver_st = {
    .name = "st",
    .summary = "State Threads: one thread, its own scheduler and I/O calls",
    .model = MODEL_COROUTINES,
    .library = "State Threads",
    .version = crew_version,
    .setup = crew_setup,
    .run = crew_run,
    .teardown = crew_teardown,
    .active = crew_active,
};
