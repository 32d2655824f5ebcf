/* Numbers with units: everything that may be typed, everything that must be turned away, and
 * every threshold at which the written form changes. */
#include "lib/units.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define USEC NSEC_PER_USEC
#define MSEC NSEC_PER_MSEC
#define SEC  NSEC_PER_SEC
#define HOUR (3600 * NSEC_PER_SEC)

static void times_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        nsec_t time;
    } good[] = {
        {"0", 0},
        {"0.0", 0},
        {"000", 0},
        {"0s", 0},
        {"1ns", 1},
        {"1us", USEC},
        {"1ms", MSEC},
        {"1s", SEC},
        {"1m", 60 * SEC},
        {"1h", HOUR},
        {"007ms", 7 * MSEC},
        {"1.5s", 1500 * MSEC},
        {".5s", 500 * MSEC},
        {"2.s", 2 * SEC},
        {"0.1ms", 100 * USEC},
        {"0.001us", 1},
        {"0.0004us", 0},
        {"2.5ns", 3}, /* half a nanosecond goes up */
        {"1.000000001s", SEC + 1},
        {"0.25h", 900 * SEC},
        {"1000h", 1000 * HOUR},
        {"3599999999999999ns", 1000 * HOUR - 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct error error;
        nsec_t time = -1;
        if (units_parse_time(good[i].text, &time, &error) < 0)
            fail_msg("'%s' was turned away: %s", good[i].text, error.text);
        if (time != good[i].time)
            fail_msg("'%s' became %" PRId64 " ns", good[i].text, time);
    }
}

static void bad_times_are_turned_away(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      " ",    "5",     "1.5",   "-1s",   "+1s",  "-0",       "1e3s",  "0x1s",
        "0x1p3", "inf",  "infs",  "nan",   "nans",  "s",    "ms",       ".",     ".s",
        "..5s",  "1..s", "1.5.2", "10 s",  "10s ",  " 10s", "10\ts",    "10s\n", "1.5.2s",
        "1,5s",  "10S",  "10Ms",  "10sec", "10mss", "1s1s", "1h30m",    "1d",    "5k",
        "ten",   "1_0s", "0x0",   "0 ",    "0e0",   "1e",   "\xc2\xb5s"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error error = {0};
        nsec_t time = 4711;
        if (units_parse_time(bad[i], &time, &error) != -1)
            fail_msg("'%s' was taken for %" PRId64 " ns", bad[i], time);
        assert_int_equal(time, 4711);
        assert_non_null(strstr(error.text, bad[i]));
        assert_non_null(strstr(error.text, "is not a time"));
    }
}

static void times_that_are_too_long_say_so(void **state)
{
    (void)state;
    static const char *const bad[] = {"1001h", "1000.1h", "3600000000000001ns",
                                      "99999999999999999999999999999s"};
    char enormous[402];
    memset(enormous, '9', 400);
    strcpy(enormous + 400, "s");
    for (size_t i = 0; i < ARRAY_LEN(bad) + 1; i++) {
        const char *text = i < ARRAY_LEN(bad) ? bad[i] : enormous;
        struct error error = {0};
        nsec_t time;
        assert_int_equal(units_parse_time(text, &time, &error), -1);
        assert_non_null(strstr(error.text, "1000h at most")); /* however long the text is */
    }
}

static void counts_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t count;
    } good[] = {
        {"0", 0},
        {"1", 1},
        {"0042", 42},
        {"4k", 4000},
        {"4K", 4000},
        {"2M", 2000000},
        {"3G", 3000000000},
        {"4Ki", 4096},
        {"5m", 5000000},
        {"1Mi", 1048576},
        {"2Gi", INT64_C(2147483648)},
        {"-5", -5},
        {"-1k", -1000},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"9223372036854775k", INT64_C(9223372036854775000)},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct error error;
        int64_t count = 4711;
        if (units_parse_count(good[i].text, INT64_MIN, INT64_MAX, &count, &error) < 0)
            fail_msg("'%s' was turned away: %s", good[i].text, error.text);
        if (count != good[i].count)
            fail_msg("'%s' became %" PRId64, good[i].text, count);
    }
}

