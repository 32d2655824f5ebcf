/* The seeded generator: the published sequences, draws that stay in range and favour nothing,
 * shuffles that lose nothing, and the same again for the same seed. */
#include "lib/rng.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The first outputs from the state 1, 2, 3, 4, as the authors' C code (prng.di.unimi.it) gives
 * them; the Rust crate rand_xoshiro tests itself on the same vector. */
static void next_is_xoshiro256starstar(void **state)
{
    (void)state;
    static const uint64_t expected[] = {
        UINT64_C(11520),
        UINT64_C(0),
        UINT64_C(1509978240),
        UINT64_C(1215971899390074240),
        UINT64_C(1216172134540287360),
        UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625),
        UINT64_C(8476171486693032832),
        UINT64_C(10595114339597558777),
        UINT64_C(2904607092377533576),
    };
    struct rng rng = {.state = {1, 2, 3, 4}};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_true(rng_next(&rng) == expected[i]);
}

/* splitmix64 from 1234567: the vector of Rosetta Code's "Pseudo-random numbers/Splitmix64". */
static void the_seed_goes_through_splitmix64(void **state)
{
    (void)state;
    static const uint64_t expected[4] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431)};
    struct rng rng;
    rng_init(&rng, 1234567);
    assert_memory_equal(rng.state, expected, sizeof(expected));
    /* A seed of 0 must not become the one state that xoshiro never leaves. */
    rng_init(&rng, 0);
    assert_true(rng.state[0] == UINT64_C(0xe220a8397b1dcdaf));
}

static void a_seed_repeats_and_seeds_differ(void **state)
{
    (void)state;
    struct rng a, b, c;
    rng_init(&a, 42);
    rng_init(&b, 42);
    rng_init(&c, 43);
    int differ = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t drawn = rng_next(&a);
        assert_true(drawn == rng_next(&b));
        differ += drawn != rng_next(&c);
    }
    assert_int_equal(differ, 1000);
}

static void draws_stay_in_range(void **state)
{
    (void)state;
    static const uint64_t bounds[] = {0, 1, 6, 1000, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 1};
    struct rng rng;
    rng_init(&rng, 7);
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
        for (int n = 0; n < 10000; n++) {
            uint64_t drawn = rng_upto(&rng, bounds[i]);
            if (drawn > bounds[i])
                fail_msg("%" PRIu64 " is not in [0, %" PRIu64 "]", drawn, bounds[i]);
        }
}

static void the_largest_bound_is_any_64_bits(void **state)
{
    (void)state;
    struct rng a, b;
    rng_init(&a, 8);
    b = a;
    for (int i = 0; i < 1000; i++)
        assert_true(rng_upto(&a, UINT64_MAX) == rng_next(&b));
}

/* Chi-square against equal shares. The limits below are passed by chance once in a million
 * seeds; the seeds are fixed, so a failure is a change of the code. */
static double chi_square(const unsigned *counts, size_t bins)
{
    double total = 0, sum = 0;
    for (size_t i = 0; i < bins; i++)
        total += counts[i];
    double expected = total / (double)bins;
    for (size_t i = 0; i < bins; i++)
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    return sum;
}

static void small_ranges_are_even(void **state)
{
    (void)state;
    static const struct {
        uint64_t bound;
        double limit;
    } rows[] = {{1, 24}, {6, 38.3}, {9, 44.9}, {63, 133}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rng rng;
        rng_init(&rng, 1000 + i);
        unsigned counts[64] = {0};
        for (int n = 0; n < 640000; n++)
            counts[rng_upto(&rng, rows[i].bound)]++;
        double found = chi_square(counts, rows[i].bound + 1);
        if (found > rows[i].limit)
            fail_msg("[0, %" PRIu64 "]: chi-square %.1f", rows[i].bound, found);
    }
}

/* 3 x 2^62 values do not divide 2^64: a plain modulo doubles the lowest third, and a plain
 * multiplication doubles every third value. */
static void ranges_that_do_not_divide_are_even(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 9);
    unsigned thirds[3] = {0}, remainders[3] = {0};
    for (int n = 0; n < 90000; n++) {
        uint64_t drawn = rng_upto(&rng, (UINT64_C(3) << 62) - 1);
        thirds[drawn >> 62]++;
        remainders[drawn % 3]++;
    }
    assert_true(chi_square(thirds, 3) < 27.7);
    assert_true(chi_square(remainders, 3) < 27.7);
}

