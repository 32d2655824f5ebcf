#include "candidate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "bench/base/stats.h"
#include "bench/plan/memory.h"

enum {
    RUNS_TO_CONFIRM = 3,
    SLOW_TO_CONFIRM = 2,
    NARROW = 16, /* a more precise capacity is neither needed nor possible with noise */
};

static const nsec_t FIRST_OVERHEAD = 100 * NSEC_PER_MSEC; /* for the first step of a driver */

/* ---- steps ---- */

void ramp_init(struct ramp *ramp, unsigned from, unsigned max, bool threes)
{
    *ramp = (struct ramp){.from = from, .max = max, .threes = threes};
}

/* The next of 1, 3, 10, 30 … */
static uint64_t next_three(unsigned c)
{
    uint64_t decade = 1;
    while (10 * decade <= c)
        decade *= 10;
    return c < 3 * decade ? 3 * decade : 10 * decade;
}

static unsigned next_up(const struct ramp *ramp)
{
    if (ramp->passed == 0)
        return ramp->from;
    if (ramp->passed >= ramp->max)
        return 0;
    uint64_t next = ramp->threes ? next_three(ramp->passed) : 2 * (uint64_t)ramp->passed;
    return next < ramp->max ? (unsigned)next : ramp->max;
}

unsigned ramp_next(const struct ramp *ramp)
{
    unsigned passed = ramp->passed, failed = ramp->failed;
    if (failed == 0)
        return next_up(ramp);
    if (passed == 0 || failed - passed <= 1 || ramp->refinements >= RAMP_REFINEMENTS)
        return 0;
    if (ramp->hint > passed && ramp->hint < failed)
        return ramp->hint;
    if (ramp->hint == passed && ramp->exact)
        return 0;
    return failed - passed > passed / NARROW ? passed + (failed - passed) / 2 : 0;
}

void ramp_passed(struct ramp *ramp, unsigned c)
{
    ramp->refinements += ramp->failed != 0;
    ramp->passed = c;
}

void ramp_failed(struct ramp *ramp, unsigned c, unsigned hint, bool exact)
{
    ramp->refinements += ramp->failed != 0;
    ramp->failed = c;
    ramp->hint = hint;
    ramp->exact = exact;
}

/* ---- ends ---- */

/* If a step has failed before, that remains the end: it was only being narrowed down. */
static void end_at(struct candidate *candidate, enum limits_end end, unsigned c)
{
    candidate->over = true;
    if (candidate->row.ended.end != LIMITS_RAMPING)
        return;
    candidate->row.ended.end = end;
    candidate->row.ended_at = c;
}

void candidate_stop(struct candidate *candidate, enum limits_end end)
{
    end_at(candidate, end, 0);
}

