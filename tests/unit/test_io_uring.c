/* io_uring on kernels that have less of it than this one, or none: it takes the best way that there
 * is, reports which, and completes every request; if there is none it reports why. Conformance
 * tests for the rest. What an older kernel would say is put into liburing's mouth. */
#include "drivers/io_uring_ring.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/server_process.h"
#include "bench/grade/account.h"
#include "bench/grade/peer.h"
#include "bench/grade/self.h"
#include "workloads/workloads.h"

/* What this kernel is to be taken for; all zero: what it is. */
static struct {
    int errnum;                /* no ring at all, for this reason */
    unsigned unknown_flags;    /* of io_uring_setup */
    unsigned unknown_features; /* of a ring */
    unsigned last_operation;
} kernel;

static const unsigned DEFERRED = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

int __real_io_uring_queue_init_params(unsigned, struct io_uring *, struct io_uring_params *);
int __wrap_io_uring_queue_init_params(unsigned, struct io_uring *, struct io_uring_params *);
struct io_uring_probe *__real_io_uring_get_probe_ring(struct io_uring *);
struct io_uring_probe *__wrap_io_uring_get_probe_ring(struct io_uring *);

int __wrap_io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
                                      struct io_uring_params *params)
{
    if (kernel.errnum)
        return -kernel.errnum;
    if (params->flags & kernel.unknown_flags)
        return -EINVAL;
    int result = __real_io_uring_queue_init_params(entries, ring, params);
    ring->features &= ~kernel.unknown_features;
    return result;
}

struct io_uring_probe *__wrap_io_uring_get_probe_ring(struct io_uring *ring)
{
    struct io_uring_probe *probe = __real_io_uring_get_probe_ring(ring);
    if (kernel.last_operation && probe->last_op > kernel.last_operation)
        probe->last_op = (__u8)kernel.last_operation;
    return probe;
}

static void a_kernel_from_before(unsigned flags, unsigned last_operation)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.unknown_flags = flags;
    kernel.unknown_features = 1U << 15;
    kernel.last_operation = last_operation;
}

/* ---- why there is none ---- */

static void refused(int errnum, int disabled, const char *why)
{
    struct error error = {0};
    assert_int_equal(ring_explain(errnum, disabled, &error), -1);
    if (!strstr(error.text, why))
        fail_msg("no '%s' in: %s", why, error.text);
}

static void reasons_in_words(void **state)
{
    (void)state;
    refused(ENOSYS, -1, "has no io_uring, or a seccomp filter blocks it");
    refused(EPERM, 0, "seccomp filter");
    refused(EPERM, -1, "seccomp filter");
    refused(EPERM, 1, "kernel.io_uring_disabled is 1");
    refused(EPERM, 1, "without CAP_SYS_ADMIN that are not in the group kernel.io_uring_group");
    refused(EPERM, 2, "which forbids io_uring: ");
    refused(EPERM, 2, "'sysctl -w kernel.io_uring_disabled=0'");
    refused(EACCES, 0, "seccomp filter");
    refused(ENOMEM, 0, "ulimit -l");
    refused(EMFILE, 0, "Too many open files");
}

/* Neither probe nor setup finds a way, and both say so; setup leaves nothing behind. */
static void cannot_run(const char *why)
{
    const struct load load = {.concurrency = 4, .workload = workloads[0]};
    struct error error = {0};
    unsigned held = self_descriptors();
    assert_int_equal(driver_io_uring.probe(&driver_io_uring, &error), -1);
    assert_non_null(strstr(error.text, why));
    error.text[0] = '\0';
    assert_null(driver_io_uring.setup(&driver_io_uring, &load, &error));
    assert_non_null(strstr(error.text, why));
    assert_int_equal(self_descriptors(), held);
    assert_int_equal(driver_io_uring.probe(&driver_io_uring, NULL), -1);
}

static void a_kernel_without(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof(kernel));
    kernel.errnum = ENOSYS;
    cannot_run("Linux 5.19 or later is needed");
    kernel.errnum = ENOMEM;
    cannot_run("no memory for a ring");
}

