/* What is computed of ranks without any: offsets of clocks, shares of a run and their way back,
 * sums of histograms, caveats, and what mpirun's words mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/stats.h"
#include "bench/plan/case_fields.h"
#include "bench/run/measure_share.h"
#include "bench/run/rank_checks.h"
#include "bench/run/ranks_command.h"
#include "lib/rng.h"

/* ---- clocks ---- */

static void the_fastest_round_trip_counts(void **state)
{
    (void)state;
    const nsec_t ahead = 5 * NSEC_PER_MSEC;
    struct clock_offset offset = CLOCK_OFFSET_NONE;
    clock_offset_take(&offset, 1000, 1900 + ahead, 2000); /* the way there took 900 of 1000 */
    assert_int_equal(offset.uncertainty, 500);
    assert_in_range(ahead, offset.offset - offset.uncertainty, offset.offset + offset.uncertainty);
    clock_offset_take(&offset, 3000, 3050 + ahead, 3100);
    assert_int_equal(offset.uncertainty, 50);
    assert_int_equal(offset.offset, ahead);
    clock_offset_take(&offset, 4000, 9000 + ahead, 10000);
    assert_int_equal(offset.offset, ahead);
}

static void one_that_is_behind(void **state)
{
    (void)state;
    struct clock_offset offset = CLOCK_OFFSET_NONE;
    clock_offset_take(&offset, NSEC_PER_SEC, 50, NSEC_PER_SEC + 100);
    assert_int_equal(offset.offset, -NSEC_PER_SEC);
    assert_int_equal(offset.uncertainty, 50);
}

static void drift_is_part_of_the_uncertainty(void **state)
{
    (void)state;
    const struct clock_offset before = {1000, 30}, after = {700, 20};
    struct clock_offset run = clock_offset_over(&before, &after);
    assert_int_equal(run.offset, 1000);
    assert_int_equal(run.uncertainty, 320); /* as low as 680 */
    run = clock_offset_over(&before, &before);
    assert_int_equal(run.uncertainty, 30);
}

/* ---- shares ---- */

static struct measure_page *whole_page(size_t requests, unsigned concurrency,
                                       enum arrivals arrivals, bool without_samples)
{
    struct error error;
    int fd;
    struct bench_case c = case_usual();
    const struct net_addresses nowhere = {0};
    c.driver = driver_find("epoll");
    c.requests = requests;
    c.concurrency = concurrency;
    c.arrivals = arrivals;
    c.rate = 1000;
    struct measure_page *page = measure_page_make(
        &c, &nowhere, 7, &(struct measure_extent){.without_samples = without_samples}, &fd, &error);
    assert_non_null(page);
    close(fd);
    return page;
}

static struct measure_page *share(const struct measure_page *whole, unsigned part, unsigned parts,
                                  nsec_t offset)
{
    struct error error;
    int fd;
    struct measure_page *page = measure_share_make(whole, part, parts, offset, &fd, &error);
    assert_non_null(page);
    close(fd);
    return page;
}

static void shares_have_a_request_and_a_slot(void **state)
{
    (void)state;
    struct measure_page *page = whole_page(10, 4, ARRIVALS_CLOSED, false);
    assert_int_equal(measure_shares(page, 3), 3);
    assert_int_equal(measure_shares(page, 128), 4);
    measure_page_release(page);
    page = whole_page(2, 4, ARRIVALS_CLOSED, false);
    assert_int_equal(measure_shares(page, 128), 2);
    measure_page_release(page);
}

static void shares_add_up_to_the_whole(void **state)
{
    (void)state;
    struct measure_page *whole = whole_page(11, 8, ARRIVALS_CLOSED, false);
    size_t requests = 0;
    unsigned slots = 0;
    whole->load.give_up = 100;
    for (unsigned p = 0; p < 3; p++) {
        struct measure_page *page = share(whole, p, 3, 5);
        assert_int_equal(page->load.first_slot, slots);
        assert_int_equal(share_place(&page->load.share, 0), p);
        assert_int_equal(page->load.give_up, 105);
        for (size_t i = 0; i < page->requests; i++)
            assert_int_equal(load_bound(&page->load, i), load_bound(&whole->load, p + 3 * i));
        requests += page->requests;
        slots += page->load.concurrency;
        measure_page_release(page);
    }
    assert_int_equal(requests, 11);
    assert_int_equal(slots, 8);
    measure_page_release(whole);
}

