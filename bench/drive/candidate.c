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
static void end_at(struct contender *contender, enum limits_end end, unsigned c)
{
    contender->over = true;
    if (contender->row.end != LIMITS_CLIMBING)
        return;
    contender->row.end = end;
    contender->row.ended_at = c;
}

void contender_stop(struct contender *contender, enum limits_end end)
{
    end_at(contender, end, 0);
}

void contender_init(struct contender *contender, const struct driver *driver,
                    const struct bench_case *c, const struct contender_rules *rules)
{
    unsigned own = driver->concurrency_max;
    struct error why;
    *contender = (struct contender){.driver = driver, .rules = rules, .c = *c};
    contender->c.driver = driver;
    contender->c.id = 0;
    size_t runs = rules->repetitions > RUNS_TO_CONFIRM ? rules->repetitions : RUNS_TO_CONFIRM;
    contender->verdicts = xcalloc(runs, sizeof(*contender->verdicts));
    climb_init(&contender->climb, rules->from, own && own < rules->max ? own : rules->max);
    struct limits_row *row = &contender->row;
    snprintf(row->driver, sizeof(row->driver), "%s", driver->name);
    row->share = rules->share;
    row->knee_efficiency = row->ended_efficiency = NAN;
    row->limit.value = -1;
    row->costs = (struct limits_costs){-1, -1, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (case_fits(driver, c->workload, &why) < 0) {
        end_at(contender, LIMITS_UNUSABLE, rules->from);
        snprintf(row->reason, sizeof(row->reason), "%s", why.text);
    } else if (driver_usable(driver, rules->from, &why) < 0) {
        end_at(contender, own && own < rules->from ? LIMITS_OWN : LIMITS_UNUSABLE, rules->from);
        snprintf(row->reason, sizeof(row->reason), "%s", why.text);
    }
}

void contender_release(struct contender *contender)
{
    free(contender->verdicts);
    contender->verdicts = NULL;
}

/* There is no further step: as far as the driver goes, or as far as it was asked to. */
static void end_at_top(struct contender *contender)
{
    const struct driver *driver = contender->driver;
    bool own = driver->concurrency_max && contender->climb.held >= driver->concurrency_max;
    end_at(contender, own ? LIMITS_OWN : LIMITS_TOP, 0);
    if (contender->row.end != LIMITS_OWN)
        return;
    struct limit_named *limit = &contender->row.limit;
    snprintf(limit->name, sizeof(limit->name), "%s",
             driver->limited_by ? driver->limited_by : "its own");
    limit->value = driver->concurrency_max;
}

/* ---- how a step came out ---- */

static double median_efficiency(const struct contender *contender)
{
    double *values = xcalloc(contender->runs, sizeof(*values));
    for (size_t i = 0; i < contender->runs; i++)
        values[i] = contender->verdicts[i].efficiency;
    double median = stats_median(values, contender->runs);
    free(values);
    return median;
}

/* The run of the step whose efficiency is the median, or next below. */
static const struct limits_verdict *median_verdict(const struct contender *contender, double median)
{
    const struct limits_verdict *found = NULL;
    for (size_t i = 0; i < contender->runs; i++) {
        const struct limits_verdict *verdict = &contender->verdicts[i];
        if (verdict->efficiency <= median && (!found || verdict->efficiency > found->efficiency))
            found = verdict;
    }
    return found;
}

static void step_over(struct contender *contender)
{
    contender->c.id = 0;
    contender->runs = 0;
}

static void step_held(struct contender *contender, double efficiency)
{
    const struct limits_verdict *verdict = median_verdict(contender, efficiency);
    struct limits_row *row = &contender->row;
    row->knee = contender->c.concurrency;
    row->knee_efficiency = efficiency;
    row->costs = verdict->costs;
    memcpy(row->noise, verdict->noise, sizeof(row->noise));
    climb_held(&contender->climb, row->knee);
    step_over(contender);
}

static void step_broke(struct contender *contender, const struct limits_verdict *verdict,
                       double efficiency)
{
    struct limits_row *row = &contender->row;
    row->end = verdict->end;
    row->ended_at = contender->c.concurrency;
    row->ended_efficiency = efficiency;
    row->errnum = verdict->errnum;
    row->limit = verdict->limit;
    memcpy(row->reason, verdict->reason, sizeof(row->reason));
    climb_broke(&contender->climb, row->ended_at, row->limit.allows, row->limit.exact);
    /* More memory or time there will not be, and wrong figures are not a limit. */
    contender->over =
        row->end == LIMITS_MEMORY || row->end == LIMITS_TIME || row->end == LIMITS_INVALID;
    step_over(contender);
}

static size_t count_slow(const struct contender *contender)
{
    size_t slow = 0;
    for (size_t i = 0; i < contender->runs; i++)
        slow += contender->verdicts[i].efficiency < contender->rules->share;
    return slow;
}

/* Held or broke, by the median of its runs. */
static void step_settle(struct contender *contender)
{
    double median = median_efficiency(contender);
    if (median >= contender->rules->share)
        step_held(contender, median);
    else
        step_broke(contender, median_verdict(contender, median), median);
}

void contender_take(struct contender *contender, const struct limits_verdict *verdict, nsec_t time,
                    int64_t memory)
{
    const struct contender_rules *rules = contender->rules;
    unsigned c = contender->c.concurrency;
    contender->verdicts[contender->runs++] = *verdict;
    contender->last_c = c;
    contender->last_time = time;
    contender->last_memory = memory;
    if (verdict->worked && c > contender->row.worked)
        contender->row.worked = c;
    if (isnan(verdict->efficiency)) {
        step_broke(contender, verdict, NAN); /* what failed once is not put to the vote */
        return;
    }
    if (contender->runs < rules->repetitions)
        return;
    bool holds = median_efficiency(contender) >= rules->share;
    if (holds || contender->runs >= RUNS_TO_CONFIRM || count_slow(contender) >= SLOW_TO_CONFIRM)
        step_settle(contender);
}

/* ---- what a step may take ---- */

enum { WHY_BYTES = 160 };

static bool memory_allows(const struct contender *contender, int64_t available, char *why)
{
    char wanted[UNITS_TEXT_BYTES], there[UNITS_TEXT_BYTES];
    double share = contender->rules->memory_share;
    if (available < 0 || !contender->last_c)
        return true;
    double foretold = (double)contender->last_memory * contender->c.concurrency / contender->last_c;
    if (foretold <= share * (double)available)
        return true;
    snprintf(why, WHY_BYTES,
             "it would take about %s, more than %.3g%% of the %s that are available",
             units_format_bytes((int64_t)foretold, wanted), 100 * share,
             units_format_bytes(available, there));
    return false;
}

/* The thinking, and the rest as much longer as there is more in flight. */
static nsec_t foretell_time(const struct contender *contender)
{
    nsec_t think = contender->c.think;
    if (!contender->last_c)
        return think + FIRST_OVERHEAD;
    double growth = (double)contender->c.concurrency / contender->last_c;
    nsec_t overhead = contender->last_time > think ? contender->last_time - think : 0;
    return think + (nsec_t)((double)overhead * (growth > 1 ? growth : 1));
}

static bool time_allows(const struct contender *contender, nsec_t part, char *why)
{
    char needed[UNITS_TEXT_BYTES], left[UNITS_TEXT_BYTES];
    nsec_t foretold = foretell_time(contender);
    if (foretold <= part)
        return true;
    snprintf(why, WHY_BYTES, "it would take about %s, and its part of the time left is %s",
             units_format_time(foretold, needed), units_format_time(part > 0 ? part : 0, left));
    return false;
}

bool contender_next(struct contender *contender, int64_t memory, nsec_t part)
{
    char why[WHY_BYTES];
    while (!contender->over) {
        unsigned next = climb_next(&contender->climb);
        if (next == 0) {
            end_at_top(contender);
            break;
        }
        contender->c.concurrency = next;
        contender->c.requests = next;
        bool enough = memory_allows(contender, memory, why);
        if (enough && time_allows(contender, part, why))
            return true;
        if (contender->runs > 0) {
            step_settle(contender); /* by what runs it has */
        } else {
            if (contender->row.end == LIMITS_CLIMBING)
                snprintf(contender->row.reason, sizeof(contender->row.reason), "%s", why);
            end_at(contender, enough ? LIMITS_TIME : LIMITS_MEMORY, next);
        }
    }
    return false;
}
