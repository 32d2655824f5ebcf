#include "io_uring_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
    COMPLETIONS_PER_SLOT = 4, /* connected, sent, received, closed */
    BUFFERS_MAX = 1 << 15,    /* the kernel's bound */
    /* How long to wait for more completions after the first. */
    LINGER_US = 100,
};

/* From Linux 6.12; not in the headers of liburing 2.3. */
#define FEATURE_LINGER (1U << 15)
struct wait_argument {
    uint64_t sigmask;
    uint32_t sigmask_size, linger_us;
    uint64_t timeout;
};

/* ---- what the kernel supports ---- */

int ring_explain(int errnum, int disabled, struct error *why)
{
    struct utsname kernel = {.release = "unknown"};
    uname(&kernel);
    if (errnum == ENOSYS)
        return error_set(why,
                         "this kernel (%s) has no io_uring, or a seccomp filter blocks it: Linux "
                         "5.19 or later is needed",
                         kernel.release);
    if (errnum == EPERM && disabled > 0)
        return error_set(why,
                         "kernel.io_uring_disabled is %d, which forbids io_uring%s: 'sysctl -w "
                         "kernel.io_uring_disabled=0' as root allows it",
                         disabled,
                         disabled == 1
                             ? " to processes without CAP_SYS_ADMIN that are not in the group "
                               "kernel.io_uring_group"
                             : "");
    if (errnum == EPERM || errnum == EACCES)
        return error_errno(why, errnum,
                           "io_uring is forbidden, probably by a container's seccomp filter: run "
                           "outside of it, or allow io_uring_* in the filter");
    if (errnum == ENOMEM)
        return error_errno(
            why, errnum, "no memory for a ring, or over the limit on locked memory ('ulimit -l')");
    return error_errno(why, errnum, "cannot create a ring");
}

static int sysctl_disabled(void)
{
    int value = -1;
    FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
    if (!file)
        return -1;
    if (fscanf(file, "%d", &value) != 1)
        value = -1;
    fclose(file);
    return value;
}

/* Multishot receive cannot be probed for. It came with the same kernel, 6.0, as SEND_ZC, which
 * can. */
static int probe_operations(struct ring *ring, struct error *error)
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(&ring->uring);
    bool socket = probe && io_uring_opcode_supported(probe, IORING_OP_SOCKET);
    ring->multishot = probe && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC);
    io_uring_free_probe(probe);
    if (socket)
        return 0;
    struct utsname kernel = {.release = "unknown"};
    uname(&kernel);
    return error_set(
        error, "this kernel's io_uring (%s) cannot create sockets: Linux 5.19 or later is needed",
        kernel.release);
}

static int ring_make(struct ring *ring, unsigned slots, struct error *error)
{
    static const unsigned modes[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, /* Linux 6.1 */
        IORING_SETUP_COOP_TASKRUN,                               /* Linux 5.19 */
    };
    int result = -EINVAL;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]) && result == -EINVAL; i++) {
        struct io_uring_params params = {
            .flags = modes[i] | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
            .cq_entries = RING_SUBMISSIONS + COMPLETIONS_PER_SLOT * slots,
        };
        result = io_uring_queue_init_params(RING_SUBMISSIONS, &ring->uring, &params);
    }
    if (result == -EINVAL)
        return ring_explain(ENOSYS, -1, error); /* older than all of these flags */
    if (result < 0)
        return ring_explain(-result, sysctl_disabled(), error);
    if (probe_operations(ring, error) == 0)
        return 0;
    io_uring_queue_exit(&ring->uring);
    return -1;
}

int ring_probe(const struct driver *self, struct error *why)
{
    (void)self;
    struct ring ring;
    if (ring_make(&ring, 1, why) < 0)
        return -1;
    io_uring_queue_exit(&ring.uring);
    return 0;
}

const char *ring_version(const struct driver *self)
{
    (void)self;
#ifdef LIBURING_VERSION /* by the Makefile: the headers have it from 2.4 on */
    return LIBURING_VERSION;
#else
    return NULL;
#endif
}

void ring_describe(const struct ring *ring, char *text, size_t size)
{
    char sleeps[48] = "woken by the first response";
    if (ring->uring.features & FEATURE_LINGER)
        snprintf(sleeps, sizeof(sleeps), "sleeps up to %d us for more responses", LINGER_US);
    snprintf(text, size, "%s, direct descriptors, %s, %s",
             ring->uring.flags & IORING_SETUP_DEFER_TASKRUN ? "DEFER_TASKRUN" : "COOP_TASKRUN",
             !ring->load->keep_alive ? "linked operations"
             : ring->multishot       ? "multishot receive"
                                     : "a receive per response",
             sleeps);
}

/* ---- sockets and buffers ---- */

static size_t buffers_bytes(const struct ring *ring)
{
    return ring->buffer_count * (sizeof(struct io_uring_buf) + ring->buffer_bytes);
}

static void provide(struct ring *ring, unsigned id)
{
    io_uring_buf_ring_add(ring->buffers, ring->bytes + (size_t)id * ring->buffer_bytes,
                          ring->buffer_bytes, (unsigned short)id, (int)ring->buffer_count - 1, 0);
    io_uring_buf_ring_advance(ring->buffers, 1);
}

