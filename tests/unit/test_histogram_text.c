/* Histograms as text: kept and sent and read again, and in HdrHistogram's form. */
#include "lib/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

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

/* Around 100 ms with a long tail, and one beyond the range. */
static void fill(struct histogram *histogram, uint64_t seed, size_t n)
{
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < n; i++)
        histogram_add(histogram,
                      100 * NSEC_PER_MSEC + (nsec_t)(rng_next(&rng) >> (30 + rng_upto(&rng, 30))));
    histogram_add(histogram, INT64_C(1) << 43);
}

static void text_comes_back_the_same(void **state)
{
    struct histogram *histogram = *state;
    static struct histogram back;
    struct error error;
    for (size_t n = 0; n <= 10000; n = n ? n * 10 : 1) {
        memset(histogram, 0, sizeof(*histogram));
        if (n)
            fill(histogram, n, n);
        char *text = histogram_to_text(histogram);
        assert_null(strchr(text, '\n'));
        memset(&back, 0xff, sizeof(back));
        assert_int_equal(histogram_from_text(text, &back, &error), 0);
        assert_memory_equal(&back, histogram, sizeof(back));
        free(text);
    }
}

static void the_fullest_text_comes_back_too(void **state)
{
    struct histogram *histogram = *state;
    static struct histogram back;
    struct error error;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        histogram->counts[i] = UINT32_MAX;
        histogram->total += UINT32_MAX;
    }
    histogram->max = INT64_MAX;
    char *text = histogram_to_text(histogram);
    assert_int_equal(histogram_from_text(text, &back, &error), 0);
    assert_memory_equal(&back, histogram, sizeof(back));
    free(text);
}

static void text_is_what_the_header_says(void **state)
{
    struct histogram *histogram = *state;
    char *text = histogram_to_text(histogram);
    assert_string_equal(text, "loglinear 7 0 0");
    free(text);
    histogram_add(histogram, 2);
    histogram_add(histogram, 2);
    histogram_add(histogram, 130); /* the third step of the second octave */
    text = histogram_to_text(histogram);
    assert_string_equal(text, "loglinear 7 3 130 2:2 128:1");
    free(text);
}

static void every_cut_is_found(void **state)
{
    struct histogram *histogram = *state;
    static struct histogram back;
    static const struct histogram empty;
    struct error error;
    fill(histogram, 9, 200);
    char *text = histogram_to_text(histogram);
    for (size_t length = strlen(text); length-- > 0;) {
        text[length] = '\0';
        assert_int_equal(histogram_from_text(text, &back, &error), -1);
        assert_memory_equal(&back, &empty, sizeof(back));
    }
    free(text);
}

static void other_text_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "loglinear",
        "loglinear 8 0 0", /* another resolution */
        "loglinear 8 1 5 5:1",
        "loglinear 7 1 5 5:1 ",                   /* something behind it */
        "loglinear 7 1 5  5:1",                   /* something in between */
        "loglinear 7 2 5 5:1 0:1",                /* a bucket twice */
        "loglinear 7 2 5 5:1",                    /* one is missing */
        "loglinear 7 1 9 5:1",                    /* the maximum lies elsewhere */
        "loglinear 7 1 5 5:-1",                   /* a sign */
        "loglinear 7 1 5 5:0x1",                  /* not decimal */
        "loglinear 7 0 5",                        /* a maximum of nothing */
        "loglinear 7 1 5 4608:1",                 /* beyond the last bucket */
        "loglinear 7 1 5 4000:1 4000:1",          /* beyond it together */
        "loglinear 7 4294967296 5 5:4294967296",  /* too many in one */
        "loglinear 7 99999999999999999999 5 5:1", /* too many at all */
        "loglinear 7 0 0 0:0",                    /* an empty bucket */
    };
    static const struct histogram empty;
    struct error error;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (histogram_from_text(texts[i], *state, &error) == 0)
            fail_msg("taken: '%s'", texts[i]);
        assert_memory_equal(*state, &empty, sizeof(empty));
    }
    assert_int_equal(histogram_from_text("loglinear 8 0 0", *state, &error), -1);
    assert_non_null(strstr(error.text, "8 sub-bucket bits"));
}

/* ---- .hgrm ---- */

