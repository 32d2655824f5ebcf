/* Scheduler switches: the rings that the kernel writes them to are read as they are, whole or not;
 * those of this process are found where that is permitted, and where not it says why. */
#include "bench/run/switch_recorder.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/run/perf_event.h"

enum { RING = 256, NAPS = 20 };

/* ---- rings ---- */

/* Puts records into a ring as the kernel does. */
static struct writer {
    unsigned char data[RING];
    uint64_t head;
} writers[2];

static void put(struct writer *writer, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        memcpy(&writer->data[writer->head++ % RING], (const char *)bytes + i, 1);
}

static void put_record(struct writer *writer, uint32_t type, uint16_t misc, size_t body,
                       uint32_t thread, uint64_t time)
{
    static const unsigned char zeros[64];
    const struct {
        uint32_t process, thread;
        uint64_t time;
        uint32_t cpu, reserved;
    } end = {1, thread, time, 3, 0};
    const struct perf_event_header header = {type, misc,
                                             (uint16_t)(sizeof(header) + body + sizeof(end))};
    put(writer, &header, sizeof(header));
    put(writer, zeros, body);
    put(writer, &end, sizeof(end));
}

static void put_switch(struct writer *writer, enum switch_kind kind, uint32_t thread, uint64_t time)
{
    static const uint16_t misc[] = {[SWITCH_WAITING] = PERF_RECORD_MISC_SWITCH_OUT,
                                    [SWITCH_PREEMPTED] = PERF_RECORD_MISC_SWITCH_OUT |
                                                         PERF_RECORD_MISC_SWITCH_OUT_PREEMPT,
                                    [SWITCH_EXITED] = 0};
    bool exits = kind == SWITCH_EXITED;
    put_record(writer, exits ? PERF_RECORD_EXIT : PERF_RECORD_SWITCH, misc[kind], exits ? 24 : 0,
               thread, time);
}

static struct switch_ring ring_from(const struct writer *writer, uint64_t tail)
{
    return (struct switch_ring){
        .data = writer->data, .size = RING, .tail = tail, .head = writer->head};
}

static int empty_rings(void **state)
{
    (void)state;
    memset(writers, 0, sizeof(writers));
    return 0;
}

static void assert_next(struct switch_ring *ring, enum switch_kind kind, int thread, nsec_t at)
{
    struct switch_event event;
    assert_true(switch_ring_next(ring, &event));
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.thread, thread);
    assert_int_equal(event.at, at);
    assert_int_equal(event.cpu, 3);
}

static void assert_at_end(struct switch_ring *ring)
{
    struct switch_event event;
    assert_false(switch_ring_next(ring, &event));
    assert_false(switch_ring_next(ring, &event));
}

static void switches_of_each_kind(void **state)
{
    (void)state;
    for (enum switch_kind kind = SWITCH_IN; kind <= SWITCH_EXITED; kind++)
        put_switch(writers, kind, 70 + kind, 100 + kind);
    struct switch_ring ring = ring_from(writers, 0);
    for (enum switch_kind kind = SWITCH_IN; kind <= SWITCH_EXITED; kind++)
        assert_next(&ring, kind, 70 + (int)kind, 100 + (int)kind);
    assert_at_end(&ring);
}

/* Wherever in a record the ring's end is, in its header too. */
static void records_go_on_at_the_beginning(void **state)
{
    (void)state;
    for (uint64_t begin = RING - 60; begin < RING; begin += 4) {
        writers[0].head = begin;
        put_switch(writers, SWITCH_EXITED, 8, 1);
        put_switch(writers, SWITCH_IN, 9, 2);
        struct switch_ring ring = ring_from(writers, begin);
        assert_next(&ring, SWITCH_EXITED, 8, 1);
        assert_next(&ring, SWITCH_IN, 9, 2);
        assert_at_end(&ring);
    }
}

static void other_records_are_passed_over(void **state)
{
    (void)state;
    put_record(writers, PERF_RECORD_LOST, 0, 16, 5, 1);
    put_switch(writers, SWITCH_IN, 5, 2);
    put_record(writers, PERF_RECORD_FORK, 0, 24, 5, 3);
    put_switch(writers, SWITCH_WAITING, 5, 4);
    struct switch_ring ring = ring_from(writers, 0);
    assert_next(&ring, SWITCH_IN, 5, 2);
    assert_next(&ring, SWITCH_WAITING, 5, 4);
    assert_at_end(&ring);
}

static void what_is_no_whole_record_ends_a_ring(void **state)
{
    (void)state;
    static const uint16_t sizes[] = {0, 7, 31, 200, UINT16_MAX};
    put_switch(writers, SWITCH_IN, 5, 2);
    uint64_t whole = writers->head;
    put_switch(writers, SWITCH_WAITING, 5, 4);
    for (; writers->head > whole; writers->head--) {
        struct switch_ring ring = ring_from(writers, 0);
        assert_next(&ring, SWITCH_IN, 5, 2);
        if (writers->head < 2 * whole)
            assert_at_end(&ring);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const struct perf_event_header header = {PERF_RECORD_SWITCH, 0, sizes[i]};
        writers->head = 0;
        put(writers, &header, sizeof(header));
        writers->head = 64;
        struct switch_ring ring = ring_from(writers, 0);
        assert_at_end(&ring);
    }
}

static size_t merge(struct switch_ring rings[2], size_t max, char *threads, uint64_t *lost)
{
    struct switch_event events[8];
    size_t n = switch_rings_merge(rings, 2, 10, 50, events, max, lost);
    for (size_t i = 0; i < n; i++)
        threads[i] = (char)('a' + events[i].thread);
    threads[n] = '\0';
    return n;
}

