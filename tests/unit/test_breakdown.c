/* The latency breakdown of single requests: phases that add up to the request, stamps that the
 * client got late, and times of another clock. */
#include "bench/run/breakdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { US = 1000, MS = 1000 * US };

static const nsec_t STARTED = 50 * (nsec_t)MS; /* of the run */

/* Started 1 ms into the run, connected after 2, sent after 3, read by the server after 5, delayed
 * by 100, sent back 4 late, read 6 after that, and over 7 later. */
static struct sample completed(void)
{
    const nsec_t start = STARTED + MS;
    return (struct sample){.outcome = OUTCOME_OK,
                           .start = start,
                           .connected = start + 2 * MS,
                           .sent = start + 3 * MS,
                           .received = start + 5 * MS,
                           .delay_100ns = 100 * MS / 100,
                           .overshoot_100ns = 4 * MS / 100,
                           .first_byte = start + 115 * MS,
                           .end = start + 122 * MS};
}

static void adds_up(const struct sample *sample, const nsec_t expected_ms[BREAKDOWN_PHASES])
{
    nsec_t phases[BREAKDOWN_PHASES], sum = 0;
    assert_true(breakdown_request(sample, STARTED, phases));
    for (int p = 0; p < BREAKDOWN_PHASES; p++) {
        assert_int_equal(phases[p], expected_ms[p] * MS);
        sum += phases[p];
    }
    assert_int_equal(sum, sample->end - STARTED);
}

static void every_phase_at_its_door(void **state)
{
    (void)state;
    struct sample sample = completed();
    adds_up(&sample, (const nsec_t[]){1, 2, 1, 2, 100, 4, 6, 7});
    nsec_t phases[BREAKDOWN_PHASES];
    assert_true(breakdown_request(&sample, sample.start, phases));
    assert_int_equal(phases[BREAKDOWN_QUEUE], 0);
}

/* Completions are looked at after the fact: by the time the server has read, all was sent. */
static void what_the_client_learns_late(void **state)
{
    (void)state;
    struct sample sample = completed();
    sample.sent = sample.received + 30 * MS;
    adds_up(&sample, (const nsec_t[]){1, 2, 3, 0, 100, 4, 6, 7});
    sample.connected = sample.received + 30 * MS;
    adds_up(&sample, (const nsec_t[]){1, 5, 0, 0, 100, 4, 6, 7});
}

static void another_clock(void **state)
{
    (void)state;
    nsec_t phases[BREAKDOWN_PHASES];
    struct sample sample = completed();
    sample.received = sample.start - 2 * MS; /* before it was sent */
    assert_false(breakdown_request(&sample, STARTED, phases));
    sample = completed();
    sample.received += 20 * MS; /* after the response arrived */
    assert_false(breakdown_request(&sample, STARTED, phases));
    sample.received = 0; /* not said */
    assert_false(breakdown_request(&sample, STARTED, phases));
    sample = completed();
    sample.outcome = OUTCOME_CLOSED;
    assert_false(breakdown_request(&sample, STARTED, phases));
    /* Two cores of one machine may differ by a little. */
    sample = completed();
    sample.received = sample.connected = sample.sent = sample.start;
    sample.received -= 500 * US;
    assert_true(breakdown_request(&sample, STARTED, phases));
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        assert_true(phases[p] >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_phase_at_its_door),
                                       cmocka_unit_test(what_the_client_learns_late),
                                       cmocka_unit_test(another_clock)};
    return cmocka_run_group_tests_name("breakdown", tests, NULL, NULL);
}