static void intended_starts_are_those_of_the_whole(void **state)
{
    (void)state;
    struct measure_page *whole = whole_page(20, 8, ARRIVALS_POISSON, false);
    measure_make_schedule(whole);
    for (unsigned p = 0; p < 3; p++) {
        struct measure_page *page = share(whole, p, 3, 0);
        measure_make_schedule(page);
        for (size_t i = 0; i < page->requests; i++)
            assert_int_equal(measure_schedule(page)[i], measure_schedule(whole)[p + 3 * i]);
        measure_page_release(page);
    }
    measure_page_release(whole);
}

static void samples_come_back_onto_the_clock_of_the_whole(void **state)
{
    (void)state;
    const nsec_t ahead = 500 * NSEC_PER_MSEC;
    struct measure_page *whole = whole_page(7, 4, ARRIVALS_CLOSED, false);
    const struct share places = share_of(1, 3); /* 1 and 4 */
    const struct sample samples[] = {
        {.start = ahead + 10,
         .connected = ahead + 11,
         .sent = ahead + 12,
         .first_byte = ahead + 18,
         .end = ahead + 19,
         .received = 13,
         .slot = 2,
         .outcome = OUTCOME_OK},
        {.start = ahead + 20, .end = ahead + 29, .outcome = OUTCOME_CONNECT, .errnum = 111},
    };
    measure_share_put(whole, &places, ahead, 0, samples, 1);
    measure_share_put(whole, &places, ahead, 1, samples + 1, 1);
    const struct sample *first = &whole->samples[1], *second = &whole->samples[4];
    assert_int_equal(first->start, 10);
    assert_int_equal(first->connected, 11);
    assert_int_equal(first->sent, 12);
    assert_int_equal(first->first_byte, 18);
    assert_int_equal(first->end, 19);
    assert_int_equal(first->received, 13); /* on the server's clock */
    assert_int_equal(first->slot, 2);
    assert_int_equal(second->connected, 0); /* it never was */
    assert_int_equal(second->end - second->start, 9);
    assert_int_equal(second->errnum, 111);
    assert_int_equal(whole->samples[0].outcome, OUTCOME_NOT_STARTED);
    measure_page_release(whole);
}

/* ---- summaries ---- */

enum { POOLED = 30000 };

static double latencies[POOLED];

/* Shares whose latencies differ in their kind: an average of their percentiles would be wrong. */
static struct run_summary *summaries_of_three(void)
{
    struct run_summary *sum = calloc(1, sizeof(*sum));
    struct measure_page *whole = whole_page(POOLED, 3, ARRIVALS_CLOSED, false);
    size_t taken = 0;
    for (unsigned p = 0; p < 3; p++) {
        struct run_summary *one = calloc(1, sizeof(*one));
        struct measure_page *page = share(whole, p, 3, 0);
        for (size_t i = 0; i < page->requests; i++) {
            nsec_t latency = NSEC_PER_MSEC * (p == 2 ? 100 : 1) +
                             (nsec_t)(rng_mix(p, i) % (p == 1 ? 50000000 : 1000));
            page->samples[i] =
                (struct sample){.start = 1, .end = 1 + latency, .outcome = OUTCOME_OK};
            latencies[taken++] = (double)latency;
        }
        measure_sum_up(page, one);
        run_summary_add(sum, one);
        measure_page_release(page);
        free(one);
    }
    measure_page_release(whole);
    return sum;
}