/* One mapping, pre-faulted: first the ring that the kernel reads, then the buffers. */
static int provide_buffers(struct ring *ring, unsigned count, struct error *error)
{
    ring->buffer_count = 1;
    while (ring->buffer_count < count && ring->buffer_count < BUFFERS_MAX)
        ring->buffer_count *= 2;
    void *memory = mmap(NULL, buffers_bytes(ring), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        return error_errno(error, errno, "no memory for %u buffers", ring->buffer_count);
    ring->buffers = memory;
    ring->bytes = (char *)memory + ring->buffer_count * sizeof(struct io_uring_buf);
    struct io_uring_buf_reg group = {
        .ring_addr = (uintptr_t)memory, .ring_entries = ring->buffer_count, .bgid = RING_BUFFERS};
    int result = io_uring_register_buf_ring(&ring->uring, &group, 0);
    if (result < 0)
        return error_errno(error, -result, "cannot register a ring of %u buffers",
                           ring->buffer_count);
    io_uring_buf_ring_init(ring->buffers);
    for (unsigned id = 0; id < ring->buffer_count; id++)
        provide(ring, id);
    return 0;
}

int ring_open(struct ring *ring, const struct load *load, struct error *error)
{
    unsigned slots = load->concurrency;
    *ring = (struct ring){.load = load};
    if (ring_make(ring, slots, error) < 0)
        return -1;
    ring->multishot = ring->multishot && load->keep_alive;
    ring->text_bytes = load_request_bytes(load);
    ring->texts = xcalloc(slots, ring->text_bytes);
    ring->buffer_bytes = load->workload->by_url ? EXCHANGE_CONTENT_BYTES : PROTOCOL_RESPONSE_BYTES;
    int result = io_uring_register_files_sparse(&ring->uring, slots);
    if (result < 0)
        error_errno(error, -result, "cannot register a table of %u sockets%s", slots,
                    result == -EMFILE ? "; raise 'ulimit -n', which limits it" : "");
    else if (provide_buffers(ring, slots, error) == 0)
        return 0;
    ring_close(ring);
    return -1;
}

void ring_close(struct ring *ring)
{
    io_uring_queue_exit(&ring->uring);
    if (ring->buffers)
        munmap(ring->buffers, buffers_bytes(ring));
    free(ring->texts);
}

int ring_adopt(struct ring *ring, unsigned place, int fd, struct error *error)
{
    fcntl(fd, F_SETFL, 0); /* non-blocking operations would fail with EAGAIN instead of waiting */
    int result = io_uring_register_files_update(&ring->uring, place, &fd, 1);
    close(fd);
    return result < 0
               ? error_errno(error, -result, "cannot register connection %u with the ring", place)
               : 0;
}

const char *ring_data(const struct ring *ring, const struct io_uring_cqe *cqe)
{
    return ring->bytes + (size_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT) * ring->buffer_bytes;
}

void ring_return_buffer(struct ring *ring, const struct io_uring_cqe *cqe)
{
    if (cqe->flags & IORING_CQE_F_BUFFER)
        provide(ring, cqe->flags >> IORING_CQE_BUFFER_SHIFT);
}

/* ---- entering the kernel ---- */

static int ring_sleep(struct ring *ring, unsigned wanted, nsec_t most)
{
    /* A timeout is needed: without one the call ends after linger_us even with no completion. With
     * a shorter one it would not end before linger_us either. */
    const nsec_t hour = 3600 * NSEC_PER_SEC;
    const struct timespec left = clock_timespec(most < hour ? most : hour);
    struct __kernel_timespec end = {.tv_sec = left.tv_sec, .tv_nsec = left.tv_nsec};
    bool linger =
        ring->uring.features & FEATURE_LINGER && wanted > 1 && most > LINGER_US * NSEC_PER_USEC;
    struct wait_argument argument = {.linger_us = linger ? LINGER_US : 0,
                                     .timeout = (uintptr_t)&end};
    return io_uring_enter2((unsigned)ring->uring.ring_fd, 0, linger ? wanted : 1,
                           IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, (sigset_t *)&argument,
                           sizeof(argument));
}

/* Each link of a chain starts the next by deferred work, which runs only in our next call, unless
 * this call waits for it. */
static int ring_submit(struct ring *ring)
{
    struct __kernel_timespec at_once = {0};
    struct io_uring_cqe *first;
    unsigned immediate = ring->immediate;
    ring->immediate = 0;
    return io_uring_submit_and_wait_timeout(&ring->uring, &first, immediate, &at_once, NULL);
}

int ring_enter(struct ring *ring, unsigned wanted, nsec_t most, struct error *error)
{
    bool queued = io_uring_sq_ready(&ring->uring) > 0;
    int result = queued ? ring_submit(ring) : ring_sleep(ring, wanted, most);
    /* A timeout, a signal, or no room until completions are reaped: in all cases reap and enter
     * again. */
    if (result >= 0 || result == -ETIME || result == -EINTR || result == -EAGAIN ||
        result == -EBUSY)
        return 0;
    return error_errno(error, -result, "%s",
                       queued ? "cannot submit operations" : "cannot wait for completions");
}