void candidate_init(struct candidate *candidate, const struct driver *driver,
                    const struct bench_case *c, const struct candidate_rules *rules)
{
    unsigned own = driver->concurrency_max;
    struct error why;
    *candidate = (struct candidate){.driver = driver, .rules = rules, .c = *c};
    candidate->c.driver = driver;
    candidate->c.id = 0;
    size_t runs = rules->repetitions > RUNS_TO_CONFIRM ? rules->repetitions : RUNS_TO_CONFIRM;
    candidate->results = xcalloc(runs, sizeof(*candidate->results));
    ramp_init(&candidate->ramp, rules->from, own && own < rules->max ? own : rules->max,
              rules->divided);
    struct limits_row *row = &candidate->row;
    snprintf(row->driver, sizeof(row->driver), "%s", driver->name);
    row->share = rules->share;
    row->best.efficiency = row->ended.efficiency = NAN;
    row->ended.limit.value = -1;
    row->best.costs = (struct limits_costs){-1, -1, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (case_fits(driver, c->workload, c->arrivals, &why) < 0) {
        end_at(candidate, LIMITS_UNUSABLE, rules->from);
        snprintf(row->ended.reason, sizeof(row->ended.reason), "%s", why.text);
    } else if (driver_usable(driver, rules->from, &why) < 0) {
        end_at(candidate, own && own < rules->from ? LIMITS_OWN : LIMITS_UNUSABLE, rules->from);
        snprintf(row->ended.reason, sizeof(row->ended.reason), "%s", why.text);
    }
}

void candidate_release(struct candidate *candidate)
{
    free(candidate->results);
    candidate->results = NULL;
}

/* There is no further step: the driver's own maximum was reached, or that of the search. */
static void end_at_top(struct candidate *candidate)
{
    const struct driver *driver = candidate->driver;
    bool own = driver->concurrency_max && candidate->ramp.passed >= driver->concurrency_max;
    end_at(candidate, own ? LIMITS_OWN : LIMITS_TOP, 0);
    if (candidate->row.ended.end != LIMITS_OWN)
        return;
    struct limit_named *limit = &candidate->row.ended.limit;
    snprintf(limit->name, sizeof(limit->name), "%s",
             driver->limited_by ? driver->limited_by : "driver limit");
    limit->value = driver->concurrency_max;
}

/* ---- the result of a step ---- */

static double median_efficiency(const struct candidate *candidate)
{
    double *values = xcalloc(candidate->runs, sizeof(*values));
    for (size_t i = 0; i < candidate->runs; i++)
        values[i] = candidate->results[i].efficiency;
    double median = stats_median(values, candidate->runs);
    free(values);
    return median;
}

/* The run of the step whose efficiency is the median, or the next below. */
static const struct limits_result *median_result(const struct candidate *candidate, double median)
{
    const struct limits_result *found = NULL;
    for (size_t i = 0; i < candidate->runs; i++) {
        const struct limits_result *result = &candidate->results[i];
        if (result->efficiency <= median && (!found || result->efficiency > found->efficiency))
            found = result;
    }
    return found;
}

static void step_over(struct candidate *candidate)
{
    candidate->c.id = 0;
    candidate->runs = 0;
}

static void step_passed(struct candidate *candidate, const struct limits_result *result,
                        double efficiency)
{
    struct limits_row *row = &candidate->row;
    row->capacity = candidate->c.concurrency;
    row->best = *result;
    row->best.efficiency = efficiency;
    ramp_passed(&candidate->ramp, row->capacity);
    step_over(candidate);
}

static void step_failed(struct candidate *candidate, const struct limits_result *result,
                        double efficiency)
{
    struct limits_row *row = &candidate->row;
    row->ended = *result;
    row->ended.efficiency = efficiency;
    row->ended_at = candidate->c.concurrency;
    ramp_failed(&candidate->ramp, row->ended_at, row->ended.limit.allows, row->ended.limit.exact);
    /* There will not be more memory or time, and wrong figures are not a limit. */
    candidate->over = row->ended.end == LIMITS_MEMORY || row->ended.end == LIMITS_TIME ||
                      row->ended.end == LIMITS_INVALID;
    step_over(candidate);
}

static size_t count_slow(const struct candidate *candidate)
{
    size_t slow = 0;
    for (size_t i = 0; i < candidate->runs; i++)
        slow += candidate->results[i].efficiency < candidate->rules->share;
    return slow;
}

/* The step passed or failed, by the median of its runs. */
static void step_decide(struct candidate *candidate)
{
    double median = median_efficiency(candidate);
    if (median >= candidate->rules->share)
        step_passed(candidate, median_result(candidate, median), median);
    else
        step_failed(candidate, median_result(candidate, median), median);
}

void candidate_take(struct candidate *candidate, const struct limits_result *result, nsec_t time,
                    int64_t memory)
{
    const struct candidate_rules *rules = candidate->rules;
    unsigned c = candidate->c.concurrency;
    candidate->results[candidate->runs++] = *result;
    candidate->last_c = c;
    candidate->last_time = time;
    candidate->last_memory = memory;
    if (result->worked && c > candidate->row.worked)
        candidate->row.worked = c;
    bool unrated = isnan(result->efficiency), failed = result->end != LIMITS_RAMPING;
    if (unrated && failed)
        step_failed(candidate, result, NAN); /* one failed run is enough */
    if ((unrated && failed) || candidate->runs < rules->repetitions)
        return;
    if (unrated) {
        step_passed(candidate, result, NAN);
        return;
    }
    bool passes = median_efficiency(candidate) >= rules->share;
    if (passes || candidate->runs >= RUNS_TO_CONFIRM || count_slow(candidate) >= SLOW_TO_CONFIRM)
        step_decide(candidate);
}

/* ---- may the next step be tried? ---- */

enum { WHY_BYTES = 160 };

/* In proportion to the step before, which says nothing of the run's figures, computed after it; and
 * there is a first step. */
static double predict_memory(const struct candidate *candidate)
{
    double requests = (double)memory_of_requests(&candidate->c);
    return candidate->last_c ? fmax(requests, (double)candidate->last_memory *
                                                  candidate->c.concurrency / candidate->last_c)
                             : requests;
}

static bool memory_allows(const struct candidate *candidate, int64_t available, char *why)
{
    char wanted[UNITS_TEXT_BYTES], there[UNITS_TEXT_BYTES];
    double share = candidate->rules->memory_share;
    if (available < 0)
        return true;
    double predicted = predict_memory(candidate);
    if (predicted <= share * (double)available)
        return true;
    snprintf(why, WHY_BYTES,
             "it would take about %s of memory, more than %.3g%% of the %s available",
             units_format_bytes((int64_t)predicted, wanted), 100 * share,
             units_format_bytes(available, there));
    return false;
}

/* The delay, plus the rest in proportion to the number in flight. */
static nsec_t predict_time(const struct candidate *candidate)
{
    nsec_t delay = candidate->c.delay;
    if (!candidate->last_c)
        return delay + FIRST_OVERHEAD;
    double growth = (double)candidate->c.concurrency / candidate->last_c;
    nsec_t overhead = candidate->last_time > delay ? candidate->last_time - delay : 0;
    return delay + (nsec_t)((double)overhead * (growth > 1 ? growth : 1));
}

static bool time_allows(const struct candidate *candidate, nsec_t time_share, char *why)
{
    char needed[UNITS_TEXT_BYTES], left[UNITS_TEXT_BYTES];
    nsec_t predicted = predict_time(candidate);
    if (predicted <= time_share)
        return true;
    snprintf(why, WHY_BYTES,
             "it would take about %s, more than its share of the remaining time, %s",
             units_format_time(predicted, needed),
             units_format_time(time_share > 0 ? time_share : 0, left));
    return false;
}

bool candidate_next(struct candidate *candidate, int64_t memory, nsec_t time_share)
{
    char why[WHY_BYTES];
    while (!candidate->over) {
        unsigned next = ramp_next(&candidate->ramp);
        if (next == 0) {
            end_at_top(candidate);
            break;
        }
        candidate->c.concurrency = next;
        candidate->c.requests = next;
        bool enough = memory_allows(candidate, memory, why);
        if (enough && time_allows(candidate, time_share, why))
            return true;
        if (candidate->runs > 0) {
            step_decide(candidate); /* from the runs so far */
        } else {
            if (candidate->row.ended.end == LIMITS_RAMPING)
                snprintf(candidate->row.ended.reason, sizeof(candidate->row.ended.reason), "%s",
                         why);
            end_at(candidate, enough ? LIMITS_TIME : LIMITS_MEMORY, next);
        }
    }
    return false;
}