static void merged_percentiles_are_those_of_the_pooled_samples(void **state)
{
    (void)state;
    static const double shares[] = {0.01, 0.25, 0.5, 0.66, 0.67, 0.9, 0.99, 0.999};
    struct run_summary *sum = summaries_of_three();
    qsort(latencies, POOLED, sizeof(*latencies), stats_compare_doubles);
    assert_int_equal(sum->completed, POOLED);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        double pooled = stats_quantile(latencies, POOLED, shares[i]);
        double merged = (double)histogram_percentile(&sum->latency, shares[i]);
        assert_true(merged >= pooled && merged <= pooled * (1 + 1.0 / 128) + 1);
    }
    assert_int_equal(sum->latency.max, (nsec_t)latencies[POOLED - 1]);
    assert_int_equal(sum->service.total, POOLED);
    free(sum);
}

static void failures_add_up_by_kind(void **state)
{
    (void)state;
    struct measure_page *page = whole_page(5, 2, ARRIVALS_CLOSED, false);
    struct run_summary *sum = calloc(2, sizeof(*sum));
    page->samples[0] = (struct sample){.outcome = OUTCOME_CONNECT, .errnum = 111};
    page->samples[1] = (struct sample){.outcome = OUTCOME_CONNECT, .errnum = 99};
    page->samples[2] = (struct sample){.outcome = OUTCOME_CONNECT, .errnum = 111};
    page->samples[3] = (struct sample){.start = 10, .end = 20, .outcome = OUTCOME_OK};
    page->started = 5;
    measure_sum_up(page, &sum[0]);
    page->samples[3].end = 18;
    measure_sum_up(page, &sum[1]);
    run_summary_add(&sum[0], &sum[1]);
    assert_int_equal(sum->failed, 6);
    assert_int_equal(sum->failure_kinds, 2);
    assert_int_equal(sum->failures[0].count, 4);
    assert_int_equal(sum->failures[1].errnum, 99);
    assert_int_equal(sum->not_started, 2);
    assert_int_equal(sum->first, 13);
    free(sum);
    measure_page_release(page);
}

/* A record of ranks has the figures of their summary, where samples stayed with them. */
static void a_record_from_a_summary(void **state)
{
    (void)state;
    struct rank_table *table = calloc(1, sizeof(*table));
    struct bench_case c = case_usual();
    struct run_record record = {.page = whole_page(POOLED, 3, ARRIVALS_CLOSED, true),
                                .requests = POOLED};
    struct run_summary *sum = summaries_of_three();
    table->summary = *sum;
    table->results = 1;
    c.driver = driver_find("epoll");
    run_record_take_ranks(&record, table);
    run_record_digest(&record, &c);
    qsort(latencies, POOLED, sizeof(*latencies), stats_compare_doubles);
    double p99 = stats_quantile(latencies, POOLED, 0.99);
    assert_int_equal(record.completed, POOLED);
    assert_true(record.latency_p99 >= p99 && record.latency_p99 <= p99 * (1 + 1.0 / 128));
    assert_int_equal(record.latency_max, (nsec_t)latencies[POOLED - 1]);
    free(sum);
    free(table);
    run_record_release(&record);
}

/* ---- checks ---- */

/* Four ranks alike, of a second. */
static struct run_record record_of_four(void)
{
    struct run_record record = {.makespan = NSEC_PER_SEC, .rank_count = 4};
    record.ranks = calloc(4, sizeof(*record.ranks));
    for (unsigned i = 0; i < 4; i++)
        record.ranks[i] = (struct rank_result){.rank = i + 1,
                                               .host = "somewhere",
                                               .concurrency = 10,
                                               .requests = 100,
                                               .makespan = NSEC_PER_SEC,
                                               .clock = {0, NSEC_PER_MSEC}};
    return record;
}

static void judge(struct run_record *record, enum quality expected, const char *words)
{
    struct bench_case c = case_usual();
    rank_checks_judge(record, &c);
    assert_int_equal(record->quality, expected);
    if (!strstr(record->reasons, words))
        fail_msg("no '%s' in: %s", words, record->reasons);
    free(record->ranks);
}

static void ranks_alike_have_no_caveat(void **state)
{
    (void)state;
    struct run_record record = record_of_four();
    judge(&record, QUALITY_OK, "");
    assert_string_equal(record.reasons, "");
}

