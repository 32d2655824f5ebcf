/* The table of a case's fields: each has a column, an option and words of its own, and whatever
 * differs in one of them is another case with another label. */
#include "bench/plan/case_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workloads.h"

/* To which every field applies. */
static struct bench_case make_case(void)
{
    struct bench_case c = case_usual();
    c.driver = driver_find("sequential");
    c.arrivals = ARRIVALS_POISSON;
    c.rate = 100;
    return c;
}

/* The same with another value of a field, as an export would say it. */
static struct bench_case with_another(const struct bench_case *c, const struct case_field *field)
{
    static const char *const values[] = {
        [CASE_NUMBER] = "57",    [CASE_FLAG] = "1",      [CASE_TIME] = "0.0125",
        [CASE_TEXT] = "another", [CASE_DRIVER] = "poll", [CASE_WORKLOAD] = "http",
    };
    struct bench_case other = *c;
    struct error error;
    const char *value =
        field->type == CASE_WORD ? field->option.words[1].name : values[field->type];
    if (case_parse(&other, field, value, &error) < 0)
        fail_msg("%s", error.text);
    return other;
}

static void assert_differ(const char *a, const char *b)
{
    if (a && b && !strcmp(a, b))
        fail_msg("two fields have '%s'", a);
}

static void each_has_names_of_its_own(void **state)
{
    (void)state;
    for (const struct case_field *field = case_fields; field->name; field++) {
        assert_in_range(field - case_fields, 0, CASE_FIELDS_MAX - 1);
        assert_non_null(field->label);
        assert_true((field->type == CASE_FLAG) == (field->label_off != NULL));
        assert_true((field->type == CASE_WORD) == (field->option.words != NULL));
        if (field->exported)
            assert_ptr_equal(case_field_exported(field->exported), field);
        for (const struct case_field *other = case_fields; other < field; other++) {
            assert_differ(field->name, other->name);
            assert_differ(field->exported, other->exported);
            assert_differ(field->exported, other->old);
            assert_differ(field->old, other->exported);
            assert_differ(field->option.name, other->option.name);
            assert_int_not_equal(field->member.offset, other->member.offset);
        }
    }
}

static void a_field_s_bit_is_its_own(void **state)
{
    (void)state;
    unsigned all = case_fields_of(CASE_SAME), seen = 0;
    for (const struct case_field *field = case_fields; field->name; field++) {
        unsigned bit = case_field_bit(field->member.offset);
        assert_false(seen & bit);
        seen |= bit;
    }
    assert_int_equal(seen, all);
    assert_true(CASE_BIT(delay) & case_fields_of(CASE_SAME_REQUESTS));
    assert_false(CASE_BIT(backlog) & case_fields_of(CASE_SAME_REQUESTS));
    assert_true(CASE_BIT(backlog) & case_fields_of(CASE_SAME_TABLE));
    assert_false(CASE_BIT(driver) & case_fields_of(CASE_SAME_PLACE));
}

static void what_differs_in_a_field_is_another_case(void **state)
{
    (void)state;
    const struct bench_case c = make_case();
    char label[CASE_LABEL_BYTES], other_label[CASE_LABEL_BYTES];
    assert_true(case_alike(&c, &c, CASE_SAME));
    for (const struct case_field *field = case_fields; field->name; field++) {
        unsigned bit = case_field_bit(field->member.offset), all = case_fields_of(CASE_SAME);
        struct bench_case other = with_another(&c, field);
        assert_false(case_alike(&c, &other, CASE_SAME));
        assert_int_equal(case_alike(&c, &other, CASE_SAME_TABLE),
                         field->likeness > CASE_SAME_TABLE);
        assert_true(case_order(&c, &other, all) * case_order(&other, &c, all) < 0);
        assert_int_equal(case_order(&c, &other, all & ~bit), 0);
        assert_int_equal(case_differences(&c, &other), bit);
        assert_true(case_unusual(&other) & bit);
        case_label(&c, case_unusual(&c), label);
        assert_string_not_equal(label, case_label(&other, case_unusual(&other), other_label));
    }
}

/* Through the values that the store keeps, and through the texts of exports. */
static void values_come_out_as_they_went_in(void **state)
{
    (void)state;
    for (const struct case_field *field = case_fields; field->name; field++) {
        struct bench_case c = make_case(), other = with_another(&c, field);
        struct error error;
        assert_int_equal(case_set(&c, field, case_get(&other, field), &error), 0);
        assert_true(case_alike(&c, &other, CASE_SAME));
    }
}

/* What is read may be damaged: a number that the option would not take is none. */
static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    for (const struct case_field *field = case_fields; field->name; field++) {
        struct bench_case c = make_case();
        struct error error;
        bool number =
            field->type == CASE_NUMBER || field->type == CASE_FLAG || field->type == CASE_TIME;
        const struct case_value values[] = {{.number = -1}, {.number = INT64_MAX}, {.word = "1"}};
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
            if (!number && values[i].word)
                continue;
            assert_int_equal(case_set(&c, field, values[i], &error), -1);
            assert_non_null(strstr(error.text, field->name));
        }
    }
    struct bench_case c = make_case();
    struct error error;
    assert_int_equal(case_parse(&c, case_field_exported("concurrency"), "0", &error), -1);
    assert_string_equal(error.text, "concurrency is 0, which is not within 1 and 1000000");
}