static void a_kernel_that_is_too_old(void **state)
{
    (void)state;
    a_kernel_from_before(DEFERRED | IORING_SETUP_COOP_TASKRUN, 0);
    cannot_run("Linux 5.19 or later is needed");
    a_kernel_from_before(0, IORING_OP_SOCKET - 1);
    cannot_run("cannot create sockets: Linux 5.19 or later is needed");
}

/* ---- what there is of it ---- */

enum { C = 8, REQUESTS = 50 };

static struct sample samples[REQUESTS];

static size_t completed(void *driver_state, const struct load *load, size_t requests)
{
    struct error error = {0};
    memset(samples, 0, sizeof(samples));
    struct batch batch = {
        .load = load, .requests = requests, .delay = NSEC_PER_MSEC, .samples = samples};
    if (driver_io_uring.run(driver_state, &batch, &error) < 0)
        fail_msg("%s", error.text);
    size_t count = 0;
    for (size_t i = 0; i < requests; i++)
        count += samples[i].outcome == OUTCOME_OK;
    return count;
}

/* Every request completes in this mode and no other, and everything is released. */
static void goes(bool keep_alive, const char *way)
{
    struct error error = {0};
    struct server_process server;
    struct bench_case settings = {
        .keep_alive = keep_alive, .delay = NSEC_PER_MSEC, .backlog = 1024};
    assert_int_equal(server_start(&server, &settings, &error), 0);
    struct load load = {.workload = workloads[0],
                        .server = server.addresses.items[0],
                        .concurrency = C,
                        .keep_alive = keep_alive};
    unsigned held = self_descriptors();
    exchange_open_load(&load);
    void *driver_state = driver_io_uring.setup(&driver_io_uring, &load, &error);
    if (!driver_state)
        fail_msg("%s", error.text);
    char text[160];
    driver_io_uring.active(driver_state, text, sizeof(text));
    assert_string_equal(text, way);
    for (int batch = 0; batch < 2; batch++)
        assert_int_equal(completed(driver_state, &load, REQUESTS), REQUESTS);
    server_stop(&server);
    assert_int_equal(completed(driver_state, &load, REQUESTS), 0);
    driver_io_uring.teardown(driver_state);
    exchange_close_load(&load);
    assert_int_equal(self_descriptors(), held - SERVER_PROCESS_DESCRIPTORS);
}

static void linux_5_19(void **state)
{
    (void)state;
    a_kernel_from_before(DEFERRED, IORING_OP_SOCKET);
    goes(false, "COOP_TASKRUN, direct descriptors, linked operations, woken by the first response");
    goes(true,
         "COOP_TASKRUN, direct descriptors, a receive per response, woken by the first response");
}

static void linux_6_0(void **state)
{
    (void)state;
    a_kernel_from_before(IORING_SETUP_DEFER_TASKRUN, 0);
    goes(true, "COOP_TASKRUN, direct descriptors, multishot receive, woken by the first response");
}

static void linux_6_1(void **state)
{
    (void)state;
    a_kernel_from_before(0, 0);
    goes(true, "DEFER_TASKRUN, direct descriptors, multishot receive, woken by the first response");
}

/* ---- requests in parts ---- */

/* The response is awaited from the first part on, but comes after the last. */
static void a_request_in_parts(void **state)
{
    (void)state;
    enum { FEW = 20 };
    for (int way = 0; way < 4; way++) {
        struct error error = {0};
        struct server_process server;
        struct load load = {.workload = workload_find("split"), .concurrency = C};
        load.keep_alive = way & 1;
        memset(&kernel, 0, sizeof(kernel));
        kernel.last_operation = way & 2 ? IORING_OP_SOCKET : 0;
        struct bench_case settings = {
            .keep_alive = load.keep_alive, .delay = NSEC_PER_MSEC, .backlog = 1024};
        assert_int_equal(server_start(&server, &settings, &error), 0);
        load.server = server.addresses.items[0];
        exchange_open_load(&load);
        void *driver_state = driver_io_uring.setup(&driver_io_uring, &load, &error);
        if (!driver_state)
            fail_msg("%s", error.text);
        assert_int_equal(completed(driver_state, &load, FEW), FEW);
        driver_io_uring.teardown(driver_state);
        exchange_close_load(&load);
        server_stop(&server);
    }
}