static void a_straggler_is_named(void **state)
{
    (void)state;
    struct run_record record = record_of_four();
    record.ranks[2].makespan = 13 * NSEC_PER_SEC / 10;
    judge(&record, QUALITY_NOISY,
          "rank 3 on somewhere was a straggler: its share took 1.30 s, 1.30 "
          "times what that");
}

/* 10 requests in flight among 4: two have 3 and two have 2, and take longer for as many requests.
 */
static void an_uneven_split_makes_no_straggler(void **state)
{
    (void)state;
    struct run_record record = record_of_four();
    for (unsigned i = 0; i < 4; i++) {
        record.ranks[i].concurrency = i < 2 ? 3 : 2;
        record.ranks[i].makespan = (i < 2 ? 34 : 50) * 10 * NSEC_PER_MSEC;
    }
    judge(&record, QUALITY_OK, "");
}

static void a_clock_that_is_not_known_well_enough(void **state)
{
    (void)state;
    struct run_record record = record_of_four();
    record.ranks[1].clock.uncertainty = 11 * NSEC_PER_MSEC;
    judge(&record, QUALITY_NOISY, "the clock of rank 2 on somewhere is known to 11.0 ms only");
}

static void a_rank_that_begins_late(void **state)
{
    (void)state;
    struct run_record record = record_of_four();
    record.ranks[3].start_lag = 20 * NSEC_PER_MSEC;
    judge(&record, QUALITY_NOISY, "rank 4 on somewhere began 20.0 ms after the agreed start");
}

/* ---- what a launcher says ---- */

static void explains(const char *output, int status, const char *expected)
{
    struct error error;
    const struct run_settings settings = {.ranks = 4};
    assert_int_equal(ranks_command_explain(&settings, output, status, &error), -1);
    assert_string_equal(error.text, expected);
}

static void the_words_of_mpirun(void **state)
{
    (void)state;
    const int exited = 1 << 8, killed = 9;
    /* Open MPI 4.1.4 and 5.0.7 */
    explains("-----\nPrimary job  terminated normally, but 1 process returned\n-----\n"
             "mpirun noticed that process rank 2 with PID 0 on node vm exited on signal 9 "
             "(Killed).\n",
             137 << 8, "rank 2 on vm was killed by signal 9 (Killed)");
    explains("prterun noticed that process rank 1 with PID 4711 on node b exited on signal 11 "
             "(Segmentation fault).\n",
             139 << 8, "rank 1 on b was killed by signal 11 (Segmentation fault)");
    explains("", killed, "mpirun was killed by signal 9 (Killed)");
    explains("", exited, "mpirun exited with 1");
    explains("\n------\n[vm:1] plm:rsh: Warning\nssh: Could not resolve hostname nowhere\n"
             "ORTE was unable to reliably start one or more daemons.\n\n* not\n* said\n",
             exited,
             "mpirun exited with 1: ssh: Could not resolve hostname nowhere ORTE was unable to "
             "reliably start one or more daemons. * not");
    /* Data, whatever it is. */
    explains("noticed that process rank x\n", exited,
             "mpirun exited with 1: noticed that process "
             "rank x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fastest_round_trip_counts),
        cmocka_unit_test(one_that_is_behind),
        cmocka_unit_test(drift_is_part_of_the_uncertainty),
        cmocka_unit_test(shares_have_a_request_and_a_slot),
        cmocka_unit_test(shares_add_up_to_the_whole),
        cmocka_unit_test(intended_starts_are_those_of_the_whole),
        cmocka_unit_test(samples_come_back_onto_the_clock_of_the_whole),
        cmocka_unit_test(merged_percentiles_are_those_of_the_pooled_samples),
        cmocka_unit_test(failures_add_up_by_kind),
        cmocka_unit_test(a_record_from_a_summary),
        cmocka_unit_test(ranks_alike_have_no_caveat),
        cmocka_unit_test(a_straggler_is_named),
        cmocka_unit_test(an_uneven_split_makes_no_straggler),
        cmocka_unit_test(a_clock_that_is_not_known_well_enough),
        cmocka_unit_test(a_rank_that_begins_late),
        cmocka_unit_test(the_words_of_mpirun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
