#include "capacity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TRIES_MAX = 5,    /* of a rate that contradicts others */
    LEAD_AT_ENDS = 2, /* what the range's ends need */
    INVALID_MAX = 3,  /* runs of a rate that the driver made invalid */
    NOISY_MAX = 3,    /* in a row, until they decide together */
};

void capacity_begin(struct capacity_search *search, const struct capacity_rules *rules)
{
    *search = (struct capacity_search){.rules = *rules};
}

static unsigned sum(const struct capacity_outcomes *outcomes)
{
    return outcomes->met + outcomes->violated + outcomes->unclear;
}

static void add(struct capacity_outcomes *outcomes, enum slo_outcome outcome, unsigned times)
{
    outcomes->met += outcome == SLO_MET ? times : 0;
    outcomes->violated += outcome == SLO_VIOLATED ? times : 0;
    outcomes->unclear += outcome == SLO_UNCLEAR ? times : 0;
}

/* Of more than half of them. */
static enum slo_outcome majority(const struct capacity_outcomes *outcomes)
{
    unsigned half = sum(outcomes) / 2;
    return outcomes->met > half ? SLO_MET : outcomes->violated > half ? SLO_VIOLATED : SLO_UNCLEAR;
}

static unsigned tries(const struct capacity_rate *rate)
{
    return sum(&rate->quiet) + rate->noisy_votes;
}

/* As how many runs the majority of the NOISY ones counts. */
static unsigned noisy_weight(const struct capacity_rate *rate)
{
    return tries(rate) == 0 && sum(&rate->noisy) ? 1 : rate->noisy_votes;
}

static struct capacity_outcomes known(const struct capacity_rate *rate)
{
    struct capacity_outcomes outcomes = rate->quiet;
    add(&outcomes, majority(&rate->noisy), noisy_weight(rate));
    return outcomes;
}

/* By how many runs met leads, violated where it is negative. */
static int lead(const struct capacity_rate *rate)
{
    struct capacity_outcomes outcomes = known(rate);
    return (int)outcomes.met - (int)outcomes.violated;
}

static bool is_met(const struct capacity_rate *rate)
{
    return lead(rate) > 0;
}

static bool is_violated(const struct capacity_rate *rate)
{
    return lead(rate) < 0;
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

static bool is_noisy(const struct capacity_search *search)
{
    for (size_t i = 0; i < search->count; i++)
        if (noisy_weight(&search->rates[i]))
            return true;
    return false;
}

struct capacity_range capacity_range(const struct capacity_search *search)
{
    const struct capacity_rate *high = first_violated(search), *low = last_met(search, high);
    unsigned limit = driver_limit(search);
    return (struct capacity_range){.low = low ? low->rate : 0,
                                   .high = high && !limit ? high->rate : 0,
                                   .driver_limit = limit,
                                   .noisy = is_noisy(search)};
}

const char *capacity_range_text(const struct capacity_range *range, char text[CAPACITY_TEXT_BYTES])
{
    if (range->low && range->high)
        snprintf(text, CAPACITY_TEXT_BYTES, "%u to %u/s", range->low, range->high);
    else if (range->low)
        snprintf(text, CAPACITY_TEXT_BYTES, "at least %u/s", range->low);
    else if (range->high)
        snprintf(text, CAPACITY_TEXT_BYTES, "below %u/s", range->high);
    else
        strcpy(text, "not known yet");
    return text;
}

static bool is_open(const struct capacity_rate *rate)
{
    return tries(rate) == 0 || (tries(rate) == 1 && known(rate).unclear);
}

/* A rate that violates it while a higher one meets it, or whose one run was not clear, or whose
 * runs were all invalid or NOISY. */
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
    if (low && lead(low) < LEAD_AT_ENDS && tries(low) < TRIES_MAX)
        return low->rate;
    if (high && lead(high) > -LEAD_AT_ENDS && tries(high) < TRIES_MAX)
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

static size_t place_of(const struct capacity_search *search, unsigned rate)
{
    size_t i = 0;
    while (i < search->count && search->rates[i].rate < rate)
        i++;
    return i;
}

static bool is_at(const struct capacity_search *search, size_t place, unsigned rate)
{
    return place < search->count && search->rates[place].rate == rate;
}

bool capacity_has_tried(const struct capacity_search *search, unsigned rate)
{
    size_t place = place_of(search, rate);
    return is_at(search, place, rate) && tries(&search->rates[place]) > 0;
}

/* The rate, added unless it is there; NULL where there is no room. */
static struct capacity_rate *find_or_add(struct capacity_search *search, unsigned rate)
{
    size_t i = place_of(search, rate);
    struct capacity_rate *place = &search->rates[i];
    if (is_at(search, i, rate))
        return place;
    if (search->count == CAPACITY_RATES_MAX)
        return NULL;
    memmove(place + 1, place, (search->count - i) * sizeof(*place));
    *place = (struct capacity_rate){.rate = rate};
    search->count++;
    return place;
}

void capacity_take(struct capacity_search *search, unsigned rate, enum slo_outcome outcome)
{
    struct capacity_rate *place = find_or_add(search, rate);
    if (!place)
        return;
    add(&place->quiet, outcome, 1);
    place->invalid += outcome == SLO_INVALID;
    if (outcome != SLO_INVALID)
        place->noisy_in_a_row = 0;
}

static void take_noisy(struct capacity_search *search, unsigned rate, enum slo_outcome outcome)
{
    struct capacity_rate *place = find_or_add(search, rate);
    if (!place)
        return;
    add(&place->noisy, outcome, 1);
    if (++place->noisy_in_a_row < NOISY_MAX)
        return;
    place->noisy_in_a_row = 0;
    place->noisy_votes++;
}

void capacity_take_step(struct capacity_search *search, const struct capacity_step *step)
{
    if (step->counts || step->outcome == SLO_INVALID)
        capacity_take(search, step->rate, step->outcome);
    else if (step->outcome != SLO_NONE)
        take_noisy(search, step->rate, step->outcome);
}

bool capacity_step_decides(const struct capacity_search *search, const struct capacity_step *step)
{
    size_t place = place_of(search, step->rate);
    if (step->counts || step->outcome == SLO_INVALID || step->outcome == SLO_NONE)
        return step->counts;
    return is_at(search, place, step->rate) && noisy_weight(&search->rates[place]) > 0;
}
