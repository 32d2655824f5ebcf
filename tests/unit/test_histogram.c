/* The histogram against what it stands for: a sorted array of the same values. */
#include "lib/histogram.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const nsec_t range_end = INT64_C(1) << 42; /* the first value beyond the range */

static int start_empty(void **state)
{
    *state = test_calloc(1, sizeof(struct histogram));
    return *state ? 0 : -1;
}

static int give_back(void **state)
{
    test_free(*state);
    return 0;
}

static void empty_reads_zero(void **state)
{
    const struct histogram *histogram = *state;
    assert_int_equal(histogram_percentile(histogram, 0), 0);
    assert_int_equal(histogram_percentile(histogram, 0.5), 0);
    assert_int_equal(histogram_percentile(histogram, 1), 0);
}

static void small_values_are_exact(void **state)
{
    struct histogram *histogram = *state;
    for (nsec_t value = 127; value >= 0; value--)
        histogram_add(histogram, value);
    histogram_add(histogram, 1000000); /* so that the maximum rounds nothing down */
    assert_int_equal(histogram->total, 129);
    for (int rank = 1; rank <= 128; rank++)
        assert_int_equal(histogram_percentile(histogram, (rank - 0.5) / 129), rank - 1);
}

/* 0.07 * 100 and 0.55 * 100 come out above 7 and 55 in binary; the rank must not. */
static void ranks_survive_binary_fractions(void **state)
{
    struct histogram *histogram = *state;
    for (nsec_t value = 1; value <= 100; value++)
        histogram_add(histogram, value);
    for (int percent = 1; percent <= 100; percent++)
        assert_int_equal(histogram_percentile(histogram, percent / 100.0), percent);
}

/* What one value reads back as, where the maximum does not help. */
static nsec_t read_back(struct histogram *histogram, nsec_t value)
{
    memset(histogram, 0, sizeof(*histogram));
    histogram_add(histogram, value);
    histogram_add(histogram, range_end - 1);
    return histogram_percentile(histogram, 0.5);
}

static void assert_close(struct histogram *histogram, nsec_t value)
{
    nsec_t read = read_back(histogram, value);
    if (read < value || (read - value) * 128 > value)
        fail_msg("%" PRId64 " reads back as %" PRId64, value, read);
}

static void the_error_is_at_most_one_in_128(void **state)
{
    struct histogram *histogram = *state;
    for (int bit = 0; bit < 42; bit++)
        for (nsec_t near = -2; near <= 2; near++)
            if ((INT64_C(1) << bit) + near >= 0)
                assert_close(histogram, (INT64_C(1) << bit) + near);
    struct rng rng;
    rng_init(&rng, 3);
    for (int i = 0; i < 2000; i++)
        assert_close(histogram, (nsec_t)(rng_next(&rng) >> (22 + rng_upto(&rng, 40))));
    assert_close(histogram, range_end - 1);
}

/* Every bucket's highest value reads back as itself and the next belongs to the next bucket: no
 * bucket is skipped and none is empty by design. */
static void buckets_follow_each_other(void **state)
{
    struct histogram *histogram = *state;
    nsec_t value = 0;
    unsigned buckets = 0;
    while (value < range_end) {
        nsec_t top = read_back(histogram, value);
        assert_true(top >= value);
        assert_int_equal(read_back(histogram, top), top);
        value = top + 1;
        buckets++;
    }
    assert_int_equal(value, range_end);
    assert_int_equal(buckets, HISTOGRAM_BUCKETS);
}

static int by_value(const void *a, const void *b)
{
    nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;
    return (x > y) - (x < y);
}

static void percentiles_match_a_sorted_array(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 10, 99, 100, 101, 1024, 5000};
    static const unsigned permille[] = {1, 10, 70, 250, 500, 750, 900, 950, 990, 999, 1000};
    static nsec_t values[5000];
    struct histogram *histogram = *state;
    struct rng rng;
    rng_init(&rng, 4);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i];
        memset(histogram, 0, sizeof(*histogram));
        for (size_t j = 0; j < n; j++) {
            /* Around 100 ms with a long tail, as responses are. */
            values[j] = 100 * NSEC_PER_MSEC + (nsec_t)(rng_next(&rng) >> (30 + rng_upto(&rng, 30)));
            histogram_add(histogram, values[j]);
        }
        qsort(values, n, sizeof(values[0]), by_value);
        assert_int_equal(histogram->max, values[n - 1]);
        for (size_t j = 0; j < ARRAY_LEN(permille); j++) {
            size_t rank = (n * permille[j] + 999) / 1000; /* nearest rank, from 1 */
            nsec_t exact = values[rank - 1];
            nsec_t read = histogram_percentile(histogram, permille[j] / 1000.0);
            if (read < exact || (read - exact) * 128 > exact)
                fail_msg("%zu values, p%.1f: %" PRId64 ", not %" PRId64, n, permille[j] / 10.0,
                         read, exact);
        }
        assert_int_equal(histogram_percentile(histogram, 1), values[n - 1]);
    }
}