static void bad_counts_are_turned_away(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      " ",   "-",  "--5", "+5",  " 5",   "5 ",  "5\n",
                                      "k",     "Ki",  "5x", "5kk", "5ki", "5k1",  "1.5", "1.5k",
                                      "1,000", "0x5", "5h", "inf", "1e3", "five", "- 5", "5 k"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error error = {0};
        int64_t count = 4711;
        if (units_parse_count(bad[i], INT64_MIN, INT64_MAX, &count, &error) != -1)
            fail_msg("'%s' was taken for %" PRId64, bad[i], count);
        assert_int_equal(count, 4711);
        assert_non_null(strstr(error.text, "is not a whole number"));
    }
}

static void counts_keep_to_their_range(void **state)
{
    (void)state;
    struct error error;
    int64_t count = 4711;
    assert_int_equal(units_parse_count("1", 1, 1024, &count, &error), 0);
    assert_int_equal(count, 1);
    assert_int_equal(units_parse_count("1Ki", 1, 1024, &count, &error), 0);
    assert_int_equal(count, 1024);

    static const char *const outside[] = {"0",
                                          "1025",
                                          "-1",
                                          "2k",
                                          "9223372036854775808",
                                          "-9223372036854775809",
                                          "9223372036854776k",
                                          "99999999999999999999999999G"};
    for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
        if (units_parse_count(outside[i], 1, 1024, &count, &error) != -1)
            fail_msg("'%s' was taken for %" PRId64, outside[i], count);
        assert_int_equal(count, 1024);
        assert_non_null(strstr(error.text, outside[i]));
        assert_non_null(strstr(error.text, "is out of range: from 1 to 1024"));
    }
    /* Too large for the type is out of range even where the range is the whole type. */
    assert_int_equal(units_parse_count("9223372036854775808", INT64_MIN, INT64_MAX, &count, &error),
                     -1);
    assert_int_equal(units_parse_count("9223372036854776k", INT64_MIN, INT64_MAX, &count, &error),
                     -1);
}

static void the_error_may_be_null(void **state)
{
    (void)state;
    nsec_t time;
    int64_t count;
    assert_int_equal(units_parse_time("soon", &time, NULL), -1);
    assert_int_equal(units_parse_time("2000h", &time, NULL), -1);
    assert_int_equal(units_parse_count("many", 0, 1, &count, NULL), -1);
    assert_int_equal(units_parse_count("2", 0, 1, &count, NULL), -1);
}

struct written {
    int64_t number;
    const char *text;
};

static void assert_written(const struct written *rows, size_t n,
                           char *(*format)(int64_t number, char *buffer))
{
    for (size_t i = 0; i < n; i++) {
        char buffer[UNITS_TEXT_BYTES];
        assert_ptr_equal(format(rows[i].number, buffer), buffer);
        if (strcmp(buffer, rows[i].text) != 0)
            fail_msg("%" PRId64 " was written '%s', not '%s'", rows[i].number, buffer,
                     rows[i].text);
    }
}

static void times_have_three_digits(void **state)
{
    (void)state;
    static const struct written rows[] = {
        {0, "0 ns"},
        {1, "1 ns"},
        {999, "999 ns"},
        {1000, "1.00 us"},
        {1004, "1.00 us"},
        {1006, "1.01 us"},
        {9994, "9.99 us"},
        {9996, "10.0 us"},
        {31500, "31.5 us"},
        {99940, "99.9 us"},
        {99960, "100 us"},
        {999400, "999 us"},
        {999600, "1.00 ms"},
        {MSEC, "1.00 ms"},
        {102 * MSEC, "102 ms"},
        {999400 * USEC, "999 ms"},
        {999600 * USEC, "1.00 s"},
        {1350 * MSEC, "1.35 s"},
        {102400 * MSEC, "102 s"},
        {HOUR, "3600 s"},
        {-1500 * USEC, "-1.50 ms"},
        {-999600 * USEC, "-1.00 s"},
        {INT64_MAX, "9223372037 s"},
        {INT64_MIN, "-9223372037 s"},
    };
    assert_written(rows, ARRAY_LEN(rows), units_format_time);
}

