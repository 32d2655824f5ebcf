/* st: State Threads, a library for code that reads as if it blocked.
 *
 * Its "threads" are stacks that it switches between on one real thread. st_connect, st_write and
 * st_read wait like the calls they are named after, and the others run meanwhile: see lane_carry,
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

struct lane {
    struct crew *crew;
    st_thread_t thread;
    st_netfd_t connection; /* NULL while there is none */
    struct exchange exchange;
};

struct crew {
    struct batch *batch; /* NULL before the first */
    bool closing;
    unsigned lanes_made, active;
    st_cond_t work; /* another batch, or closing */
    st_cond_t done; /* active == 0 */
    struct lane *lanes;
};

/* Hand a socket over to the library. Returns 0, or -1 with errno and the socket closed. */
static int lane_adopt(struct lane *lane, int fd)
{
    lane->connection = st_netfd_open_socket(fd);
    if (lane->connection)
        return 0;
    int errnum = errno;
    close(fd);
    errno = errnum;
    return -1;
}

static void lane_close(struct lane *lane)
{
    if (lane->connection)
        st_netfd_close(lane->connection);
    lane->connection = NULL;
}

/* ---- on a lane's own stack ---- */

static enum exchange_want lane_connect(struct lane *lane)
{
    const struct net_address *server = &lane->exchange.load->server;
    int fd = socket(server->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && lane->exchange.load->workload->nodelay)
        net_send_at_once(fd);
    if (fd < 0 || lane_adopt(lane, fd) < 0)
        return exchange_on_socket(&lane->exchange, -errno);
    int result = st_connect(lane->connection, (const struct sockaddr *)&server->storage,
                            (int)server->length, ST_UTIME_NO_TIMEOUT);
    return exchange_on_connect(&lane->exchange, result < 0 ? -errno : 0);
}

static enum exchange_want lane_send(struct lane *lane)
{
    size_t size;
    const char *unsent = exchange_unsent(&lane->exchange, &size);
    ssize_t result = st_write(lane->connection, unsent, size, ST_UTIME_NO_TIMEOUT);
    return exchange_on_send(&lane->exchange, result < 0 ? -errno : result);
}

static enum exchange_want lane_receive(struct lane *lane)
{
    char input[512];
    ssize_t result = st_read(lane->connection, input, sizeof(input), ST_UTIME_NO_TIMEOUT);
    return exchange_on_receive(&lane->exchange, input, result < 0 ? -errno : result);
}

static void lane_carry(struct lane *lane, size_t index)
{
    struct exchange *exchange = &lane->exchange;
    enum exchange_want want = exchange_begin(exchange, lane->crew->batch, index);
    if (want != EXCHANGE_OVER && exchange->phase == EXCHANGE_NEW)
        want = lane_connect(lane);
    while (want == EXCHANGE_WRITE)
        want = lane_send(lane);
    while (want == EXCHANGE_READ)
        want = lane_receive(lane);
    if (!exchange->kept)
        lane_close(lane);
}

static void *lane_main(void *argument)
{
    struct lane *lane = argument;
    struct crew *crew = lane->crew;
    while (!crew->closing) {
        ptrdiff_t index;
        while ((index = batch_next(crew->batch)) != BATCH_OVER)
            lane_carry(lane, (size_t)index);
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
    crew->active = crew->lanes_made;
    st_cond_broadcast(crew->work);
    while (crew->active > 0)
        st_cond_wait(crew->done);
    return 0;
}

static void crew_teardown(void *state)
{
    struct crew *crew = state;
    crew->closing = true;
    if (crew->lanes_made > 0)
        st_cond_broadcast(crew->work);
    for (unsigned i = 0; i < crew->lanes_made; i++) {
        if (crew->lanes[i].thread)
            st_thread_join(crew->lanes[i].thread, NULL);
        lane_close(&crew->lanes[i]);
        exchange_close(&crew->lanes[i].exchange);
    }
    st_sleep(0); /* a turn for those that were joined, to give back what they have */
    if (crew->work)
        st_cond_destroy(crew->work);
    if (crew->done)
        st_cond_destroy(crew->done);
    free(crew->lanes);
    free(crew);
}

static int crew_add_lane(struct crew *crew, const struct load *load, struct error *error)
{
    unsigned i = crew->lanes_made++;
    struct lane *lane = &crew->lanes[i];
    lane->crew = crew;
    exchange_init(&lane->exchange, load, i, EXCHANGE_FOREIGN);
    if (exchange_open(&lane->exchange, error) < 0)
        return -1;
    int fd = exchange_take(&lane->exchange);
    if (fd >= 0 && lane_adopt(lane, fd) < 0)
        return error_errno(error, errno, "connection %u: st_netfd_open_socket", i);
    lane->thread = st_thread_create(lane_main, lane, 1, (int)load->stack_bytes);
    return lane->thread ? 0 : error_errno(error, errno, "st_thread_create for lane %u", i);
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
    crew->lanes = xcalloc(load->concurrency, sizeof(*crew->lanes));
    crew->work = st_cond_new();
    crew->done = st_cond_new();
    int result = crew->work && crew->done ? 0 : error_errno(error, errno, "st_cond_new");
    while (result == 0 && crew->lanes_made < load->concurrency)
        result = crew_add_lane(crew, load, error);
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