static char *hgrm_of(const struct histogram *histogram, double unit_ns)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(histogram_write_hgrm(histogram, unit_ns, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* 1 to 100, all exact; the levels are those of HdrHistogram's percentile iterator with five steps
 * to each half: 0.1 apart up to 0.5, then 0.05 up to 0.75, 0.025 up to 0.875 and so on. */
static void hgrm_has_the_rows_of_hdrhistogram(void **state)
{
    static const char expected[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
                                   "    1.000000 0.000000000000          1           1.00\n"
                                   "   10.000000 0.100000000000         10           1.11\n"
                                   "   20.000000 0.200000000000         20           1.25\n"
                                   "   30.000000 0.300000000000         30           1.43\n"
                                   "   40.000000 0.400000000000         40           1.67\n"
                                   "   50.000000 0.500000000000         50           2.00\n"
                                   "   55.000000 0.550000000000         55           2.22\n"
                                   "   60.000000 0.600000000000         60           2.50\n"
                                   "   65.000000 0.650000000000         65           2.86\n"
                                   "   70.000000 0.700000000000         70           3.33\n"
                                   "   75.000000 0.750000000000         75           4.00\n"
                                   "   78.000000 0.775000000000         78           4.44\n"
                                   "   80.000000 0.800000000000         80           5.00\n"
                                   "   83.000000 0.825000000000         83           5.71\n"
                                   "   85.000000 0.850000000000         85           6.67\n"
                                   "   88.000000 0.875000000000         88           8.00\n"
                                   "   89.000000 0.887500000000         89           8.89\n"
                                   "   90.000000 0.900000000000         90          10.00\n"
                                   "   92.000000 0.912500000000         92          11.43\n"
                                   "   93.000000 0.925000000000         93          13.33\n"
                                   "   94.000000 0.937500000000         94          16.00\n"
                                   "   95.000000 0.943750000000         95          17.78\n"
                                   "   95.000000 0.950000000000         95          20.00\n"
                                   "   96.000000 0.956250000000         96          22.86\n"
                                   "   97.000000 0.962500000000         97          26.67\n"
                                   "   97.000000 0.968750000000         97          32.00\n"
                                   "   98.000000 0.971875000000         98          35.56\n"
                                   "   98.000000 0.975000000000         98          40.00\n"
                                   "   98.000000 0.978125000000         98          45.71\n"
                                   "   99.000000 0.981250000000         99          53.33\n"
                                   "   99.000000 0.984375000000         99          64.00\n"
                                   "   99.000000 0.985937500000         99          71.11\n"
                                   "   99.000000 0.987500000000         99          80.00\n"
                                   "   99.000000 0.989062500000         99          91.43\n"
                                   "  100.000000 0.990625000000        100         106.67\n"
                                   "  100.000000 1.000000000000        100\n"
                                   "#[Mean    =       50.500, StdDeviation   =       28.866]\n"
                                   "#[Max     =      100.000, Total count    =          100]\n"
                                   "#[Buckets =           36, SubBuckets     =          128]\n";
    struct histogram *histogram = *state;
    for (nsec_t value = 1; value <= 100; value++)
        histogram_add(histogram, value);
    char *text = hgrm_of(histogram, 1);
    assert_string_equal(text, expected);
    free(text);
}

static void hgrm_is_scaled(void **state)
{
    struct histogram *histogram = *state;
    for (int i = 0; i < 3; i++)
        histogram_add(histogram, 100 * NSEC_PER_MSEC);
    char *text = hgrm_of(histogram, 1e6);
    assert_non_null(strstr(text, "  100.000000 0.000000000000          3           1.00\n"
                                 "  100.000000 1.000000000000          3\n"));
    assert_non_null(strstr(text, "#[Max     =      100.000, Total count    =            3]\n"));
    double mean, deviation;
    assert_int_equal(
        sscanf(strstr(text, "#[Mean"), "#[Mean = %lf, StdDeviation = %lf]", &mean, &deviation), 2);
    assert_true(mean > 100 - 100 / 128.0 && mean < 100 + 100 / 128.0);
    assert_true(deviation == 0);
    free(text);
}

static void hgrm_of_nothing_has_no_rows(void **state)
{
    char *text = hgrm_of(*state, 1e6);
    assert_string_equal(text, "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
                              "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
                              "#[Max     =        0.000, Total count    =            0]\n"
                              "#[Buckets =           36, SubBuckets     =          128]\n");
    free(text);
}

static void hgrm_tells_a_full_disk(void **state)
{
    struct histogram *histogram = *state;
    fill(histogram, 9, 200);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    assert_int_equal(histogram_write_hgrm(histogram, 1e6, full), -1);
    fclose(full);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_empty, give_back)
    const struct CMUnitTest tests[] = {
        TEST(text_comes_back_the_same),
        TEST(the_fullest_text_comes_back_too),
        TEST(text_is_what_the_header_says),
        TEST(every_cut_is_found),
        TEST(other_text_is_refused),
        TEST(hgrm_has_the_rows_of_hdrhistogram),
        TEST(hgrm_is_scaled),
        TEST(hgrm_of_nothing_has_no_rows),
        TEST(hgrm_tells_a_full_disk),
    };
    return cmocka_run_group_tests_name("histogram_text", tests, NULL, NULL);
}
