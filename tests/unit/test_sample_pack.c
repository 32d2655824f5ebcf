/* Packed samples: what is unpacked as the header says is what was packed, to the unit; what a
 * request did not reach is not there; the server's times are within the client's. */
#include "bench/show/sample_pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "lib/error.h"

enum { MANY = 1000, COLUMNS = 1 + SAMPLE_POINTS };

/* ---- an unpacking of our own ---- */

static size_t inflated(const unsigned char *packed, size_t size, unsigned char *to, size_t room)
{
    unsigned char copy[MANY * COLUMNS];
    z_stream stream = {0};
    assert_true(size <= sizeof(copy));
    memcpy(copy, packed, size);
    stream.next_in = copy;
    stream.avail_in = (uInt)size;
    stream.next_out = to;
    stream.avail_out = (uInt)room;
    assert_int_equal(inflateInit2(&stream, -MAX_WBITS), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(inflateEnd(&stream), Z_OK);
    return stream.total_out;
}

static const unsigned char *take_number(const unsigned char *from, int64_t *number)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        value |= (uint64_t)(*from & 0x7f) << shift;
        if (!(*from++ & 0x80))
            break;
    }
    *number = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
    return from;
}

struct unpacked {
    int64_t bits, at[SAMPLE_POINTS]; /* in units */
};

static void unpack(const unsigned char *packed, size_t size, struct unpacked *out, size_t n)
{
    static unsigned char bytes[MANY * COLUMNS * 10];
    static int64_t columns[COLUMNS][MANY];
    int64_t gaps[SAMPLE_POINTS] = {0}, start = 0;
    size_t length = inflated(packed, size, bytes, sizeof(bytes));
    const unsigned char *from = bytes;
    for (int column = 0; column < COLUMNS; column++)
        for (size_t i = 0; i < n; i++)
            from = take_number(from, &columns[column][i]);
    assert_ptr_equal(from, bytes + length);
    for (size_t i = 0; i < n; i++) {
        int64_t at = start;
        out[i].bits = columns[0][i];
        for (int p = 0; p < SAMPLE_POINTS; p++) {
            gaps[p] = columns[1 + p][i] + (p ? gaps[p] : 0);
            if (out[i].bits & 1 << p)
                at += gaps[p];
            start = p ? start : at;
            out[i].at[p] = at;
        }
    }
}

static void assert_packs(const struct sample *samples, size_t n, size_t every, nsec_t unit)
{
    static struct unpacked out[MANY];
    size_t size, rows = sample_pack_count(n, every);
    unsigned char *packed = sample_pack(samples, n, every, unit, &size);
    assert_non_null(packed);
    unpack(packed, size, out, rows);
    free(packed);
    for (size_t i = 0; i < rows; i++) {
        nsec_t points[SAMPLE_POINTS];
        sample_points(&samples[i * every], points);
        assert_int_equal(out[i].bits >> SAMPLE_OK, samples[i * every].outcome == OUTCOME_OK);
        for (int p = 0; p < SAMPLE_POINTS; p++) {
            assert_int_equal(out[i].bits >> p & 1, points[p] >= 0);
            if (points[p] >= 0)
                assert_int_equal(out[i].at[p], points[p] / unit);
        }
    }
}

/* ---- requests ---- */

static struct sample usual(size_t i)
{
    nsec_t start = (nsec_t)i * 37123;
    return (struct sample){.outcome = OUTCOME_OK,
                           .start = start,
                           .connected = start + 20000 + (nsec_t)(i * i % 7777),
                           .sent = start + 31000,
                           .received = start + 45000 + (nsec_t)(i % 3 * 1000000),
                           .delay_100ns = 1000000,
                           .overshoot_100ns = (uint32_t)(i * 131 % 999),
                           .first_byte = start + 103500000,
                           .end = start + 103600000};
}

static void every_request_comes_out_as_it_went_in(void **state)
{
    (void)state;
    static struct sample samples[MANY];
    for (size_t i = 0; i < MANY; i++)
        samples[i] = usual(i);
    samples[17].connected = samples[17].start + 1000000000; /* its SYN was dropped */
    samples[17].end = samples[17].first_byte = 5000000000000;
    assert_packs(samples, MANY, 1, 10000);
    assert_packs(samples, MANY, 16, 10000);
    assert_packs(samples, MANY, 16, 1000000);
    assert_packs(samples, 1, 1, 10000);
}

static void what_a_request_did_not_reach_is_not_there(void **state)
{
    (void)state;
    struct sample samples[6];
    for (size_t i = 0; i < 6; i++)
        samples[i] = usual(i);
    samples[1].outcome = OUTCOME_CONNECT;
    samples[1].connected = samples[1].sent = samples[1].first_byte = -1;
    samples[1].received = 0;
    samples[2].received = samples[2].delay_100ns = 0; /* somebody else's server */
    samples[3].outcome = OUTCOME_UNFINISHED;
    samples[3].first_byte = samples[3].end = -1;
    assert_packs(samples, 6, 1, 10000);
}

static void points_follow_each_other(void **state)
{
    (void)state;
    nsec_t points[SAMPLE_POINTS];
    struct sample sample = usual(0);
    /* The server read it before connect() and send() returned, and responded after its response. */
    sample.received = 15000;
    sample.first_byte = 99000000;
    sample_points(&sample, points);
    assert_int_equal(points[SAMPLE_CONNECTED], 15000);
    assert_int_equal(points[SAMPLE_SENT], 15000);
    assert_int_equal(points[SAMPLE_RECEIVED], 15000);
    assert_int_equal(points[SAMPLE_RESPONDED], 99000000);
    assert_int_equal(points[SAMPLE_FIRST_BYTE], 99000000);
    sample.start = 1000;
    sample.received = 500; /* a clock that is behind */
    sample_points(&sample, points);
    assert_int_equal(points[SAMPLE_RECEIVED], 1000);
    for (int p = 1; p < SAMPLE_POINTS; p++)
        assert_true(points[p] >= points[p - 1]);
}

static void the_unit_suits_the_length(void **state)
{
    (void)state;
    assert_int_equal(sample_pack_unit(0), 10000);
    assert_int_equal(sample_pack_unit(200000000), 10000);
    assert_int_equal(sample_pack_unit(300000000), 20000);
    assert_int_equal(sample_pack_unit(1500000000), 100000);
    assert_int_equal(sample_pack_unit(NSEC_PER_SEC * 3600), 200000000);
}

static void neighbours_cost_little(void **state)
{
    (void)state;
    static struct sample samples[MANY];
    for (size_t i = 0; i < MANY; i++)
        samples[i] = usual(i);
    size_t size;
    free(sample_pack(samples, MANY, 1, 10000, &size));
    assert_true(size < MANY * 5);
    assert_int_equal(sample_pack_count(MANY, 16), 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_comes_out_as_it_went_in),
        cmocka_unit_test(what_a_request_did_not_reach_is_not_there),
        cmocka_unit_test(points_follow_each_other),
        cmocka_unit_test(the_unit_suits_the_length),
        cmocka_unit_test(neighbours_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
