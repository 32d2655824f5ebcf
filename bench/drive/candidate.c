#include "candidate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "bench/base/stats.h"

enum { RUNS_TO_CONFIRM = 3, SLOW_TO_CONFIRM = 2 };

static const nsec_t FIRST_OVERHEAD = 100 * NSEC_PER_MSEC; /* before anything is known of a driver */

/* ---- its ends ---- */

/* Where it broke before, it was only looking where exactly: that stays the end. */
static void end_at(struct candidate *candidate, enum limits_end end, unsigned c)
{
    candidate->over = true;
    if (candidate->row.end != LIMITS_RAMPING)
        return;
    candidate->row.end = end;
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
    candidate->qualities = xcalloc(runs, sizeof(*candidate->qualities));
    ramp_init(&candidate->ramp, rules->from, own && own < rules->max ? own : rules->max);
    struct limits_row *row = &candidate->row;
    snprintf(row->driver, sizeof(row->driver), "%s", driver->name);
    row->share = rules->share;
    row->capacity_efficiency = row->ended_efficiency = NAN;
    row->limit.value = -1;
    row->costs = (struct limits_costs){-1, -1, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (case_fits(driver, c->workload, &why) < 0) {
        end_at(candidate, LIMITS_UNUSABLE, rules->from);
        snprintf(row->reason, sizeof(row->reason), "%s", why.text);
    } else if (driver_usable(driver, rules->from, &why) < 0) {
        end_at(candidate, own && own < rules->from ? LIMITS_OWN : LIMITS_UNUSABLE, rules->from);
        snprintf(row->reason, sizeof(row->reason), "%s", why.text);
    }
}

void candidate_release(struct candidate *candidate)
{
    free(candidate->qualities);
    candidate->qualities = NULL;
}

/* There is no further step: as far as the driver goes, or as far as it was asked to. */
static void end_at_top(struct candidate *candidate)
{
    const struct driver *driver = candidate->driver;
    bool own = driver->concurrency_max && candidate->ramp.held >= driver->concurrency_max;
    end_at(candidate, own ? LIMITS_OWN : LIMITS_TOP, 0);
    if (candidate->row.end != LIMITS_OWN)
        return;
    struct limit_named *limit = &candidate->row.limit;
    snprintf(limit->name, sizeof(limit->name), "%s",
             driver->limited_by ? driver->limited_by : "its own");
    limit->value = driver->concurrency_max;
}

/* ---- how a step came out ---- */

static double median_efficiency(const struct candidate *candidate)
{
    double *values = xcalloc(candidate->runs, sizeof(*values));
    for (size_t i = 0; i < candidate->runs; i++)
        values[i] = candidate->qualities[i].efficiency;
    double median = stats_median(values, candidate->runs);
    free(values);
    return median;
}

/* The run of the step whose efficiency is the median, or next below. */
static const struct limits_result *median_verdict(const struct candidate *candidate, double median)
{
    const struct limits_result *found = NULL;
    for (size_t i = 0; i < candidate->runs; i++) {
        const struct limits_result *quality = &candidate->qualities[i];
        if (quality->efficiency <= median && (!found || quality->efficiency > found->efficiency))
            found = quality;
    }
    return found;
}

static void step_over(struct candidate *candidate)
{
    candidate->c.id = 0;
    candidate->runs = 0;
}

static void step_held(struct candidate *candidate, double efficiency)
{
    const struct limits_result *quality = median_verdict(candidate, efficiency);
    struct limits_row *row = &candidate->row;
    row->capacity = candidate->c.concurrency;
    row->capacity_efficiency = efficiency;
    row->costs = quality->costs;
    memcpy(row->noise, quality->noise, sizeof(row->noise));
    ramp_held(&candidate->ramp, row->capacity);
    step_over(candidate);
}

static void step_broke(struct candidate *candidate, const struct limits_result *quality,
                       double efficiency)
{
    struct limits_row *row = &candidate->row;
    row->end = quality->end;
    row->ended_at = candidate->c.concurrency;
    row->ended_efficiency = efficiency;
    row->errnum = quality->errnum;
    row->limit = quality->limit;
    memcpy(row->reason, quality->reason, sizeof(row->reason));
    ramp_broke(&candidate->ramp, row->ended_at, row->limit.allows, row->limit.exact);
    /* More memory or time there will not be, and wrong figures are not a limit. */
    candidate->over =
        row->end == LIMITS_MEMORY || row->end == LIMITS_TIME || row->end == LIMITS_INVALID;
    step_over(candidate);
}

static size_t count_slow(const struct candidate *candidate)
{
    size_t slow = 0;
    for (size_t i = 0; i < candidate->runs; i++)
        slow += candidate->qualities[i].efficiency < candidate->rules->share;
    return slow;
}

/* Held or broke, by the median of its runs. */
static void step_settle(struct candidate *candidate)
{
    double median = median_efficiency(candidate);
    if (median >= candidate->rules->share)
        step_held(candidate, median);
    else
        step_broke(candidate, median_verdict(candidate, median), median);
}

void candidate_take(struct candidate *candidate, const struct limits_result *quality, nsec_t time,
                    int64_t memory)
{
    const struct candidate_rules *rules = candidate->rules;
    unsigned c = candidate->c.concurrency;
    candidate->qualities[candidate->runs++] = *quality;
    candidate->last_c = c;
    candidate->last_time = time;
    candidate->last_memory = memory;
    if (quality->worked && c > candidate->row.worked)
        candidate->row.worked = c;
    if (isnan(quality->efficiency)) {
        step_broke(candidate, quality, NAN); /* what failed once is not put to the vote */
        return;
    }
    if (candidate->runs < rules->repetitions)
        return;
    bool holds = median_efficiency(candidate) >= rules->share;
    if (holds || candidate->runs >= RUNS_TO_CONFIRM || count_slow(candidate) >= SLOW_TO_CONFIRM)
        step_settle(candidate);
}

/* ---- what a step may take ---- */

enum { WHY_BYTES = 160 };

static bool memory_allows(const struct candidate *candidate, int64_t available, char *why)
{
    char wanted[UNITS_TEXT_BYTES], there[UNITS_TEXT_BYTES];
    double share = candidate->rules->memory_share;
    if (available < 0 || !candidate->last_c)
        return true;
    double predicted =
        (double)candidate->last_memory * candidate->c.concurrency / candidate->last_c;
    if (predicted <= share * (double)available)
        return true;
    snprintf(why, WHY_BYTES,
             "it would take about %s, more than %.3g%% of the %s that are available",
             units_format_bytes((int64_t)predicted, wanted), 100 * share,
             units_format_bytes(available, there));
    return false;
}

/* The thinking, and the rest as much longer as there is more in flight. */
static nsec_t predict_time(const struct candidate *candidate)
{
    nsec_t delay = candidate->c.delay;
    if (!candidate->last_c)
        return delay + FIRST_OVERHEAD;
    double growth = (double)candidate->c.concurrency / candidate->last_c;
    nsec_t overhead = candidate->last_time > delay ? candidate->last_time - delay : 0;
    return delay + (nsec_t)((double)overhead * (growth > 1 ? growth : 1));
}

static bool time_allows(const struct candidate *candidate, nsec_t part, char *why)
{
    char needed[UNITS_TEXT_BYTES], left[UNITS_TEXT_BYTES];
    nsec_t predicted = predict_time(candidate);
    if (predicted <= part)
        return true;
    snprintf(why, WHY_BYTES, "it would take about %s, and its part of the time left is %s",
             units_format_time(predicted, needed), units_format_time(part > 0 ? part : 0, left));
    return false;
}

bool candidate_next(struct candidate *candidate, int64_t memory, nsec_t part)
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
        if (enough && time_allows(candidate, part, why))
            return true;
        if (candidate->runs > 0) {
            step_settle(candidate); /* by what runs it has */
        } else {
            if (candidate->row.end == LIMITS_RAMPING)
                snprintf(candidate->row.reason, sizeof(candidate->row.reason), "%s", why);
            end_at(candidate, enough ? LIMITS_TIME : LIMITS_MEMORY, next);
        }
    }
    return false;
}
