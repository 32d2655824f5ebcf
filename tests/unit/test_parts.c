/* A load in parts: shares by hand; that the parts' slots and requests are those of the whole, that
 * their connections come from addresses of their own, and what a part that dies or cannot be set up
 * does to the run. */
#include "drivers/parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/grade/self.h"
#include "workloads/workloads.h"

enum { PARTS = 3, SLOTS = 8, REQUESTS = 20 };

/* ---- shares ---- */

static void shares_by_hand(void **state)
{
    (void)state;
    const struct share whole = {0}, second = share_of(1, 3),
                       within = share_within(&second, &second);
    assert_int_equal(share_place(&whole, 7), 7);
    assert_int_equal(share_place(&second, 0), 1);
    assert_int_equal(share_place(&second, 2), 7);
    /* The second third of 1, 4, 7, 10, 13, … */
    assert_int_equal(share_place(&within, 0), 4);
    assert_int_equal(share_place(&within, 1), 13);
    assert_int_equal(share_count(20, 0, 3), 7);
    assert_int_equal(share_count(20, 1, 3), 7);
    assert_int_equal(share_count(20, 2, 3), 6);
    assert_int_equal(share_count(2, 2, 3), 0);
}

/* ---- a driver that writes what it was given ---- */

static enum { WELL, FAILS_IN_SETUP, FAILS_IN_RUN, DIES_IN_RUN, DIES_IN_SETUP } behaves;

static void *witness_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)self;
    bool is_second = load->share.first == 1;
    if (is_second && behaves == DIES_IN_SETUP)
        raise(SIGKILL);
    if (!is_second || behaves != FAILS_IN_SETUP)
        return (void *)(uintptr_t)load;
    error_errno(error, ENOMEM, "no room");
    return NULL;
}

/* One pass over the slots, and the bound in place of a time. */
static int witness_run(void *state, struct batch *batch, struct error *error)
{
    const struct load *load = state;
    if (load->share.first == 1 && behaves == DIES_IN_RUN)
        raise(SIGKILL);
    if (load->share.first == 1 && behaves == FAILS_IN_RUN)
        return error_set(error, "it broke");
    for (ptrdiff_t index; (index = batch_next(batch)) != BATCH_OVER;) {
        struct sample *sample = batch_sample(batch, (size_t)index);
        exchange_fail(batch, (size_t)index, (unsigned)index % load->concurrency, OUTCOME_OK, 0);
        sample->received = load_bound(load, (size_t)index);
        sample->start = batch_intended(batch, (size_t)index);
    }
    return 0;
}

static void witness_teardown(void *state)
{
    (void)state;
}

static const struct driver witness = {
    .name = "witness", .setup = witness_setup, .run = witness_run, .teardown = witness_teardown};

/* ---- in parts ---- */

static const struct parts_config config = {&witness, PARTS};

static struct shared {
    struct batch batch;
    struct sample samples[REQUESTS];
    nsec_t schedule[REQUESTS];
} * shared;

static struct load load;

static int run(struct error *error)
{
    struct driver driver = parts_driver(&config);
    load = (struct load){.workload = workload_find("randint"), .concurrency = SLOTS, .seed = 7};
    memset(shared, 0, sizeof(*shared));
    shared->batch = (struct batch){.load = &load,
                                   .requests = REQUESTS,
                                   .schedule = shared->schedule,
                                   .begun = 1000,
                                   .samples = shared->samples};
    for (size_t i = 0; i < REQUESTS; i++)
        shared->schedule[i] = (nsec_t)i;
    void *state = driver.setup(&driver, &load, error);
    if (!state)
        return -1;
    int result = driver_run_batch(&driver, state, &shared->batch, error);
    driver.teardown(state);
    return result;
}

static void the_parts_do_what_the_whole_would(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    unsigned descriptors = self_descriptors();
    behaves = WELL;
    if (run(&error) < 0)
        fail_msg("%s", error.text);
    unsigned slots = 0;
    for (size_t i = 0; i < REQUESTS; i++) {
        assert_int_equal(shared->samples[i].outcome, OUTCOME_OK);
        assert_int_equal(shared->samples[i].received, load_bound(&load, i));
        assert_int_equal(shared->samples[i].start, 1000 + i);
        assert_true(shared->samples[i].slot < SLOTS);
        slots |= 1U << shared->samples[i].slot;
    }
    assert_int_equal(slots, (1U << SLOTS) - 1);
    assert_int_equal(self_descriptors(), descriptors);
    assert_int_equal(self_processes(), 0);
}

static void assert_fails(int how, const char *text)
{
    struct error error = {.text = ""};
    behaves = how;
    unsigned descriptors = self_descriptors();
    assert_int_equal(run(&error), -1);
    if (!strstr(error.text, text))
        fail_msg("'%s' is not in '%s'", text, error.text);
    assert_int_equal(self_descriptors(), descriptors);
    assert_int_equal(self_processes(), 0);
}

static void a_part_that_fails(void **state)
{
    (void)state;
    assert_fails(FAILS_IN_SETUP, "part 2 of 3: no room");
    assert_fails(FAILS_IN_RUN, "part 2 of 3: it broke");
}

static void a_part_that_dies(void **state)
{
    (void)state;
    assert_fails(DIES_IN_SETUP, "part 2 of 3 (process ");
    assert_fails(DIES_IN_RUN, "was killed by signal 9 (Killed)");
}

/* ---- addresses ---- */

static uint32_t bound_to(const struct net_sources *sources, unsigned number)
{
    struct sockaddr_in address = {.sin_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(net_sources_bind(sources, number, fd), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(address.sin_port, 0);
    close(fd);
    return ntohl(address.sin_addr.s_addr);
}

static void connections_come_from_many_addresses(void **state)
{
    (void)state;
    struct net_address server;
    struct net_sources sources;
    assert_int_equal(net_address_make("127.0.0.1", 80, &server, NULL), 0);
    assert_int_equal(net_sources_find(&sources, &server, NULL), 0);
    assert_true(net_sources_room(&sources) == SIZE_MAX);
    assert_true(sources.each > 0);
    assert_int_equal(bound_to(&sources, 0), 0x7f010000);
    assert_int_equal(bound_to(&sources, sources.each - 1), 0x7f010000);
    assert_int_equal(bound_to(&sources, sources.each), 0x7f010001);
    assert_int_equal(bound_to(&sources, 300 * sources.each), 0x7f01012c);
}

int main(void)
{
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_by_hand),
        cmocka_unit_test(the_parts_do_what_the_whole_would),
        cmocka_unit_test(a_part_that_fails),
        cmocka_unit_test(a_part_that_dies),
        cmocka_unit_test(connections_come_from_many_addresses),
    };
    return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