/* Threads a to e, in turns on two CPUs; of these b to e within the run. */
static void fill_two(struct switch_ring rings[2])
{
    for (unsigned i = 0; i < 5; i++)
        put_switch(&writers[i % 2], SWITCH_IN, i, 9 + 10 * i);
    put_switch(&writers[1], SWITCH_IN, 5, 51);
    rings[0] = ring_from(&writers[0], 0);
    rings[1] = ring_from(&writers[1], 0);
}

static void rings_are_merged(void **state)
{
    (void)state;
    struct switch_ring rings[2];
    char threads[9];
    uint64_t lost;
    fill_two(rings);
    assert_int_equal(merge(rings, 8, threads, &lost), 4);
    assert_string_equal(threads, "bcde");
    assert_int_equal(lost, 0);
}

static void what_exceeds_the_room_is_counted(void **state)
{
    (void)state;
    struct switch_ring rings[2];
    char threads[9];
    uint64_t lost;
    fill_two(rings);
    assert_int_equal(merge(rings, 3, threads, &lost), 3);
    assert_string_equal(threads, "bcd");
    assert_int_equal(lost, 1);
}

/* A thread may have been switched on that CPU from then on. */
static void what_follows_lost_records_is_lost_too(void **state)
{
    (void)state;
    struct switch_ring rings[2];
    char threads[9];
    uint64_t lost;
    fill_two(rings);
    writers[1].head -= 32; /* the one after the run */
    rings[1] = ring_from(&writers[1], 0);
    rings[1].lost = 7;
    assert_int_equal(merge(rings, 8, threads, &lost), 3);
    assert_string_equal(threads, "bcd");
    assert_int_equal(lost, 8);
}

/* ---- the kernel's ---- */

static int refused_with;

int __real_perf_event_make(struct perf_event_attr *attributes, pid_t pid, int cpu);
int __wrap_perf_event_make(struct perf_event_attr *attributes, pid_t pid, int cpu);
int __wrap_perf_event_make(struct perf_event_attr *attributes, pid_t pid, int cpu)
{
    if (!refused_with)
        return __real_perf_event_make(attributes, pid, cpu);
    errno = refused_with;
    return -1;
}

static void *nap(void *unused)
{
    const struct timespec shortly = {0, NSEC_PER_MSEC};
    for (int i = 0; i < NAPS; i++)
        nanosleep(&shortly, NULL);
    *(int *)unused = (int)syscall(SYS_gettid);
    return NULL;
}

static size_t count_kind(const struct switch_event *events, size_t n, int thread,
                         enum switch_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += events[i].thread == thread && events[i].kind == kind;
    return count;
}

/* Of a thread that begins after the recorder was opened. */
static void a_thread_that_naps(void **state)
{
    (void)state;
    enum { MAX = 4096 };
    struct switch_recorder recorder;
    char why[160];
    pthread_t thread;
    int number = 0;
    uint64_t lost;
    switch_recorder_open(&recorder, why, sizeof(why));
    if (why[0]) {
        print_message("not permitted here: %s\n", why);
        skip();
    }
    struct switch_event *events = calloc(MAX, sizeof(*events));
    nsec_t begin = clock_now();
    switch_recorder_start(&recorder);
    assert_int_equal(pthread_create(&thread, NULL, nap, &number), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    switch_recorder_stop(&recorder);
    nsec_t end = clock_now();
    size_t n = switch_recorder_read(&recorder, begin, end, events, MAX, &lost);
    assert_true(n > 0);
    assert_true(count_kind(events, n, number, SWITCH_IN) >= NAPS / 2);
    assert_true(count_kind(events, n, number, SWITCH_WAITING) >= NAPS / 2);
    for (size_t i = 0; i < n; i++)
        assert_in_range(events[i].at, i ? events[i - 1].at : 0, end - begin);
    free(events);
    switch_recorder_close(&recorder);
}

static void assert_refused(int errnum, const char *words)
{
    struct switch_recorder recorder;
    char why[160];
    refused_with = errnum;
    switch_recorder_open(&recorder, why, sizeof(why));
    refused_with = 0;
    assert_int_equal(recorder.count, 0);
    assert_non_null(strstr(why, words));
    switch_recorder_start(&recorder);
    switch_recorder_stop(&recorder);
    switch_recorder_close(&recorder);
}

static void where_it_is_refused_it_says_why(void **state)
{
    (void)state;
    assert_refused(EACCES, "Permission denied; run as root, or 'sysctl -w "
                           "kernel.perf_event_paranoid=2'");
    assert_refused(EINVAL, "it takes Linux 6.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(switches_of_each_kind, empty_rings),
        cmocka_unit_test_setup(records_go_on_at_the_beginning, empty_rings),
        cmocka_unit_test_setup(other_records_are_passed_over, empty_rings),
        cmocka_unit_test_setup(what_is_no_whole_record_ends_a_ring, empty_rings),
        cmocka_unit_test_setup(rings_are_merged, empty_rings),
        cmocka_unit_test_setup(what_exceeds_the_room_is_counted, empty_rings),
        cmocka_unit_test_setup(what_follows_lost_records_is_lost_too, empty_rings),
        cmocka_unit_test(a_thread_that_naps),
        cmocka_unit_test(where_it_is_refused_it_says_why),
    };
    return cmocka_run_group_tests_name("switches", tests, NULL, NULL);
}