static void a_shuffle_loses_nothing_and_repeats(void **state)
{
    (void)state;
    enum { N = 500 };
    struct item {
        uint32_t number;
        char tail[3]; /* a size that is no word's */
    };
    static struct item first[N], second[N], third[N];
    for (unsigned i = 0; i < N; i++) {
        first[i].number = i;
        memset(first[i].tail, (int)(i % 101), sizeof(first[i].tail));
    }
    memcpy(second, first, sizeof(first));
    memcpy(third, first, sizeof(first));

    struct rng rng;
    rng_init(&rng, 5);
    rng_shuffle(&rng, first, N, sizeof(first[0]));
    rng_init(&rng, 5);
    rng_shuffle(&rng, second, N, sizeof(second[0]));
    rng_init(&rng, 6);
    rng_shuffle(&rng, third, N, sizeof(third[0]));
    assert_memory_equal(first, second, sizeof(first));
    assert_memory_not_equal(first, third, sizeof(first));

    bool seen[N] = {false};
    unsigned at_home = 0;
    for (unsigned i = 0; i < N; i++) {
        uint32_t number = first[i].number;
        assert_true(number < N);
        assert_false(seen[number]);
        seen[number] = true;
        at_home += number == i;
        for (size_t byte = 0; byte < sizeof(first[i].tail); byte++)
            assert_int_equal(first[i].tail[byte], number % 101);
    }
    assert_true(at_home < 20); /* one is expected */
}

static void every_order_is_as_likely(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 12);
    unsigned counts[27] = {0}, orders[6];
    for (int n = 0; n < 60000; n++) {
        unsigned char items[3] = {0, 1, 2};
        rng_shuffle(&rng, items, 3, 1);
        counts[items[0] * 9 + items[1] * 3 + items[2]]++;
    }
    size_t found = 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i] && found < ARRAY_LEN(orders))
            orders[found++] = counts[i];
    assert_int_equal(found, 6);
    assert_true(chi_square(orders, 6) < 35.9);
}

static void nothing_and_one_thing_shuffle_to_themselves(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1);
    struct rng before = rng;
    int one = 17;
    rng_shuffle(&rng, NULL, 0, sizeof(one));
    rng_shuffle(&rng, &one, 1, sizeof(one));
    assert_int_equal(one, 17);
    assert_memory_equal(&rng, &before, sizeof(rng));
}

static void a_mix_depends_on_its_arguments_alone(void **state)
{
    (void)state;
    uint64_t first[64];
    for (uint64_t i = 0; i < 64; i++)
        first[i] = rng_mix(3, i);
    for (uint64_t i = 64; i-- > 0;) /* in another order */
        assert_true(rng_mix(3, i) == first[i]);
    for (size_t i = 0; i < 64; i++) {
        assert_true(rng_mix(4, i) != first[i]);
        for (size_t j = 0; j < i; j++)
            assert_true(first[i] != first[j]);
    }
    /* Index 0 is splitmix64's own first output for the seed. */
    assert_true(rng_mix(1234567, 0) == UINT64_C(6457827717110365317));
}

/* Neighbouring indices and neighbouring seeds must look unrelated: half of the bits differ. */
static void a_mix_spreads_one_bit_over_all(void **state)
{
    (void)state;
    unsigned by_index = 0, by_seed = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        by_index += (unsigned)__builtin_popcountll(rng_mix(1, i) ^ rng_mix(1, i + 1));
        by_seed += (unsigned)__builtin_popcountll(rng_mix(i, 1) ^ rng_mix(i + 1, 1));
    }
    assert_in_range(by_index, 31000, 33000);
    assert_in_range(by_seed, 31000, 33000);
}

static void fresh_seeds_are_fresh(void **state)
{
    (void)state;
    uint64_t first = rng_fresh_seed(), second = rng_fresh_seed();
    assert_true(first != 0);
    assert_true(second != 0);
    assert_true(first != second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_is_xoshiro256starstar),
        cmocka_unit_test(the_seed_goes_through_splitmix64),
        cmocka_unit_test(a_seed_repeats_and_seeds_differ),
        cmocka_unit_test(draws_stay_in_range),
        cmocka_unit_test(the_largest_bound_is_any_64_bits),
        cmocka_unit_test(small_ranges_are_even),
        cmocka_unit_test(ranges_that_do_not_divide_are_even),
        cmocka_unit_test(a_shuffle_loses_nothing_and_repeats),
        cmocka_unit_test(every_order_is_as_likely),
        cmocka_unit_test(nothing_and_one_thing_shuffle_to_themselves),
        cmocka_unit_test(a_mix_depends_on_its_arguments_alone),
        cmocka_unit_test(a_mix_spreads_one_bit_over_all),
        cmocka_unit_test(fresh_seeds_are_fresh),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