/* Never left out in silence. */
static void no_delay_that_it_cannot_give(void **state)
{
    (void)state;
    const struct load load = {.workload = workload_find("split-nodelay"), .concurrency = C};
    struct error error = {0};
    assert_null(driver_io_uring.setup(&driver_io_uring, &load, &error));
    assert_non_null(strstr(error.text, "the options of workload split-nodelay"));
}

/* ---- closing ---- */

/* The server would keep them. A run is over when its connections are closed; kept ones live until
 * teardown. */
static void what_was_opened_is_closed(void **state)
{
    (void)state;
    struct error error = {0};
    struct server_process server;
    struct bench_case settings = {.keep_alive = true, .delay = NSEC_PER_MSEC, .backlog = 1024};
    memset(&kernel, 0, sizeof(kernel));
    assert_int_equal(server_start(&server, &settings, &error), 0);
    for (int keep_alive = 0; keep_alive <= 1; keep_alive++) {
        struct load load = {.workload = workloads[0],
                            .server = server.addresses.items[0],
                            .concurrency = C,
                            .keep_alive = keep_alive};
        exchange_open_load(&load);
        void *driver_state = driver_io_uring.setup(&driver_io_uring, &load, &error);
        if (!driver_state)
            fail_msg("%s", error.text);
        assert_int_equal(completed(driver_state, &load, REQUESTS), REQUESTS);
        /* Beside the one that requests it. */
        assert_true(account_await(&server, "open", keep_alive ? C + 1 : 1, ACCOUNT_PATIENCE));
        driver_io_uring.teardown(driver_state);
        exchange_close_load(&load);
        assert_true(account_await(&server, "open", 1, ACCOUNT_PATIENCE));
    }
    server_stop(&server);
}

/* ---- buffers ---- */

#define LONG_  "0123456789012345678901234567890123456789012345678901234567890123456789"
#define LONGER "X-A: " LONG_ LONG_ LONG_ LONG_ LONG_ LONG_ LONG_ LONG_ LONG_ LONG_ "\r\n"

/* With one slot there is one buffer, and this response fills it several times over. */
static void an_response_that_is_larger_than_all_buffers(void **state)
{
    (void)state;
    static const struct act acts[] = {
        ACCEPT,
        HEAR,
        SAY("HTTP/1.1 200 OK\r\n" LONGER LONGER "Content-Length: 2\r\n\r\n0\n"),
        HEAR,
        SAY("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" LONGER "\r\n0\n"),
        CLOSE,
        {EXIT, NULL, 0},
    };
    memset(&kernel, 0, sizeof(kernel));
    for (int multishot = 1; multishot >= 0; multishot--) {
        kernel.last_operation = multishot ? 0 : IORING_OP_SOCKET;
        struct load load = {
            .workload = workload_find("http"), .concurrency = 1, .keep_alive = true};
        struct error error = {0};
        peer_listen(&load.server, 16);
        peer_start(acts);
        exchange_open_load(&load);
        void *driver_state = driver_io_uring.setup(&driver_io_uring, &load, &error);
        size_t count = driver_state ? completed(driver_state, &load, 2) : 0;
        if (driver_state)
            driver_io_uring.teardown(driver_state);
        exchange_close_load(&load);
        peer_join();
        if (!driver_state)
            fail_msg("%s", error.text);
        assert_int_equal(count, 2);
        assert_int_equal(peer.accepted, 1);
    }
}

int main(void)
{
    enum { REFUSALS = 2 };
    struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_in_words),
        cmocka_unit_test(a_kernel_without),
        cmocka_unit_test(a_kernel_that_is_too_old),
        cmocka_unit_test(linux_5_19),
        cmocka_unit_test(linux_6_0),
        cmocka_unit_test(linux_6_1),
        cmocka_unit_test(a_request_in_parts),
        cmocka_unit_test(no_delay_that_it_cannot_give),
        cmocka_unit_test(what_was_opened_is_closed),
        cmocka_unit_test(an_response_that_is_larger_than_all_buffers),
    };
    signal(SIGPIPE, SIG_IGN);                         /* as the harness does */
    if (driver_usable(&driver_io_uring, 1, NULL) < 0) /* of none, no older one can be made */
        memset(tests + REFUSALS, 0, sizeof(tests) - REFUSALS * sizeof(tests[0]));
    return cmocka_run_group_tests_name("io_uring", tests, NULL, NULL);
}