static void exact_times_are_short(void **state)
{
    (void)state;
    static const struct written rows[] = {
        {0, "0"},
        {1, "1ns"},
        {1000, "1us"},
        {1500, "1500ns"},
        {MSEC, "1ms"},
        {1500 * USEC, "1500us"},
        {100 * MSEC, "100ms"},
        {SEC, "1s"},
        {1500 * MSEC, "1500ms"},
        {60 * SEC, "60s"},
        {HOUR, "3600s"},
        {INT64_MAX, "9223372036854775807ns"},
    };
    assert_written(rows, ARRAY_LEN(rows), units_format_time_exact);
}

static void exact_times_parse_again(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 11);
    for (int i = 0; i < 20000; i++) {
        /* All lengths of numbers, whole in all units. */
        static const nsec_t scales[] = {1, USEC, MSEC, SEC};
        nsec_t scale = scales[rng_upto(&rng, 3)];
        nsec_t time = (nsec_t)((rng_next(&rng) >> rng_upto(&rng, 63)) % (uint64_t)(1000 * HOUR));
        time -= time % scale;
        char buffer[UNITS_TEXT_BYTES];
        nsec_t again = -1;
        struct error error;
        if (units_parse_time(units_format_time_exact(time, buffer), &again, &error) < 0)
            fail_msg("%" PRId64 ": %s", time, error.text);
        if (again != time)
            fail_msg("%" PRId64 " came back from '%s' as %" PRId64, time, buffer, again);
    }
}

static void the_talk_has_its_own_form(void **state)
{
    (void)state;
    static const struct written rows[] = {
        {0, "0 usec"},
        {500, "0.5 usec"},
        {1500, "1.5 usec"},
        {31512, "31.5 usec"},
        {452300, "452 usec"},
        {999400, "999 usec"},
        {999600, "1000 usec"}, /* and not 1e+03 */
        {MSEC - 1, "1000 usec"},
        {MSEC, "1 msec"},
        {1350 * USEC, "1.35 msec"},
        {45200 * USEC, "45.2 msec"},
        {99900 * USEC, "99.9 msec"},
        {100 * MSEC - 1, "100 msec"},
        {100 * MSEC, "0.100 sec"},
        {452 * MSEC, "0.452 sec"},
        {2300 * MSEC, "2.300 sec"},
        {102400 * MSEC, "102.400 sec"},
        {INT64_MAX, "9223372036.855 sec"},
    };
    assert_written(rows, ARRAY_LEN(rows), units_format_talk);
}

static void bytes_have_binary_units(void **state)
{
    (void)state;
    static const struct written rows[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {4200, "4.1 KiB"},
        {1024 * 1024 - 1, "1.0 MiB"}, /* and not 1024.0 KiB */
        {1024 * 1000, "1000.0 KiB"},
        {12 * 1024 * 1024, "12.0 MiB"},
        {INT64_C(3) << 30, "3.0 GiB"},
        {INT64_C(5) << 40, "5.0 TiB"},
        {INT64_MAX, "8388608.0 TiB"},
        {-2048, "-2.0 KiB"},
    };
    assert_written(rows, ARRAY_LEN(rows), units_format_bytes);
}

static void counts_have_a_plural(void **state)
{
    (void)state;
    char text[UNITS_TEXT_BYTES];
    assert_string_equal(units_format_count(0, "run", text), "no runs");
    assert_string_equal(units_format_count(1, "run", text), "1 run");
    assert_string_equal(units_format_count(36, "case", text), "36 cases");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_parse),
        cmocka_unit_test(bad_times_are_turned_away),
        cmocka_unit_test(times_that_are_too_long_say_so),
        cmocka_unit_test(counts_parse),
        cmocka_unit_test(bad_counts_are_turned_away),
        cmocka_unit_test(counts_keep_to_their_range),
        cmocka_unit_test(the_error_may_be_null),
        cmocka_unit_test(times_have_three_digits),
        cmocka_unit_test(exact_times_are_short),
        cmocka_unit_test(exact_times_parse_again),
        cmocka_unit_test(the_talk_has_its_own_form),
        cmocka_unit_test(bytes_have_binary_units),
        cmocka_unit_test(counts_have_a_plural),
    };
    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