/* No product of times overflows. */
static void the_longest_case(void **state)
{
    (void)state;
    struct bench_case c = make_case();
    c.concurrency = 1;
    c.requests = CASE_REQUESTS_MAX;
    c.delay = 2 * PROTOCOL_DELAY_MAX;
    assert_true(case_expected(&c) == INT64_MAX);
    c.time_box = UNITS_TIME_MAX;
    assert_true(case_expected(&c) == UNITS_TIME_MAX + c.delay);
    c.delay = INT64_MAX;
    assert_true(case_expected(&c) == INT64_MAX);
}

static void labels(void **state)
{
    (void)state;
    char label[CASE_LABEL_BYTES];
    struct bench_case c = case_usual();
    c.driver = driver_find("libev");
    assert_string_equal(case_label(&c, case_unusual(&c), label), "libev closed 1024");
    assert_string_equal(case_label(&c, case_fields_of(CASE_SAME), label),
                        "libev closed 1024, randint, 1024 requests, new connections, "
                        "server delay 100 ms, backlog 4096");
    c.concurrency = 8;
    c.keep_alive = true;
    c.pipeline = 4;
    c.variant = "loop";
    assert_string_equal(case_label(&c, case_unusual(&c), label),
                        "libev closed 8, kept alive, pipeline 4, variant loop");
    assert_string_equal(case_label(&c, CASE_BIT(workload) | CASE_BIT(delay), label),
                        "randint, server delay 100 ms");
    /* All at once: as many requests as that is. */
    c = case_usual();
    c.driver = driver_find("libev");
    c.arrivals = ARRIVALS_BURST;
    c.requests = c.concurrency = 32;
    assert_string_equal(case_label(&c, case_unusual(&c), label), "libev burst 32");
    c.arrivals = ARRIVALS_CLOSED;
    assert_string_equal(case_label(&c, case_unusual(&c), label), "libev closed 32, 32 requests");
}

/* Nobody's delay is none to speak of, nor is a time box that only serial drivers get. */
static void fields_that_do_not_apply_are_no_difference(void **state)
{
    (void)state;
    struct bench_case libev = case_usual(), null = case_usual(), sequential = case_usual();
    libev.driver = driver_find("libev");
    null.driver = driver_find("null");
    null.delay = 0;
    sequential.driver = driver_find("sequential");
    sequential.time_box = NSEC_PER_SEC;
    assert_int_equal(case_differences(&libev, &null), CASE_BIT(driver));
    assert_int_equal(case_differences(&libev, &sequential), CASE_BIT(driver));
    char label[CASE_LABEL_BYTES];
    assert_string_equal(case_label(&null, case_unusual(&null), label), "null closed 1024");
    assert_string_equal(case_label(&sequential, case_unusual(&sequential), label),
                        "sequential closed 1024, time box 1 s");
}

static void names_of_earlier_versions(void **state)
{
    (void)state;
    struct bench_case c = make_case();
    struct error error;
    assert_string_equal(case_field_exported("think_s")->name, "delay_ns");
    assert_string_equal(case_field_exported("role")->name, "variant");
    const struct case_field *arrivals = case_field_exported("shape");
    assert_string_equal(arrivals->name, "arrivals");
    assert_int_equal(case_parse(&c, arrivals, "gather", &error), 0);
    assert_int_equal(c.arrivals, ARRIVALS_BURST);
    assert_int_equal(case_parse(&c, arrivals, "nosuch", &error), -1);
    assert_non_null(strstr(error.text, "arrivals: 'nosuch' is none of: closed, burst"));
    assert_null(case_field_exported("control")->name);
    assert_null(case_field_exported("nosuch")->name);
}

/* They are kept by name, and equal names are equal. */
static void drivers_and_workloads_of_other_builds(void **state)
{
    (void)state;
    struct bench_case c = case_usual(), other = case_usual();
    struct error error;
    for (int i = 0; i < 2; i++) {
        struct bench_case *one = i ? &other : &c;
        assert_int_equal(case_parse(one, case_field_exported("driver"), "retired", &error), 0);
        assert_int_equal(case_parse(one, case_field_exported("workload"), "retired", &error), 0);
    }
    assert_ptr_equal(c.driver, other.driver);
    assert_ptr_equal(c.workload, other.workload);
    assert_true(case_alike(&c, &other, CASE_SAME));
    assert_false(case_is_alone(&c));
    c.concurrency = 1;
    assert_true(case_is_alone(&c)); /* as far as anybody can tell */
    assert_int_equal(case_ideal(&c, 10), 10 * c.delay);
    char label[CASE_LABEL_BYTES];
    assert_string_equal(case_label(&c, case_unusual(&c), label), "retired closed 1, retired");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_names_of_its_own),
        cmocka_unit_test(a_field_s_bit_is_its_own),
        cmocka_unit_test(what_differs_in_a_field_is_another_case),
        cmocka_unit_test(values_come_out_as_they_went_in),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(the_longest_case),
        cmocka_unit_test(labels),
        cmocka_unit_test(fields_that_do_not_apply_are_no_difference),
        cmocka_unit_test(names_of_earlier_versions),
        cmocka_unit_test(drivers_and_workloads_of_other_builds),
    };
    return cmocka_run_group_tests_name("case_fields", tests, NULL, NULL);
}
