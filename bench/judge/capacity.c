#include "capacity.h"

#include <math.h>
#include <string.h>

enum {
    TRIES_MAX = 5,    /* of a rate that contradicts others */
    LEAD_AT_ENDS = 2, /* what the range's ends need */
    INVALID_MAX = 3,  /* runs of a rate that the driver made invalid */
};

void capacity_begin(struct capacity_search *search, const struct capacity_rules *rules)
{
    *search = (struct capacity_search){.rules = *rules};
}

static unsigned tries(const struct capacity_rate *rate)
{
    return rate->met + rate->violated + rate->unclear;
}

static bool is_met(const struct capacity_rate *rate)
{
    return rate->met > rate->violated;
}

static bool is_violated(const struct capacity_rate *rate)
{
    return rate->violated > rate->met;
}

/* The lowest rate that violates it. */
static const struct capacity_rate *first_violated(const struct capacity_search *search)
{
    for (size_t i = 0; i < search->count; i++)
        if (is_violated(&search->rates[i]))
            return &search->rates[i];
    return NULL;
}

/* The highest that meets it, below `high` unless that is NULL. */
static const struct capacity_rate *last_met(const struct capacity_search *search,
                                            const struct capacity_rate *high)
{
    const struct capacity_rate *found = NULL;
    for (size_t i = 0; i < search->count && &search->rates[i] != high; i++)
        if (is_met(&search->rates[i]))
            found = &search->rates[i];
    return found;
}

/* The lowest rate that the driver cannot offer, or 0. */
static unsigned driver_limit(const struct capacity_search *search)
{
    for (size_t i = 0; i < search->count; i++)
        if (search->rates[i].invalid >= INVALID_MAX)
            return search->rates[i].rate;
    return 0;
}

struct capacity_range capacity_range(const struct capacity_search *search)
{
    const struct capacity_rate *high = first_violated(search), *low = last_met(search, high);
    unsigned limit = driver_limit(search);
    return (struct capacity_range){
        .low = low ? low->rate : 0, .high = high && !limit ? high->rate : 0, .driver_limit = limit};
}

static bool is_open(const struct capacity_rate *rate)
{
    return (rate->unclear && tries(rate) == 1) || (rate->invalid && tries(rate) == 0);
}

/* A rate that violates it while a higher one meets it, or whose one run was not clear, or whose
 * runs were all invalid. */
static unsigned to_repeat(const struct capacity_search *search)
{
    const struct capacity_rate *high = first_violated(search), *last = last_met(search, NULL);
    for (size_t i = 0; i < search->count; i++)
        if (is_open(&search->rates[i]))
            return search->rates[i].rate;
    return high && last && last > high && tries(high) < TRIES_MAX ? high->rate : 0;
}

/* Neither end is left to a single run. */
static unsigned to_confirm(const struct capacity_rate *low, const struct capacity_rate *high)
{
    if (low && low->met < low->violated + LEAD_AT_ENDS && tries(low) < TRIES_MAX)
        return low->rate;
    if (high && high->violated < high->met + LEAD_AT_ENDS && tries(high) < TRIES_MAX)
        return high->rate;
    return 0;
}

/* 0: they are close enough. */
static unsigned between(double width, unsigned low, unsigned high)
{
    unsigned middle = (unsigned)lround(sqrt((double)low * high));
    bool narrow = (double)high <= (1 + width) * (double)low;
    return narrow || middle <= low || middle >= high ? 0 : middle;
}

/* Unclear rates are next to one another: narrow the range on both sides of them. */
static unsigned narrow(const struct capacity_search *search, const struct capacity_rate *low,
                       const struct capacity_rate *high)
{
    double width = search->rules.width;
    if (high == low + 1)
        return between(width, low->rate, high->rate);
    unsigned below = between(width / 4, low->rate, low[1].rate);
    return below ? below : between(width / 4, high[-1].rate, high->rate);
}

/* No rate violates it yet. */
static unsigned higher(const struct capacity_search *search)
{
    unsigned max = search->rules.max, last = search->rates[search->count - 1].rate;
    return last == max ? 0 : last > max / 2 ? max : 2 * last;
}

unsigned capacity_next(const struct capacity_search *search)
{
    const struct capacity_rate *high = first_violated(search), *low = last_met(search, high);
    unsigned next = to_repeat(search);
    if (driver_limit(search))
        return 0;
    if (next)
        return next;
    if (search->count == CAPACITY_RATES_MAX)
        return 0;
    if (search->count == 0)
        next = search->rules.from;
    else if (!high)
        next = higher(search);
    else if (low)
        next = narrow(search, low, high);
    else
        next = search->rates[0].rate / 2;
    return next ? next : to_confirm(low, high);
}

bool capacity_has_tried(const struct capacity_search *search, unsigned rate)
{
    for (size_t i = 0; i < search->count; i++)
        if (search->rates[i].rate == rate)
            return tries(&search->rates[i]) > 0;
    return false;
}

void capacity_take(struct capacity_search *search, unsigned rate, enum slo_outcome outcome)
{
    size_t i = 0;
    while (i < search->count && search->rates[i].rate < rate)
        i++;
    struct capacity_rate *place = &search->rates[i];
    if (i == search->count || place->rate != rate) {
        if (search->count == CAPACITY_RATES_MAX)
            return;
        memmove(place + 1, place, (search->count - i) * sizeof(*place));
        *place = (struct capacity_rate){.rate = rate};
        search->count++;
    }
    place->met += outcome == SLO_MET;
    place->violated += outcome == SLO_VIOLATED;
    place->unclear += outcome == SLO_UNCLEAR;
    place->invalid += outcome == SLO_INVALID;
}

void capacity_take_step(struct capacity_search *search, const struct capacity_step *step)
{
    if (step->counts || step->outcome == SLO_INVALID)
        capacity_take(search, step->rate, step->outcome);
}