static void nothing_reads_above_the_maximum(void **state)
{
    struct histogram *histogram = *state;
    histogram_add(histogram, 1000001);
    assert_int_equal(histogram_percentile(histogram, 0.5), 1000001);
    assert_int_equal(histogram_percentile(histogram, 1), 1000001);
    histogram_add(histogram, 5);
    assert_int_equal(histogram->max, 1000001);
    assert_int_equal(histogram_percentile(histogram, 0), 5);
}

static void values_outside_the_range_are_clamped(void **state)
{
    struct histogram *histogram = *state;
    histogram_add(histogram, -1);
    histogram_add(histogram, INT64_MIN);
    assert_int_equal(histogram->max, 0);
    assert_int_equal(histogram->counts[0], 2);
    assert_int_equal(histogram_percentile(histogram, 1), 0);

    histogram_add(histogram, range_end);
    histogram_add(histogram, INT64_MAX);
    assert_int_equal(histogram->total, 4);
    assert_true(histogram->max == INT64_MAX);
    assert_int_equal(histogram->counts[HISTOGRAM_BUCKETS - 1], 2);
    assert_int_equal(histogram_percentile(histogram, 0.5), 0);
    assert_true(histogram_percentile(histogram, 0.75) == INT64_MAX);
}

/* Around 100 ms with a long tail, some 0 and some beyond the range. */
static void fill(struct histogram *histogram, uint64_t seed, size_t n)
{
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < n; i++)
        histogram_add(histogram,
                      100 * NSEC_PER_MSEC + (nsec_t)(rng_next(&rng) >> (30 + rng_upto(&rng, 30))));
    histogram_add(histogram, 0);
    histogram_add(histogram, range_end + 5);
}

static void merging_is_adding_all(void **state)
{
    struct histogram *all = *state;
    static struct histogram one, other, both;
    fill(&one, 5, 1000);
    fill(&other, 6, 300);
    fill(all, 5, 1000);
    fill(all, 6, 300);
    struct error error;
    both = one;
    assert_int_equal(histogram_merge(&both, &other, &error), 0);
    assert_memory_equal(&both, all, sizeof(both));
    both = other;
    assert_int_equal(histogram_merge(&both, &one, &error), 0);
    assert_memory_equal(&both, all, sizeof(both));
}

static void merging_an_empty_one_changes_nothing(void **state)
{
    struct histogram *empty = *state;
    static struct histogram one, before;
    struct error error;
    fill(&one, 5, 1000);
    before = one;
    assert_int_equal(histogram_merge(&one, empty, &error), 0);
    assert_memory_equal(&one, &before, sizeof(one));
    assert_int_equal(histogram_merge(empty, &one, &error), 0);
    assert_memory_equal(empty, &one, sizeof(one));
}

static void merging_refuses_what_does_not_fit(void **state)
{
    struct histogram *histogram = *state;
    static struct histogram other, before;
    struct error error;
    histogram_add(histogram, 3);
    histogram_add(histogram, 77);
    histogram->counts[77] = UINT32_MAX;
    before = *histogram;
    histogram_add(&other, 3);
    histogram_add(&other, 77);
    assert_int_equal(histogram_merge(histogram, &other, &error), -1);
    assert_non_null(strstr(error.text, "4294967295"));
    assert_memory_equal(histogram, &before, sizeof(before));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_empty, give_back)
    const struct CMUnitTest tests[] = {
        TEST(empty_reads_zero),
        TEST(small_values_are_exact),
        TEST(ranks_survive_binary_fractions),
        TEST(the_error_is_at_most_one_in_128),
        TEST(buckets_follow_each_other),
        TEST(percentiles_match_a_sorted_array),
        TEST(nothing_reads_above_the_maximum),
        TEST(values_outside_the_range_are_clamped),
        TEST(merging_is_adding_all),
        TEST(merging_an_empty_one_changes_nothing),
        TEST(merging_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
