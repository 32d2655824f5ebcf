/* The search for a capacity: the highest rate at which an objective is met. It decides which rate
 * to try next, and what is known; it runs nothing.
 *
 * The rate doubles until one fails, then the range between the highest that passed and the lowest
 * that failed is halved (by ratio) until it is narrow enough, and both ends are tried once more. A
 * run may be wrong by chance: a rate passes or fails by majority, and one that contradicts others
 * is tried again. A NOISY run is repeated. Where three of a rate in a row are NOISY, none of them
 * decides alone: the majority of all NOISY runs of that rate counts as one run. A rate that the
 * driver itself cannot offer, three times, ends the search. */
#ifndef WAITBENCH_CAPACITY_H
#define WAITBENCH_CAPACITY_H

#include "slo.h"

enum { CAPACITY_RATES_MAX = 96 };

struct capacity_rules {
    unsigned from, max; /* rates: where to begin, and the highest to try */
    double width;       /* of the range that is narrow enough: 0.05 for high = 1.05 x low */
};

struct capacity_outcomes {
    unsigned met, violated, unclear;
};

struct capacity_search {
    struct capacity_rules rules;
    struct capacity_rate {
        unsigned rate, invalid;
        struct capacity_outcomes quiet, noisy; /* of the runs that were not NOISY, and of others */
        unsigned noisy_in_a_row;               /* since the last that counted */
        unsigned noisy_votes;                  /* how often three were */
    } rates[CAPACITY_RATES_MAX];               /* in ascending order */
    size_t count;
};

void capacity_begin(struct capacity_search *search, const struct capacity_rules *rules);

/* The next rate to try; 0: the search is over. */
unsigned capacity_next(const struct capacity_search *search);

/* Has it been tried? */
bool capacity_has_tried(const struct capacity_search *search, unsigned rate);

/* Further rates than there is room for, of which a store can hold any number, are ignored. */
void capacity_take(struct capacity_search *search, unsigned rate, enum slo_outcome outcome);

/* The same of a step, which may have been NOISY or say nothing. */
void capacity_take_step(struct capacity_search *search, const struct capacity_step *step);

/* Is the step's outcome part of what is known: it was not NOISY, or NOISY runs decided its rate? */
bool capacity_step_decides(const struct capacity_search *search, const struct capacity_step *step);

/* What is known: the capacity is at least `low` and below `high`. Low 0: no rate tried met it; high
 * 0: none violated it, or the search ended at a rate which the driver cannot offer:
 * `driver_limit`, else 0. `noisy`: NOISY runs decided a rate; of one that has had fewer than three
 * in a row, and nothing else yet, they say what is known so far. */
struct capacity_range {
    unsigned low, high, driver_limit;
    bool noisy;
};
struct capacity_range capacity_range(const struct capacity_search *search);

/* "200 to 400/s", "at least 200/s", "below 400/s", or "not known yet". Returns `text`. */
enum { CAPACITY_TEXT_BYTES = 40 };
const char *capacity_range_text(const struct capacity_range *range, char text[CAPACITY_TEXT_BYTES]);

#endif
